// @ts-check
/** What a person sees, kept beside what the monitor says. The monitor's verdict stays as it is. */

import { command, toast } from "./ask.js";
import { labelled, select, showDialog, submit } from "./dialog.js";
import { byId, el, setText } from "./dom.js";
import { plain } from "./format.js";
import { bind } from "./keys.js";
import { MUSCLES } from "./words.js";

/** @typedef {import("./model.js").Model} Model */

const KEY = "g";
const READINGS = /** @type {const} */ ([
  ["present", "Response present", "1"],
  ["absent", "Response absent", "2"],
  ["cannot_tell", "Cannot tell", "3"],
]);

/** @type {Model} */
let model;
let mayRead = false;

/** Take the key and make the button. */
export function setUpReadings() {
  bind(KEY, (event) => {
    event.preventDefault();
    if (mayRead) void openReading();
  });
}

/** @param {Model} painted */
export function paintReadings(painted) {
  model = painted;
  mayRead = model.role === "operator" && (model.status?.is_open ?? false) && model.muscles.size > 0;
  const there = document.getElementById("disagree");
  if (mayRead === (there !== null)) return;
  if (there) there.remove();
  else {
    byId("event-filter").before(el("button", {
      type: "button", id: "disagree", title: "Keep what you see beside the monitor's verdict", onclick: () => void openReading(),
    }, ["Disagree… ", el("kbd", { text: KEY.toUpperCase() })]));
  }
}

async function openReading() {
  const muscles = [...model.muscles.keys()];
  const lead = model.status?.lead ?? muscles[0];
  /** @type {Array<[string, string]>} */
  const options = muscles.map((each) => [each, MUSCLES[each] ?? plain(each)]);
  const muscle = select("reading-muscle", options, lead);
  const says = el("p", { id: "reading-monitor", class: "soft" });
  const text = /** @type {HTMLInputElement} */ (el("input", { id: "reading-text", type: "text", maxlength: "200", autocomplete: "off" }));
  const show = () => {
    const words = model.isShadow ? "kept back (shadow mode)" : model.muscles.get(muscle.value)?.words || "nothing yet";
    setText(says, `The monitor says: ${words}`);
  };
  muscle.addEventListener("change", show);
  // Enter would press the first button: a reading is chosen, never fallen into.
  text.addEventListener("keydown", (event) => { if (event.key === "Enter") event.preventDefault(); });
  show();
  const { dialog, closed } = showDialog("reading", "What do you see?", [
    el("p", { class: "soft", text: "Your reading is kept in the journal beside the monitor's. It changes no verdict." }),
    labelled("Muscle", muscle), says, labelled("Why (never a name)", text),
  ], [...READINGS.map(([value, words, key]) => {
    const button = submit(value, `${words} `, "plain");
    button.append(el("kbd", { text: key }));
    return button;
  }), submit("", "Cancel", "cancel")]);
  const first = /** @type {HTMLButtonElement | null} */ (dialog.querySelector("button[value=present]"));
  first?.focus();
  dialog.addEventListener("keydown", (event) => {
    const chosen = READINGS.find(([, , key]) => key === event.key);
    if (!chosen || /** @type {HTMLElement} */ (event.target).closest("input, select")) return;
    event.preventDefault();
    dialog.close(chosen[0]);
  });
  const reading = await closed;
  if (!reading) return;
  const answer = await command("/readings", { muscle: muscle.value, reading, text: text.value.trim() });
  if (answer) toast(`Kept: ${MUSCLES[muscle.value] ?? plain(muscle.value)}, ${plain(reading)}`);
}
