// @ts-check
/** What must not happen by a slip is held for a second: by pointer, by Enter or Space, or by its own key. */

import { toast } from "./ask.js";
import { el } from "./dom.js";

export const HOLD_MS = 1000;

/** @type {{ button: HTMLElement, run: () => void, key: string, startedMs: number, frame: number } | null} */
let held = null;

/**
 * Have a button act only when it is held.
 * @param {HTMLElement} button
 * @param {() => void} run
 * @returns {HTMLElement} the button
 */
export function holdable(button, run) {
  button.classList.add("hold");
  button.setAttribute("aria-description", "hold for one second");
  button.append(el("span", { class: "hold-bar", "aria-hidden": "true" }));
  button.addEventListener("pointerdown", (event) => {
    if (event.button === 0) begin(button, run, "pointer");
  });
  button.addEventListener("pointerleave", () => {
    // A button that is painted anew leaves the pointer too: only a pointer that went counts.
    if (button.isConnected && held?.button === button && held.key === "pointer") end();
  });
  button.addEventListener("contextmenu", (event) => event.preventDefault());
  button.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" && event.key !== " ") return;
    event.preventDefault();
    if (!event.repeat) begin(button, run, event.key);
  });
  return button;
}

/**
 * Begin to hold a button by a key of the page.
 * @param {HTMLElement} button
 * @param {() => void} run
 * @param {string} key as `KeyboardEvent.key` has it, letters small
 */
export function begin(button, run, key) {
  if (held) return;
  held = { button, run, key, startedMs: performance.now(), frame: 0 };
  button.dataset.held = "true";
  step();
}

function step() {
  if (!held) return;
  const done = (performance.now() - held.startedMs) / HOLD_MS;
  if (done >= 1) {
    const { run } = held;
    clear();
    run();
    return;
  }
  show(held.button, done);
  held.frame = requestAnimationFrame(step);
}

/** Let go: too early, since what was held for long enough is over already. */
function end() {
  if (!held) return;
  clear();
  toast("Released early, nothing was done: hold it for 1 s until the bar is full");
}

function clear() {
  if (!held) return;
  cancelAnimationFrame(held.frame);
  delete held.button.dataset.held;
  show(held.button, 0);
  held = null;
}

/**
 * @param {HTMLElement} button
 * @param {number} done from 0 to 1
 */
function show(button, done) {
  const bar = /** @type {HTMLElement | null} */ (button.querySelector(".hold-bar"));
  if (bar) bar.style.transform = `scaleX(${done})`;
}

window.addEventListener("pointerup", () => { if (held?.key === "pointer") end(); });
window.addEventListener("pointercancel", () => { if (held?.key === "pointer") end(); });
window.addEventListener("keyup", (event) => {
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  if (held?.key === key) end();
});
window.addEventListener("blur", end);
