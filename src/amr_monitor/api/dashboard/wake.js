// @ts-check
/** Keep the display awake while a case is open, and say where that cannot be done. */

import { byId, el, setAttribute, setText } from "./dom.js";

/** @typedef {import("./model.js").Model} Model */

/** @typedef {{ release: () => Promise<void>, addEventListener: (type: "release", deed: () => void) => void }} Lock */

/** Not every browser has it, nor has every list of types. */
const locks = /** @type {{ request: (what: "screen") => Promise<Lock> } | undefined} */ (/** @type {any} */ (navigator).wakeLock);

/** @type {Lock | null} */
let lock = null;
let isAsked = false;
let isWanted = false;

document.addEventListener("visibilitychange", () => {
  // The browser takes the lock away from a page that is not seen.
  isAsked = false;
  void hold();
});

async function hold() {
  if (!isWanted || isAsked || lock || document.visibilityState !== "visible" || !locks) return;
  isAsked = true;
  try {
    lock = await locks.request("screen");
    lock.addEventListener("release", () => { lock = null; });
  } catch {
    // Refused, of an empty battery for instance: the line in the foot of the page says so.
    lock = null;
  }
}

/** @param {Model} model */
export function paintWake(model) {
  isWanted = model.status?.is_open ?? false;
  if (!isWanted && lock) void lock.release();
  void hold();
  let value = document.querySelector('[data-health="display"]');
  if (!value) {
    value = el("dd", { "data-health": "display" });
    byId("health").append(el("div", {}, [el("dt", { text: "Display" }), value]));
  }
  setText(value, lock ? "kept awake" : isWanted ? "⚠ may sleep" : "may sleep");
  setAttribute(value, "data-bad", String(isWanted && !lock));
}
