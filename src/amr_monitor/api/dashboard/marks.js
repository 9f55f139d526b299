// @ts-check
/** Marks of the operator: one key or one click each, back-dated where the moment has passed. */

import { amendMark, openAmend } from "./amend.js";
import { ask, command, isOffered, toast } from "./ask.js";
import { byId, el, setAttribute, setText } from "./dom.js";
import { clock, plain } from "./format.js";
import { begin, holdable } from "./hold.js";
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
  ["f", "decompression_complete", "decompressed"],
  ["r", "re_exploration", "re-exploration"],
  ["x", "dura_closed", "dura closed"],
  ["l", "relaxant_given", "relaxant given"],
  ["m", "anaesthesia_changed", "anaesthesia"],
  ["w", "irrigation", "irrigation"],
  ["p", "stimulation_paused", "stim. paused"],
  ["h", "handover", "hand-over"],
  ["n", "note", "note…"],
]);

/** Marks that end something: a slip of the finger must not make one. */
const HELD = ["decompression_complete", "dura_closed"];

export const VESSELS = ["AICA", "PICA", "VA", "AICA+PICA", "AICA+VA", "PICA+VA", "AICA+PICA+VA", "vein", "other"];
const NEXT_KEYS = /** @type {const} */ ([["1", 10, "−10 s"], ["3", 30, "−30 s"]]);
const LAST_KEYS = /** @type {const} */ ([["2", 10, "−10 s"], ["4", 30, "−30 s"]]);
const LONGEST_AGO_S = 3600;

let secondsAgo = 0;
let isShown = false;
/** @type {Model} */
let model;
/** @type {{ id: number, words: string, atS: number, movedS: number } | null} */
let justMade = null;
/** When the mark that is being given details was begun. */
let begunS = 0;

/**
 * Show the panel to operators of an open case.
 * @param {Model} painted
 */
export function paintMarks(painted) {
  model = painted;
  const root = byId("marks");
  isShown = model.role === "operator" && (model.status?.is_open ?? false);
  root.hidden = !isShown;
  if (!isShown) {
    root.replaceChildren();
    return;
  }
  if (!root.childElementCount) build(root);
  paintDates();
}

/** @param {HTMLElement} root */
function build(root) {
  root.append(
    el("div", { id: "back-date", role: "group", "aria-label": "When the next mark counts" }, [
      el("h2", { id: "next-date", role: "status" }),
      dateButton("0", "now", () => backDate(-Infinity)),
      ...NEXT_KEYS.map(([key, seconds, text]) => dateButton(key, text, () => backDate(seconds))),
    ]),
    el("div", { id: "mark-grid" }, MARK_KEYS.map(markButton)),
    el("div", { id: "vessels", role: "group", "aria-label": "Vessel", hidden: true }, [
      ...VESSELS.map((vessel, i) =>
        el("button", { type: "button", "data-vessel": vessel, onclick: () => void send("vessel_moved", vessel) }, [el("kbd", { text: String(i + 1) }), el("span", { text: vessel })])),
      el("button", { type: "button", onclick: () => chooseVessel(false) }, [el("kbd", { text: "Esc" }), el("span", { text: "no mark" })]),
    ]),
  );
}

/**
 * @param {string} key
 * @param {string} text
 * @param {() => void} run
 * @returns {HTMLElement}
 */
function dateButton(key, text, run) {
  return el("button", { type: "button", onclick: run }, [text, " ", el("kbd", { text: key.toUpperCase() })]);
}

/**
 * @param {readonly [string, string, string]} row
 * @returns {HTMLElement}
 */
function markButton([key, mark, text]) {
  const isHeld = HELD.includes(mark);
  const children = [el("kbd", { text: key.toUpperCase() }), el("span", { text }), ...(isHeld ? [el("small", { text: "hold" })] : [])];
  const button = el("button", { type: "button", "data-mark": mark, title: plain(mark) }, children);
  if (isHeld) return holdable(button, () => void make(mark));
  button.addEventListener("click", (event) => {
    // The space bar that follows a click is not meant for this button.
    if (event.detail) button.blur();
    void make(mark);
  });
  return button;
}

/** Take the keys of the marks. */
export function setUpMarkKeys() {
  /** @type {(key: string, deed: (event: KeyboardEvent) => void) => void} */
  const take = (key, deed) => bind(key, (event) => {
    if (!isShown) return;
    event.preventDefault();
    deed(event);
  });
  take("0", () => backDate(-Infinity));
  for (const [key, seconds] of NEXT_KEYS) take(key, () => backDate(seconds));
  for (const [key, seconds] of LAST_KEYS) take(key, () => void moveJustMade(seconds));
  take("y", amendLast);
  for (const [key, mark] of MARK_KEYS) {
    take(key, () => {
      if (!HELD.includes(mark)) void make(mark);
      else {
        const button = /** @type {HTMLElement} */ (byId("mark-grid").querySelector(`[data-mark=${mark}]`));
        begin(button, () => void make(mark), key);
      }
    });
  }
}

/** @param {number} seconds earlier than told so far; minus infinity: now */
function backDate(seconds) {
  secondsAgo = Math.min(LONGEST_AGO_S, Math.max(0, secondsAgo + seconds));
  paintDates();
}

/** Say what the keys of the dates will do. */
function paintDates() {
  const at = clock(Math.max(0, model.nowS - secondsAgo));
  setText(byId("next-date"), secondsAgo ? `Mark −${clock(secondsAgo)}, at ${at}` : "Mark now");
  setAttribute(byId("back-date"), "data-dated", String(secondsAgo > 0));
}

/** @returns {import("./messages.js").CaseStatus["marks"][number] | undefined} */
function lastMark() {
  return model.status?.marks.filter((mark) => !mark.voided).at(-1);
}

/**
 * Move the mark that was just made, while the line that tells so can be seen.
 * @param {number} seconds
 */
async function moveJustMade(seconds) {
  if (!justMade || !isOffered()) return;
  justMade.atS = Math.max(0, justMade.atS - seconds);
  justMade.movedS += seconds;
  const { id, atS, movedS } = justMade;
  const answer = await command(`/marks/${id}/amend`, { effective_time_s: atS, reason: `back-dated ${movedS} s` });
  if (answer) offer("Moved");
}

/** Say what was marked, and what can still be done about it. */
function offer(/** @type {string} */ done) {
  const mark = justMade;
  if (!mark) return;
  toast(`${done}: ${mark.words} at ${clock(mark.atS)}`,
    ...LAST_KEYS.map(([key, seconds, text]) => ({ text, key, run: () => { toastAgain(mark); void moveJustMade(seconds); } })),
    { text: "Void it", run: () => void amendMark(mark.id, { void: true, reason: "voided right after" }) });
}

/** A click on what is offered takes the line away before it is done. */
function toastAgain(/** @type {typeof justMade} */ mark) {
  justMade = mark;
  byId("toast").hidden = false;
}

function amendLast() {
  const last = lastMark();
  if (last) void openAmend(last);
}

/** @param {boolean} isOpen */
function chooseVessel(isOpen) {
  byId("vessels").hidden = !isOpen;
  byId("mark-grid").hidden = isOpen;
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
  // What takes a person time to tell counts from when it was begun.
  begunS = clockS();
  if (mark === "vessel_moved") return;
  if (mark !== "note") return send(mark, null);
  const text = await ask({ title: `Note at ${clock(Math.max(0, model.nowS - secondsAgo))}`, label: "Text (never a name)", yes: "Mark" });
  if (text) await send(mark, null, text);
}

/** Seconds on the clock of the recording, which a replay runs at another pace than the day. */
function clockS() {
  return model.hello?.replay_control ? model.nowS : performance.now() / 1000;
}

/**
 * @param {string} mark
 * @param {string | null} vessel
 * @param {string} [text]
 */
async function send(mark, vessel, text = "") {
  chooseVessel(false);
  const ago = secondsAgo + Math.max(0, clockS() - begunS);
  secondsAgo = 0;
  paintDates();
  const body = { mark, vessel, text, seconds_ago: Math.min(LONGEST_AGO_S, Math.round(ago * 10) / 10) };
  const answer = await command("/marks", body);
  const marked = answer?.events.find((/** @type {any} */ event) => event.type === "phase_marked");
  if (!marked) return;
  justMade = { id: marked.mark_id, words: markInWords(mark, vessel), atS: marked.effective_time_s, movedS: 0 };
  offer("Marked");
}
