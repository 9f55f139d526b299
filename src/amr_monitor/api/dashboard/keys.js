// @ts-check
/** Keys of the page: one letter, one deed; none while somebody types or a dialog is open. */

/** @typedef {(event: KeyboardEvent) => void} Deed */

/** @type {Map<string, Deed>} */
const deeds = new Map();
/** @type {((key: string) => void) | null} */
let grabber = null;

/** Where a letter is text, or a choice. A slider takes arrows and leaves the letters. */
const TYPED_INTO = "input:not([type=range], [type=checkbox], [type=radio]), textarea, select, dialog";
const PRESSED_BY_SPACE = "button, a, summary, [role=tab]";

/**
 * @param {string} key as `KeyboardEvent.key` has it, letters small
 * @param {Deed} deed
 */
export function bind(key, deed) {
  if (deeds.has(key)) throw new Error(`the key ${key} has a deed already`);
  deeds.set(key, deed);
}

/**
 * Have every key until it is given back with null.
 * @param {((key: string) => void) | null} taker
 */
export function grab(taker) {
  grabber = taker;
}

document.addEventListener("keydown", (event) => {
  const target = /** @type {HTMLElement} */ (event.target);
  if (event.defaultPrevented || target.closest(TYPED_INTO) !== null) return;
  if (event.ctrlKey || event.altKey || event.metaKey || event.repeat) return;
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  if (key === " " && target.closest(PRESSED_BY_SPACE) !== null) return;
  if (grabber) {
    grabber(key);
    return;
  }
  deeds.get(key)?.(event);
});
