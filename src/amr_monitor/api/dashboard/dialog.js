// @ts-check
/** Dialogs that are built where they are needed: a title, a body, and buttons. */

import { byId, el } from "./dom.js";

/**
 * @typedef {object} Shown
 * @property {HTMLDialogElement} dialog
 * @property {Promise<string>} closed the value of the button that closed it, "" for Escape
 */

/**
 * Show a dialog; it is taken out of the page once it is closed.
 * @param {string} id
 * @param {string} title
 * @param {Array<Node | string>} body
 * @param {HTMLElement[]} buttons of type submit, with a value
 * @returns {Shown}
 */
export function showDialog(id, title, body, buttons) {
  const form = el("form", { method: "dialog" }, [
    el("h2", { id: `${id}-title`, text: title }),
    ...body,
    el("div", { class: "row" }, buttons),
  ]);
  const dialog = /** @type {HTMLDialogElement} */ (el("dialog", { id, "aria-labelledby": `${id}-title` }, [form]));
  byId("toast").before(dialog);
  dialog.returnValue = "";
  dialog.showModal();
  const closed = new Promise((resolve) => {
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve(dialog.returnValue);
    }, { once: true });
  });
  return { dialog, closed };
}

/**
 * @param {string} value
 * @param {string} text
 * @param {"primary" | "plain" | "cancel"} kind
 * @returns {HTMLElement}
 */
export function submit(value, text, kind) {
  return el("button", { type: "submit", value, text, class: kind === "primary" && kind, formnovalidate: kind === "cancel" });
}

/**
 * @param {string} text
 * @param {HTMLElement} control
 * @returns {HTMLElement}
 */
export function labelled(text, control) {
  return el("label", {}, [el("span", { text }), control]);
}

/**
 * @param {string} id
 * @param {Array<[string, string]>} options value and text
 * @param {string} chosen
 * @returns {HTMLSelectElement}
 */
export function select(id, options, chosen) {
  const made = /** @type {HTMLSelectElement} */ (el("select", { id }, options.map(([value, text]) => el("option", { value, text }))));
  made.value = chosen;
  return made;
}
