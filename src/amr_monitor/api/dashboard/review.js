// @ts-check
/** The review of a case: verdict, sweeps, trends and events of any moment of it. */

import { signIn } from "./ask.js";
import { byId, el, setText } from "./dom.js";
import { paintEvents, setUpEvents } from "./events.js";
import { clock, plain } from "./format.js";
import { bind } from "./keys.js";
import { Model } from "./model.js";
import { fetchBaselines, fetchSweeps, fetchTrend } from "./past.js";
import { Pictures } from "./pictures.js";
import { Raws } from "./raws.js";
import { setUpScopeKeys } from "./scope.js";
import { Refusal, request } from "./server.js";
import { setUpTheme } from "./theme.js";
import { Track } from "./track.js";
import { paintMuscles, toggleCursors } from "./verdict.js";
import { eventInWords } from "./words.js";

/** @typedef {import("./messages.js").Event} Event */
/** @typedef {import("./frames.js").BaselineFrame} BaselineFrame */

const caseId = decodeURIComponent(location.pathname.split("/").at(-1) ?? "");
const ADDRESS = `/cases/${encodeURIComponent(caseId)}`;
const EVENTS_AT_ONCE = 5000;
const SHOWN_SWEEPS = 60;
const BEFORE_S = 3600;

/** @type {Event[]} */ let events = [];
/** @type {BaselineFrame[]} */ let baselines = [];
/** @type {"viewer" | "operator"} */ let role = "viewer";
/** Everything of the case, for the list of its events. */
const whole = new Model();
/** The case as it was at the chosen time. */
let then = new Model();
let asked = 0;

const pictures = new Pictures({ isOperator: () => role === "operator", shown: ["amplitude", "onset", "probability", "m-wave", "noise", "current"] });
const raws = new Raws((timeS) => pictures.timeline.select(timeS));

async function signedIn() {
  for (;;) {
    try {
      const session = await request("GET", "/session");
      role = session.role;
      return;
    } catch (error) {
      if (!(error instanceof Refusal) || error.status !== 401) throw error;
      await signIn();
    }
  }
}

async function fetchEvents() {
  /** @type {Event[]} */ const all = [];
  for (;;) {
    const page = await request("GET", `${ADDRESS}/events?since=${all.at(-1)?.seq ?? 0}&limit=${EVENTS_AT_ONCE}`);
    all.push(...page.events);
    if (page.events.length < EVENTS_AT_ONCE) return all;
  }
}

/** What can be said of the case before a moment of it is chosen. */
async function load() {
  await signedIn();
  const [listed, told, trend] = await Promise.all([request("GET", ADDRESS), fetchEvents(), fetchTrend(caseId)]);
  events = told;
  const track = Track.of(trend);
  whole.caseId = caseId;
  for (const event of events) whole.takeEvent(event);
  const opened = events.find((event) => event.type === "case_opened");
  const accepted = [...events].reverse().find((event) => event.type === "baseline_accepted");
  const lead = accepted?.type === "baseline_accepted" ? accepted.lead : null;
  const muscles = [...track.muscles.keys()].sort((a, b) => Number(b === lead) - Number(a === lead));
  pictures.setCase(caseId, muscles);
  pictures.track = track;
  pictures.setEvents(events, Math.max(events.at(-1)?.time_s ?? 0, track.timeS.at(-1) ?? 0));
  paintFacts(listed, opened?.type === "case_opened" ? opened : null);
  paintEvents(whole);
  pictures.trends.makeChips();
  pictures.show();
  const asks = Number(new URLSearchParams(location.hash.slice(1)).get("t"));
  const last = track.timeS.at(-1);
  if (last !== undefined) await look(asks || last);
  else setText(byId("looking"), "No sweep of this case is kept.");
  document.body.dataset.ready = "true";
  baselines = await fetchBaselines(caseId);
  const windows = baselines.at(-1)?.header;
  const row = windows?.muscles.findIndex((muscle) => muscle === pictures.muscle) ?? -1;
  pictures.windowMs = row >= 0 ? windows?.windows_ms[row] ?? null : null;
  if (then.sweepTimeS) await look(then.sweepTimeS);
  await paintProof();
}

/**
 * @param {any} listed
 * @param {import("./messages.js").CaseOpened | null} opened
 */
function paintFacts(listed, opened) {
  document.title = `Review of ${listed.pseudonym || listed.case_id}`;
  setText(byId("origin"), `${listed.origin.toUpperCase()} · REVIEW`);
  byId("origin").dataset.origin = listed.origin;
  const closed = whole.closed;
  const outcome = closed ? [plain(closed.outcome), ...closed.tags.map(plain)].join(", ") : "still open";
  /** @type {Array<[string, string, string]>} */
  const facts = [
    ["case", "Case", listed.pseudonym || listed.case_id],
    ["side", "Side", (listed.side ?? "–").toUpperCase()],
    ["recorded", "Recorded", (listed.start_utc ?? listed.opened_at).slice(0, 16).replace("T", " ")],
    ["source", "Source", listed.source_name],
    ["mode", "Mode", opened ? plain(opened.mode) : "–"],
    ["outcome", "Outcome", outcome],
  ];
  byId("facts").replaceChildren(...facts.map(([name, term, text]) => el("div", { "data-fact": name }, [el("dt", { text: term }), el("dd", { text })])));
  if (closed) byId("facts").lastElementChild?.setAttribute("data-state", closed.outcome.startsWith("disappeared") ? "disappeared" : closed.outcome === "persistent" ? "persistent" : "unknown");
}

async function paintProof() {
  const proof = await request("GET", `${ADDRESS}/proof`);
  byId("proof").replaceChildren(`${proof.n_events} events, ${proof.n_sweeps} sweeps kept; head hash `, el("code", { text: proof.head_hash }));
  for (const [what, id] of [["export.zip", "download-export"], ["report", "download-report"]]) {
    const link = /** @type {HTMLAnchorElement} */ (byId(id));
    link.hidden = !proof.downloads.includes(what);
    link.href = `/api/v1${ADDRESS}/${what}`;
  }
}

/**
 * Show the case as it was just after a sweep.
 * @param {number} timeS
 */
async function look(timeS) {
  asked += 1;
  const mine = asked;
  const frames = await fetchSweeps(caseId, timeS - BEFORE_S, timeS + 0.0005, SHOWN_SWEEPS);
  const last = frames.at(-1);
  if (mine !== asked || !last) return;
  then = modelAt(last.header.sample_index);
  for (const frame of frames) then.takeSweep(frame);
  paintMuscles(then);
  const lead = [...then.muscles.values()].find((view) => view.status?.is_lead);
  const words = lead ? `: ${lead.words}` : "";
  setText(byId("looking"), `As it was at ${clock(last.header.time_s)}, sweep ${last.header.sweep_number}${words}`);
  document.body.dataset.sweep = String(last.header.sweep_number);
  document.body.dataset.timeS = String(last.header.time_s);
}

/**
 * The case as the events up to a stimulus, and of it, tell it.
 * @param {number} sampleIndex
 * @returns {Model}
 */
function modelAt(sampleIndex) {
  const model = new Model();
  model.caseId = caseId;
  model.role = role;
  for (const event of events) {
    if (event.sample_index > sampleIndex) break;
    model.takeEvent(event);
    const frame = baselines.find(({ header }) => header.seq === event.seq);
    if (frame) model.takeBaseline(frame);
  }
  return model;
}

/** @param {HTMLElement} line of the list of events */
function choose(line) {
  const event = events.find(({ seq }) => seq === Number(line.dataset.seq));
  if (!event) return;
  byId("event-list").querySelector("[aria-current]")?.removeAttribute("aria-current");
  line.setAttribute("aria-current", "true");
  const row = pictures.track.nearest(event.time_s);
  if (row >= 0) pictures.timeline.select(exactTime(event));
  setText(byId("toast"), eventInWords(event).text);
  void raws.show(caseId, event.seq);
}

/**
 * The time of the sweep of an event: its own, for a sweep caused it, else the nearest before.
 * @param {Event} event
 * @returns {number}
 */
function exactTime(event) {
  return event.type === "phase_marked" ? event.effective_time_s : event.time_s;
}

setUpTheme(() => {
  if (document.body.dataset.ready !== "true") return;
  paintMuscles(then);
  pictures.show();
});
setUpEvents();
setUpScopeKeys();
bind("k", toggleCursors);
byId("strip").replaceChildren(pictures.root);
pictures.timeline.listen((what) => {
  if (what !== "select" || pictures.timeline.selectedS === null) return;
  history.replaceState(null, "", `#t=${pictures.timeline.selectedS}`);
  void look(pictures.timeline.selectedS);
});
const list = byId("event-list");
list.addEventListener("click", (click) => {
  const line = /** @type {HTMLElement} */ (click.target).closest("li");
  if (line) choose(line);
});
list.addEventListener("keydown", (event) => {
  const step = { ArrowDown: "nextElementSibling", ArrowUp: "previousElementSibling" }[event.key];
  if (!step) return;
  const now = list.querySelector("[aria-current]") ?? list.firstElementChild;
  const next = /** @type {any} */ (now)?.[step];
  if (next) {
    choose(next);
    next.scrollIntoView({ block: "nearest" });
  }
  event.preventDefault();
});
try {
  await load();
} catch (error) {
  setText(byId("looking"), `The case cannot be shown: ${error instanceof Error ? error.message : error}`);
}
