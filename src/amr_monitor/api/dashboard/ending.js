// @ts-check
/** What ends something and is held for a second: the case, and the baseline that stands. */

import { ask, command } from "./ask.js";
import { el } from "./dom.js";
import { holdable } from "./hold.js";

/** Made once: a panel that is painted anew keeps the button that is being held. */
const made = new Map();

/**
 * @param {string} id
 * @param {string} text
 * @param {() => void} run
 * @returns {HTMLElement}
 */
function once(id, text, run) {
  if (!made.has(id)) made.set(id, holdable(el("button", { type: "button", id }, [text, " ", el("small", { text: "hold" })]), run));
  return made.get(id);
}

/** @returns {HTMLElement} */
export function restartButton() {
  return once("restart-baseline", "Restart", () => void restartBaseline());
}

/** @returns {HTMLElement} */
export function closeButton() {
  return once("close-case", "Close case", () => void command("/case/close"));
}

async function restartBaseline() {
  const reason = await ask({ title: "Throw the baseline away and learn anew?", label: "Reason", yes: "Restart baseline" });
  if (reason) await command("/baseline/restart", { reason });
}
