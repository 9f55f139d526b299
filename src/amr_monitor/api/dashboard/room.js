// @ts-check
/** Values from the room: how they stand, and the form that enters them. */

import { toast } from "./ask.js";
import { byId, el, setText } from "./dom.js";
import { ago, plain, plainUnit } from "./format.js";
import { bind } from "./keys.js";
import { QUANTITIES } from "./quantities.js";
import { request, Refusal } from "./server.js";

/** @typedef {import("./model.js").Model} Model */
/** @typedef {import("./messages.js").CaseStatus["context"][number]} ContextValue */

/** Kinds of values that stand together in the form, and what is written over them. */
const GROUPS = /** @type {const} */ ([
  ["Anaesthesia", ["anaesthetic", "depth", "analgesic"]],
  ["Relaxation", ["relaxation"]],
  ["Stimulator and patient", ["stimulation", "body"]],
]);

let painted = "";
let mayEnter = false;
/** @type {readonly ContextValue[]} */
let values = [];
/** @type {Map<string, { input: HTMLInputElement, fault: HTMLElement, now: HTMLElement }>} */
const fields = new Map();

/** @param {Model} model */
export function paintRoom(model) {
  const root = byId("room");
  const isOpen = model.status?.is_open ?? false;
  mayEnter = isOpen && model.role === "operator";
  values = model.status?.context ?? [];
  root.hidden = !isOpen || (!values.length && !mayEnter);
  if (root.hidden) return;
  const shown = values.map((value) => [inWords(value), ago(model.nowS - value.time_s), value.by]);
  const key = JSON.stringify([shown, mayEnter]);
  if (key === painted) return;
  painted = key;
  const enter = el("button", { type: "button", id: "enter-room", onclick: () => openRoomForm() }, ["Enter… ", el("kbd", { text: "E" })]);
  root.replaceChildren(
    el("div", { class: "panel-head" }, [el("h2", { text: "Room" }), ...(mayEnter ? [enter] : [])]),
    el("ul", { id: "room-values", "aria-label": "Values from the room" }, shown.map(([words, age, by]) =>
      el("li", { title: by ? `told by ${by}` : "" }, [el("b", { text: words }), " ", el("small", { text: age })]))),
  );
  if (!shown.length) root.append(el("p", { class: "soft", text: "Nothing told yet: anaesthesia, TOF, temperature" }));
}

/**
 * "TOF ratio 92 %", as the server keeps it.
 * @param {{ name: string, value: string, unit: string }} value
 * @returns {string}
 */
export function inWords({ name, value, unit }) {
  return [plain(name), value, plainUnit(unit)].filter(Boolean).join(" ");
}

/** Build the form once, and take its key. */
export function setUpRoom() {
  const form = /** @type {HTMLFormElement} */ (byId("room-form").querySelector("form"));
  byId("room-fields").replaceChildren(...GROUPS.map(([title, kinds]) =>
    el("fieldset", {}, [
      el("legend", { text: title }),
      ...kinds.flatMap((kind) => QUANTITIES.filter((quantity) => quantity.kind === kind)).flatMap(field),
    ])));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    void send();
  });
  byId("room-cancel").addEventListener("click", () => dialog().close());
  bind("e", (event) => {
    if (!mayEnter) return;
    event.preventDefault();
    openRoomForm();
  });
}

/** @returns {HTMLDialogElement} */
function dialog() {
  return /** @type {HTMLDialogElement} */ (byId("room-form"));
}

/**
 * @param {(typeof QUANTITIES)[number]} quantity
 * @returns {HTMLElement[]}
 */
function field({ name, unit, meaning, words }) {
  const id = `room-${name}`;
  const input = /** @type {HTMLInputElement} */ (el("input", {
    id, name, type: "text", maxlength: "60", autocomplete: "off", "aria-describedby": `${id}-fault`,
    inputmode: words ? "text" : "decimal",
  }));
  const fault = el("p", { id: `${id}-fault`, class: "fault", role: "alert" });
  const now = el("small", { class: "soft" });
  fields.set(name, { input, fault, now });
  return [
    el("label", { for: id, text: plain(name), title: meaning }),
    el("span", { class: "entry" }, [input, el("span", { class: "unit", text: plainUnit(unit) }), now]),
    fault,
  ];
}

/**
 * Open the form, at one of its fields.
 * @param {string} [name]
 */
export function openRoomForm(name = "MAC") {
  for (const [field, { input, fault, now }] of fields) {
    const value = values.find((told) => told.name === field);
    input.value = "";
    setText(fault, "");
    setText(now, value ? `now ${value.value}` : "");
  }
  dialog().showModal();
  fields.get(name)?.input.focus();
}

/** Send what was filled in, one by one; what is refused stays with the server's line under it. */
async function send() {
  const told = [];
  let nRefused = 0;
  for (const [name, { input, fault }] of fields) {
    const value = input.value.trim();
    setText(fault, "");
    if (!value) continue;
    try {
      const answer = await request("POST", "/context", { name, value });
      const changed = answer.events.find((/** @type {any} */ event) => event.type === "context_changed");
      told.push(inWords(changed ?? { name, value, unit: "" }));
      input.value = "";
    } catch (error) {
      nRefused += 1;
      setText(fault, error instanceof Refusal ? error.message : "Not sent: the server cannot be reached");
      if (nRefused === 1) input.focus();
    }
  }
  if (told.length) toast(`Entered: ${told.join(", ")}`);
  if (!nRefused) dialog().close();
}
