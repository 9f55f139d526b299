// @ts-check
/** What the surgeon reads from five metres: the state, since when, after which mark. */

import { signIn } from "./ask.js";
import { Connection } from "./connection.js";
import { byId, setAttribute, setText } from "./dom.js";
import { clock } from "./format.js";
import { paintAges } from "./health.js";
import { Model } from "./model.js";
import { showTheme } from "./theme.js";
import { MUSCLES, afterMarkInWords, markInWords } from "./words.js";

/** @typedef {import("./model.js").MuscleView} MuscleView */

const model = new Model();
let isDue = false;

function changed() {
  if (isDue) return;
  isDue = true;
  requestAnimationFrame(paint);
}

function paint() {
  isDue = false;
  const origin = model.hello?.origin ?? "none";
  byId("origin").dataset.origin = origin;
  setText(byId("origin"), { simulated: "SIMULATED", replay: "REPLAY", device: "LIVE PATIENT", none: "NO SOURCE" }[origin]);
  const [state, ...lines] = shown();
  setAttribute(byId("surgeon"), "data-state", state);
  ["line-state", "line-since", "line-mark"].forEach((id, i) => write(byId(id), lines[i] ?? ""));
  paintAges(model, connection);
  document.documentElement.dataset.seq = String(model.seq);
  document.documentElement.dataset.connected = String(connection.isOpen);
}

/**
 * The state for its colour, then the three lines.
 * @returns {string[]}
 */
function shown() {
  const { status, closed } = model;
  setText(byId("case-line"), subject());
  if (!status?.case) return ["learning", "No case is open"];
  if (model.isShadow) return ["learning", "SHADOW MODE", "nothing is shown until the case is closed"];
  if (closed) return ["learning", "Case closed", "", "the outcome stands on the operator's screen"];
  const view = lead();
  if (!view?.words) return ["learning", "Waiting for sweeps"];
  const isUnknown = view.status?.indeterminate != null;
  const colon = view.words.indexOf(": ");
  const headline = colon < 0 ? view.words : view.words.slice(0, colon);
  const detail = colon < 0 ? "" : view.words.slice(colon + 2);
  const state = view.status?.state ?? "learning";
  const known = isUnknown ? "" : since(view);
  return [isUnknown ? "unknown" : state, headline, [detail, known].filter(Boolean).join("; "), afterMark(view, isUnknown)];
}

/** @returns {string} */
function subject() {
  const side = model.status?.case?.side;
  const view = lead();
  return [view ? MUSCLES[view.muscle] : "", side ?? ""].filter(Boolean).join(", ");
}

/**
 * The muscle on which the case is judged.
 * @returns {MuscleView | undefined}
 */
function lead() {
  const views = [...model.muscles.values()];
  return views.find((view) => view.status?.is_lead) ?? views.find((view) => view.muscle === model.status?.lead) ?? views[0];
}

/**
 * How long; of a loss the server's words say it, and a young one must not read as the last word.
 * @param {MuscleView} view
 * @returns {string}
 */
function since({ status, words }) {
  // Both would be told in one breath, and read as one another.
  if (words?.includes("last seen")) return "";
  if (!status || status.state === "learning") return "";
  if (status.state === "disappeared") return status.certainty === "sustained" ? "" : "not sustained yet";
  return `for ${clock(model.nowS - status.since_time_s)}`;
}

/**
 * What the loss came after, as the server says; else which mark was the last.
 * @param {MuscleView} view
 * @param {boolean} isUnknown
 * @returns {string}
 */
function afterMark({ status, change }, isUnknown) {
  if (!isUnknown && status?.state === "disappeared" && change?.to === "disappeared" && change.after_mark) {
    return afterMarkInWords(change.after_mark);
  }
  const last = model.status?.marks.filter((mark) => !mark.voided).at(-1);
  if (!last) return "no mark yet";
  return `last mark: ${markInWords(last.name, last.vessel)}, ${clock(model.nowS - last.effective_time_s)} ago`;
}

/**
 * Write a line as large as its place lets it be.
 * @param {HTMLElement} line
 * @param {string} text
 */
function write(line, text) {
  const key = `${text.length} ${line.clientWidth} ${line.clientHeight}`;
  setText(line, text);
  if (line.dataset.fitted === key || !text) return;
  line.dataset.fitted = key;
  for (let size = line.clientHeight * 0.8; size > 16; size *= 0.95) {
    line.style.fontSize = `${Math.floor(size)}px`;
    if (line.scrollWidth <= line.clientWidth && line.scrollHeight <= line.clientHeight) return;
  }
}

const connection = new Connection(model, { changed, signIn, topics: "events" });
window.addEventListener("resize", changed);
showTheme();
await connection.open();
setInterval(changed, 1000);
