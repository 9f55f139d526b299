// @ts-check
/** Questions to the person, and short notes from the page. */

import { byId, el, setText } from "./dom.js";
import { request, Refusal } from "./server.js";

/**
 * Ask for a line of text, or only for a yes.
 * @param {{ title: string, label?: string, yes: string }} question
 * @returns {Promise<string | null>} the text ("" where none was asked for), or null for no
 */
export function ask({ title, label, yes }) {
  const dialog = /** @type {HTMLDialogElement} */ (byId("ask"));
  const input = /** @type {HTMLInputElement} */ (byId("ask-text"));
  setText(byId("ask-title"), title);
  byId("ask-label").hidden = label === undefined;
  const labelled = byId("ask-label").querySelector("span");
  if (labelled) setText(labelled, label ?? "");
  const button = dialog.querySelector("button[value=yes]");
  if (button) setText(button, yes);
  input.value = "";
  input.required = label !== undefined;
  dialog.returnValue = "no";
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => resolve(dialog.returnValue === "yes" ? input.value.trim() : null), { once: true });
  });
}

/** Ask for a token until the server knows it. */
export async function signIn() {
  const dialog = /** @type {HTMLDialogElement} */ (byId("sign-in"));
  const input = /** @type {HTMLInputElement} */ (byId("token"));
  for (;;) {
    input.value = "";
    dialog.showModal();
    await new Promise((resolve) => dialog.addEventListener("close", resolve, { once: true }));
    if (!input.value) continue;
    try {
      await request("POST", "/session", { token: input.value });
      setText(byId("sign-in-fault"), "");
      return;
    } catch (error) {
      setText(byId("sign-in-fault"), error instanceof Refusal ? error.message : "The server cannot be reached");
    } finally {
      input.value = "";
    }
  }
}

let toastTimer = 0;

/** Whether what can still be done about the last line can be seen. */
export function isOffered() {
  return !byId("toast").hidden && byId("toast").childElementCount > 0;
}

/**
 * Show a line for a few seconds, with what can still be done about it.
 * @param {string} line
 * @param {Array<{ text: string, key?: string, run: () => void }>} actions
 */
export function toast(line, ...actions) {
  const shown = byId("toast");
  shown.replaceChildren(line);
  for (const action of actions) {
    const run = () => { shown.hidden = true; action.run(); };
    shown.append(el("button", { type: "button", onclick: run }, [action.text, ...(action.key ? [" ", el("kbd", { text: action.key })] : [])]));
  }
  shown.hidden = false;
  clearTimeout(toastTimer);
  toastTimer = setTimeout(() => { shown.hidden = true; }, actions.length ? 10_000 : 5_000);
}

/**
 * Send a command; what the server refuses is shown in its words.
 * @param {string} path
 * @param {object} [body]
 * @returns {Promise<any>} the answer, or null where it was refused
 */
export async function command(path, body) {
  try {
    return await request("POST", path, body);
  } catch (error) {
    toast(error instanceof Refusal ? `Refused: ${error.message}` : "Not sent: the server cannot be reached");
    return null;
  }
}
