// @ts-check
/** Dark by default, light by choice; the choice is kept on this machine. */

import { byId, setText } from "./dom.js";

const KEY = "amr-monitor-theme";

/** Show the theme that was chosen on this machine, on a page that offers no choice. */
export function showTheme() {
  document.documentElement.dataset.theme = chosen();
}

/** @returns {"light" | "dark"} */
function chosen() {
  return localStorage.getItem(KEY) === "light" ? "light" : "dark";
}

/** @param {() => void} changed */
export function setUpTheme(changed) {
  const button = byId("theme");
  const show = (/** @type {string} */ theme) => {
    document.documentElement.dataset.theme = theme;
    setText(button, theme === "dark" ? "Light" : "Dark");
    button.setAttribute("aria-pressed", String(theme === "light"));
    changed();
  };
  button.onclick = () => {
    const theme = document.documentElement.dataset.theme === "dark" ? "light" : "dark";
    localStorage.setItem(KEY, theme);
    show(theme);
  };
  show(chosen());
}
