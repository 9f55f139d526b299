// @ts-check
/** The list of events in plain words, newest on top; marks as they stand after their amendments. */

import { byId, el } from "./dom.js";
import { clock } from "./format.js";
import { eventInWords, isWithheld, markInWords } from "./words.js";

/** @typedef {import("./model.js").Model} Model */
/** @typedef {import("./messages.js").Event} Event */

/** What the list can be narrowed to; what is in no group stands under the rest. */
/** @type {{ [group: string]: readonly string[] }} */
const GROUPS = {
  verdicts: ["amr_state_changed", "indeterminate_started", "indeterminate_ended", "response_at_higher_current", "case_opened", "case_closed", "baseline_accepted"],
  marks: ["phase_marked", "mark_amended", "reading_entered", "context_changed"],
};

const MOST_LINES = 1000;

let paintedCase = "";
let paintedSeq = 0;
let offered = "";
/** @type {Map<string, import("./messages.js").CaseStatus["marks"][number]>} marks that can be amended, as they stand */
let amendable = new Map();

/** @type {((mark: import("./messages.js").CaseStatus["marks"][number]) => void) | null} */
let amend = null;

/**
 * Let the filter narrow the list.
 * @param {(mark: import("./messages.js").CaseStatus["marks"][number]) => void} [openAmend] left out where nothing can be amended
 */
export function setUpEvents(openAmend) {
  amend = openAmend ?? null;
  const filter = /** @type {HTMLSelectElement} */ (byId("event-filter"));
  filter.addEventListener("change", () => {
    byId("event-list").dataset.filter = filter.value;
    filter.blur();
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
  list.prepend(...added.map(line));
  for (const event of added.reverse()) if (event.type === "mark_amended") strikeThrough(list, event);
  while (list.childElementCount > MOST_LINES) list.lastElementChild?.remove();
  offerAmending(list, model);
}

/**
 * @param {Event} event
 * @returns {HTMLElement}
 */
function line(event) {
  const { sign, text, weight, state } = eventInWords(event);
  const item = el("li", { "data-seq": String(event.seq), "data-type": event.type, "data-group": groupOf(event.type), "data-weight": weight }, [
    el("time", { text: clock(event.time_s) }),
    el("span", { class: "sign tag", text: sign, "aria-hidden": "true" }),
    el("span", { class: "what" }, [el("span", { text })]),
  ]);
  if (state) item.dataset.state = state;
  if (event.type === "phase_marked" && event.mark_id) item.dataset.mark = String(event.mark_id);
  return item;
}

/**
 * The mark as it was, struck through, and what it is now, and who said so.
 * @param {HTMLElement} list
 * @param {import("./messages.js").MarkAmended} event
 */
function strikeThrough(list, event) {
  const what = list.querySelector(`li[data-mark="${event.mark_id}"] .what`);
  if (!what) return;
  const now = event.voided ? "voided" : `${markInWords(event.mark, event.vessel)} at ${clock(event.effective_time_s)}`;
  const was = what.querySelector("s") ?? el("s", { text: what.textContent ?? "" });
  what.replaceChildren(was, " ", el("ins", { text: `${now} (${event.by}: ${event.reason})` }));
  what.closest("li")?.setAttribute("data-amended", event.voided ? "voided" : "changed");
}

/**
 * A button beside every mark that can still be amended, and nowhere else.
 * @param {HTMLElement} list
 * @param {Model} model
 */
function offerAmending(list, model) {
  const mayAmend = amend !== null && model.role === "operator" && (model.status?.is_open ?? false);
  const marks = mayAmend ? (model.status?.marks ?? []).filter((mark) => !mark.voided) : [];
  const key = [model.caseId, paintedSeq, ...marks.map((mark) => mark.mark_id)].join(" ");
  amendable = new Map(marks.map((mark) => [String(mark.mark_id), mark]));
  if (key === offered) return;
  offered = key;
  for (const item of /** @type {NodeListOf<HTMLElement>} */ (list.querySelectorAll("li[data-mark]"))) {
    const number = item.dataset.mark ?? "";
    const mark = amendable.get(number);
    const button = item.querySelector("button");
    if (!mark) button?.remove();
    else if (!button) {
      const open = () => {
        const now = amendable.get(number);
        if (now) amend?.(now);
      };
      item.append(el("button", { type: "button", class: "amend", "aria-label": `Amend ${markInWords(mark.name, mark.vessel)}`, text: "amend", onclick: open }));
    }
  }
}
