// @ts-check
/** The list of events in plain words, newest on top. */

import { byId, el } from "./dom.js";
import { clock } from "./format.js";
import { eventInWords } from "./words.js";

/** @typedef {import("./model.js").Model} Model */

/** What the list can be narrowed to; what is in no group stands under the rest. */
/** @type {{ [group: string]: readonly string[] }} */
const GROUPS = {
  verdicts: ["amr_state_changed", "indeterminate_started", "indeterminate_ended", "response_at_higher_current", "case_opened", "case_closed", "baseline_accepted"],
  marks: ["phase_marked", "mark_amended", "context_changed"],
};

const MOST_LINES = 1000;

let paintedCase = "";
let paintedSeq = 0;

/** Let the filter narrow the list. */
export function setUpEvents() {
  const filter = /** @type {HTMLSelectElement} */ (byId("event-filter"));
  filter.addEventListener("change", () => {
    byId("event-list").dataset.filter = filter.value;
  });
}

/**
 * @param {string} type
 * @returns {string}
 */
function groupOf(type) {
  return Object.keys(GROUPS).find((group) => GROUPS[group].includes(type)) ?? "technical";
}

/** @param {Model} model */
export function paintEvents(model) {
  const list = byId("event-list");
  if (model.caseId !== paintedCase || model.seq < paintedSeq) {
    list.replaceChildren();
    paintedCase = model.caseId;
    paintedSeq = 0;
  }
  const added = [];
  for (let i = model.events.length - 1; i >= 0 && model.events[i].seq > paintedSeq; i -= 1) {
    if (added.length < MOST_LINES && !isWithheld(model.events[i])) added.push(model.events[i]);
  }
  paintedSeq = model.seq;
  if (!added.length) return;
  list.prepend(...added.map((event) => {
    const { sign, text, weight, state } = eventInWords(event);
    const item = el("li", { "data-seq": String(event.seq), "data-type": event.type, "data-group": groupOf(event.type), "data-weight": weight }, [
      el("time", { text: clock(event.time_s) }),
      el("span", { class: "sign tag", text: sign, "aria-hidden": "true" }),
      el("span", { text }),
    ]);
    if (state) item.dataset.state = state;
    return item;
  }));
  while (list.childElementCount > MOST_LINES) list.lastElementChild?.remove();
  speak(added);
}

/**
 * What stands in the place of a verdict in shadow mode says nothing: not even that there was one.
 * @param {import("./messages.js").Event} event
 * @returns {boolean}
 */
export function isWithheld(event) {
  return event.type === "source_warned" && event.code === "withheld";
}

/**
 * Say changes of state to a screen reader, newest last, and nothing of the past.
 * @param {import("./messages.js").Event[]} newestFirst
 */
function speak(newestFirst) {
  if (newestFirst.length > 3) return;
  const told = newestFirst.filter(isSpoken);
  if (told.length) byId("spoken").textContent = told.reverse().map((event) => eventInWords(event).text).join(". ");
}

/**
 * @param {import("./messages.js").Event} event
 * @returns {boolean}
 */
function isSpoken(event) {
  if (event.type === "amr_state_changed") return event.certainty !== "provisional";
  return event.type === "alarm_raised";
}
