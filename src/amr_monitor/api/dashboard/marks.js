// @ts-check
/** Marks of the operator: one key or one click each, back-dated where the moment has passed. */

import { ask, command, toast } from "./ask.js";
import { byId, el, setAttribute } from "./dom.js";
import { clock, plain } from "./format.js";
import { bind, grab } from "./keys.js";
import { markInWords } from "./words.js";

/** @typedef {import("./model.js").Model} Model */

/** Key and mark, in the order of an operation. */
export const MARK_KEYS = /** @type {const} */ ([
  ["i", "incision", "incision"],
  ["d", "dura_opened", "dura opened"],
  ["c", "csf_drained", "CSF drained"],
  ["s", "decompression_started", "decompr. started"],
  ["v", "vessel_moved", "vessel moved…"],
  ["f", "decompression_complete", "decompr. complete"],
  ["r", "re_exploration", "re-exploration"],
  ["x", "dura_closed", "dura closed"],
  ["l", "relaxant_given", "relaxant given"],
  ["a", "anaesthesia_changed", "anaesthesia"],
  ["w", "irrigation", "irrigation"],
  ["p", "stimulation_paused", "stim. paused"],
  ["h", "handover", "hand-over"],
  ["n", "note", "note…"],
]);

export const VESSELS = ["AICA", "PICA", "VA", "AICA+PICA", "AICA+VA", "PICA+VA", "AICA+PICA+VA", "vein", "other"];
const BACK_DATES = /** @type {const} */ ([["0", 0, "now"], ["1", 10, "−10 s"], ["3", 30, "−30 s"]]);

let secondsAgo = 0;
let isShown = false;

/**
 * Show the panel to operators of an open case.
 * @param {Model} model
 */
export function paintMarks(model) {
  const root = byId("marks");
  isShown = model.role === "operator" && (model.status?.is_open ?? false);
  root.hidden = !isShown;
  if (!isShown || root.childElementCount) return;
  root.append(
    el("div", { id: "back-date", role: "group", "aria-label": "When it was" }, [
      el("h2", { text: "Mark" }),
      ...BACK_DATES.map(([key, seconds, text]) =>
        el("button", { type: "button", "data-seconds": String(seconds), onclick: () => backDate(seconds) }, [text, " ", el("kbd", { text: key })])),
    ]),
    el("div", { id: "mark-grid" }, MARK_KEYS.map(([key, mark, text]) =>
      el("button", { type: "button", "data-mark": mark, title: plain(mark), onclick: () => void make(mark) }, [el("kbd", { text: key.toUpperCase() }), el("span", { text })]))),
    el("div", { id: "vessels", role: "group", "aria-label": "Vessel", hidden: true }, VESSELS.map((vessel, i) =>
      el("button", { type: "button", "data-vessel": vessel, onclick: () => void send("vessel_moved", vessel) }, [el("kbd", { text: String(i + 1) }), el("span", { text: vessel })]))),
  );
  backDate(0);
}

/** Take the keys of the marks. */
export function setUpMarkKeys() {
  for (const [key, seconds] of BACK_DATES) bind(key, () => { if (isShown) backDate(seconds); });
  for (const [key, mark] of MARK_KEYS) {
    bind(key, (event) => {
      if (!isShown) return;
      event.preventDefault();
      void make(mark);
    });
  }
}

/** @param {number} seconds */
function backDate(seconds) {
  secondsAgo = seconds;
  for (const button of byId("back-date").querySelectorAll("button")) {
    setAttribute(button, "aria-pressed", String(button.dataset.seconds === String(seconds)));
  }
}

/** @param {boolean} isOpen */
function chooseVessel(isOpen) {
  byId("vessels").hidden = !isOpen;
  grab(isOpen ? onVesselKey : null);
}

/** @param {string} key */
function onVesselKey(key) {
  const vessel = VESSELS[Number(key) - 1];
  if (vessel) void send("vessel_moved", vessel);
  else if (key === "Escape") chooseVessel(false);
}

/** @param {string} mark */
async function make(mark) {
  chooseVessel(mark === "vessel_moved");
  if (mark === "vessel_moved") return;
  const agoS = secondsAgo;
  const askedMs = performance.now();
  if (mark !== "note") return send(mark, null);
  const text = await ask({ title: "Note", label: "Text (never a name)", yes: "Mark" });
  // The note counts at the moment it was begun, not when it was written.
  if (text) await send(mark, null, text, agoS + (performance.now() - askedMs) / 1000);
}

/**
 * @param {string} mark
 * @param {string | null} vessel
 * @param {string} [text]
 * @param {number} [ago]
 */
async function send(mark, vessel, text = "", ago = secondsAgo) {
  chooseVessel(false);
  backDate(0);
  const body = { mark, vessel, text, seconds_ago: Math.min(3600, Math.round(ago * 10) / 10) };
  const answer = await command("/marks", body);
  const marked = answer?.events.find((/** @type {any} */ event) => event.type === "phase_marked");
  if (!marked) return;
  toast(`Marked: ${markInWords(mark, vessel)} at ${clock(marked.effective_time_s)}`, {
    text: "Void it",
    run: () => void command(`/marks/${marked.mark_id}/amend`, { void: true, reason: "voided right after" }),
  });
}
