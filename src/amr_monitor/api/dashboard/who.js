// @ts-check
/** Who gives the commands: the token's name, or initials that a person told this page. */

import { labelled, showDialog, submit } from "./dialog.js";
import { byId, el, setText } from "./dom.js";
import { Refusal, request, setNaming } from "./server.js";

const KEY = "amr-monitor-who";
const LOCAL = "local";

let needsName = true;
let isKnown = false;

/** The name that the next command carries; "" where the token tells it or nobody did yet. */
export function toldName() {
  return needsName ? sessionStorage.getItem(KEY) ?? "" : "";
}

/** Ask for the name before the first command, and offer to change it. */
export function setUpWho() {
  const button = el("button", { type: "button", id: "who", title: "Who gives the commands: change it at a hand-over", onclick: () => void askName() });
  button.hidden = true;
  byId("role").after(button);
  setNaming(async () => {
    await knowWhetherNeeded();
    if (!needsName) return "";
    const name = toldName() || await askName();
    if (!name) throw new Refusal(0, "nobody gave a name, nothing was sent");
    return name;
  });
}

async function knowWhetherNeeded() {
  if (isKnown) return;
  const session = await request("GET", "/session");
  needsName = !session.needs_token;
  isKnown = true;
}

/** @type {Promise<string> | null} */
let asking = null;

/**
 * Ask for initials; two commands that wait for them ask once.
 * @returns {Promise<string>} "" where none were given
 */
export function askName() {
  asking ??= ask().finally(() => { asking = null; });
  return asking;
}

/** @returns {Promise<string>} */
async function ask() {
  const input = /** @type {HTMLInputElement} */ (el("input", {
    id: "who-name", type: "text", maxlength: "30", pattern: "[\\p{L}\\p{N}_.'\\-]+", required: true,
    autocomplete: "off", title: "letters and digits, no spaces",
  }));
  input.value = toldName();
  const { closed } = showDialog("who-dialog", "Who are you?", [
    el("p", { class: "soft", text: "Your initials or staff name stand beside every mark and command in the journal. Never the patient's." }),
    labelled("Initials", input),
  ], [submit("yes", "Go on", "primary"), submit("", "Cancel", "cancel")]);
  if (await closed !== "yes") return "";
  sessionStorage.setItem(KEY, input.value.trim());
  paintWho({ role: "operator", hello: null });
  return toldName();
}

/** @param {{ role: "viewer" | "operator", hello: import("./messages.js").Hello | null }} model */
export function paintWho({ role, hello }) {
  const button = byId("who");
  if (hello && !isKnown) needsName = hello.user === LOCAL;
  button.hidden = role !== "operator" || !needsName;
  setText(button, toldName() || "who?");
}
