// @ts-check
/** One page for the relief, as the server tells it: read anew every few seconds, and printable. */

import { signIn } from "./ask.js";
import { byId, el, setText } from "./dom.js";
import { ago, clock, number, plain, voltage } from "./format.js";
import { inWords } from "./room.js";
import { request, Refusal } from "./server.js";
import { setUpTheme } from "./theme.js";
import { MUSCLES, afterMarkInWords, markInWords } from "./words.js";

/** @typedef {import("./answers.js").Handover} Handover */
/** @typedef {Handover["muscles"][number]} Muscle */
/** @typedef {Handover["changes"][number]} Change */

const EVERY_MS = 5000;

/** @type {number | null} when it was last read */
let readMs = null;

/** @param {Handover} told */
function show(told) {
  const banner = byId("origin");
  banner.dataset.origin = told.origin ?? "none";
  setText(banner, { simulated: "SIMULATED", replay: "REPLAY", device: "LIVE PATIENT", none: "NO SOURCE" }[told.origin ?? "none"]);
  byId("case-line").replaceChildren(...caseParts(told).map(([term, value]) => el("div", {}, [el("span", { text: term }), el("b", { text: value })])));
  const date = told.utc ? new Date(told.utc).toLocaleString(undefined, { dateStyle: "medium", timeStyle: "medium", hourCycle: "h23" }) : "";
  setText(byId("as-of"), [`as of ${clock(told.time_s)}`, date].filter(Boolean).join(", "));
  list("watch", told.watch.map((line) => el("li", { text: micro(line) })), "Nothing stands out");
  const states = told.muscles.map((muscle) => state(muscle, told));
  byId("states").replaceChildren(...(states.length ? states : [el("p", { class: "soft", text: told.is_in_shadow ? "Shadow mode: shown after the case is closed" : "Nothing is known yet" })]));
  list("marks-told", told.marks.map((mark) => el("li", mark.voided ? { class: "voided" } : {}, [
    el("time", { text: clock(mark.time_s) }), " ",
    el("b", { text: markInWords(mark.mark, mark.vessel) }),
    [mark.text && `: ${mark.text}`, mark.voided && ", voided", mark.by && ` (${mark.by})`].filter(Boolean).join(""),
  ])), "No mark yet");
  list("changes", [...told.changes.map(change), ...told.readings.map(reading)], told.is_in_shadow ? "Withheld until the case is closed" : "None yet");
  figures("baseline-told", baseline(told));
  figures("room-told", told.room.map((value) => /** @type {[string, string]} */ ([inWords(value), [ago(told.time_s - value.time_s).replace(/^(\d.*)$/, "$1 ago"), value.by].filter(Boolean).join(", ")])), "Nothing told yet");
  figures("quality", quality(told));
  list("alarms-told", told.alarms.map((alarm) => el("li", {}, [
    el("b", { text: `${alarm.priority.toUpperCase()} ` }), `${alarm.message}, since ${clock(alarm.since_time_s)}`,
    alarm.acknowledged ? " (acknowledged)" : " (nobody has acknowledged it)",
  ])), "None");
  document.documentElement.dataset.seq = String(told.newest_seq);
}

/**
 * @param {Handover} told
 * @returns {Array<[string, string]>}
 */
function caseParts(told) {
  if (!told.case) return [["Case", "none is open"]];
  return [
    ["Case", told.case.pseudonym || "no pseudonym"],
    ["Side", told.case.side ? told.case.side.toUpperCase() : "not told"],
    ["Stimulated", plain(told.case.branch)],
    ["Lead muscle", told.lead ? plain(told.lead) : "none"],
    told.is_open ? ["Phase", told.phase ? plain(told.phase) : "–"] : ["Case closed", told.outcome],
  ];
}

/**
 * @param {Muscle} muscle
 * @param {Handover} told
 * @returns {HTMLElement}
 */
function state(muscle, told) {
  const after = muscle.state === "disappeared" && muscle.change ? afterOf(muscle.change) : "";
  const isFirst = muscle.state === "learning";
  // Its words count the silence already, from the last response seen: a second count is another loss.
  const isLoss = muscle.state === "disappeared" && muscle.certainty !== "provisional" && !muscle.is_unknown;
  const since = isFirst ? "" : isLoss ? `confirmed at ${clock(muscle.since_time_s)}` : `since ${clock(muscle.since_time_s)} (${clock(told.time_s - muscle.since_time_s)} ago)`;
  const bound = muscle.amplitude_upper_bound_uv;
  const percent = muscle.amplitude_percent_of_baseline;
  const size = muscle.state === "disappeared"
    ? bound !== null && `residual below ${voltage(Math.ceil(bound))}`
    : percent !== null && `${number(percent)} % of baseline`;
  const parts = [
    muscle.is_unknown && "last known state", since, after,
    !(isLoss && muscle.certainty === "confirmed") && muscle.certainty,
    !isLoss && `${muscle.valid_sweeps} valid sweeps`, size,
    muscle.m_wave_percent_of_baseline !== null && `M wave ${number(muscle.m_wave_percent_of_baseline)} %`,
    `${muscle.accepted_of_last_10} of the last 10 sweeps accepted`,
  ];
  return el("article", { class: "state", "data-muscle": muscle.muscle, "data-state": muscle.is_unknown ? "unknown" : muscle.state }, [
    el("p", { class: "who", text: [MUSCLES[muscle.muscle], muscle.is_lead && "lead muscle"].filter(Boolean).join(", ") }),
    el("p", { class: "what", text: micro(muscle.words) }),
    el("p", { text: parts.filter(Boolean).join(" · ") }),
  ]);
}

/**
 * @param {Change} change
 * @returns {string}
 */
function afterOf({ after_mark: mark, after_vessel: vessel, after_s: seconds, within_tolerance }) {
  return mark === null || seconds === null ? "" : afterMarkInWords({ mark, vessel, seconds, within_tolerance });
}

/**
 * @param {Change} change
 * @returns {HTMLElement}
 */
function change(change) {
  const after = change.to === "disappeared" ? afterOf(change) : "";
  return el("li", {}, [
    el("time", { text: clock(change.time_s) }), " ",
    el("b", { text: `${MUSCLES[change.muscle]}: ${micro(change.words) || plain(change.to)}` }),
    [` (${change.certainty})`, after && `; ${after}`].filter(Boolean).join(""),
  ]);
}

/**
 * @param {Handover["readings"][number]} reading
 * @returns {HTMLElement}
 */
function reading({ time_s: timeS, muscle, reading, monitor_reading: monitor, by }) {
  return el("li", {}, [
    el("time", { text: clock(timeS) }), " ",
    `${MUSCLES[muscle]}: ${by} reads ${plain(reading)}; the monitor read ${monitor ? plain(monitor) : "nothing"}`,
  ]);
}

/**
 * @param {Handover} told
 * @returns {Array<[string, string]>}
 */
function baseline(told) {
  const { baseline } = told;
  if (!baseline) return [];
  if (!baseline.accepted) return [["Not accepted", `${baseline.valid_sweeps} of ${baseline.needed_sweeps} valid sweeps`]];
  /** @type {Array<[string, string]>} */
  const rows = [
    ["Accepted", [told.baseline_time_s !== null && `at ${clock(told.baseline_time_s)}`, told.baseline_by && `by ${told.baseline_by}`, `epoch ${baseline.epoch}`].filter(Boolean).join(", ")],
    ["Sweeps", String(baseline.valid_sweeps)],
    ["Reference current", baseline.reference_current_ma === null ? "not known" : `${number(baseline.reference_current_ma, 1)} mA`],
  ];
  for (const learnt of baseline.muscles) {
    const onset = learnt.onset_latency_ms === null ? "" : `, onset ${number(learnt.onset_latency_ms, 1)} ms`;
    const words = learnt.elicited
      ? `${voltage(Math.round(learnt.amplitude_uv))}${onset}, in ${number(100 * learnt.response_rate)} % of sweeps, longest silent run ${learnt.longest_silent_run}`
      : "no response";
    rows.push([MUSCLES[learnt.muscle], learnt.elicited && !learnt.monitorable ? `${words}; NOT MONITORABLE` : words]);
  }
  return rows;
}

/**
 * @param {Handover} told
 * @returns {Array<[string, string]>}
 */
function quality({ quality }) {
  const { counts, recording } = quality;
  const hours = recording?.disk_hours_left ?? null;
  return [
    ["Source", [quality.source_name || "none", quality.delivery].filter(Boolean).join(", ")],
    ["Trigger", quality.trigger_quality ?? "–"],
    ["Last sample", quality.last_sample_age_s === null ? "none yet" : `${number(quality.last_sample_age_s, 1)} s ago`],
    ["Sweeps", `${quality.sweeps_last_minute} in the last minute; ${counts.valid ?? 0} valid, ${counts.rejected ?? 0} rejected in all`],
    ["Last 10 min", `${quality.recent_rejected} of ${quality.recent_sweeps} rejected${quality.recent_reasons.length ? `: ${quality.recent_reasons.join(", ")}` : ""}`],
    ["Recorder", recording ? [recording.state, hours !== null && `disk for ${hours > 99 ? "> 99" : number(hours)} h`].filter(Boolean).join(", ") : "off"],
  ];
}

/**
 * @param {string} id
 * @param {HTMLElement[]} items
 * @param {string} none
 */
function list(id, items, none) {
  byId(id).replaceChildren(...(items.length ? items : [el("li", { class: "soft none", text: none })]));
}

/**
 * @param {string} id
 * @param {Array<[string, string]>} rows
 * @param {string} [none]
 */
function figures(id, rows, none = "Not known yet") {
  /** @type {Array<[string, string]>} */
  const shown = rows.length ? rows : [[none, ""]];
  byId(id).replaceChildren(...shown.map(([term, value]) => el("div", {}, [el("dt", { text: term }), el("dd", { text: value })])));
}

/**
 * @param {string} words
 * @returns {string}
 */
function micro(words) {
  return words.replaceAll(" uV", " µV");
}

/** @returns {Promise<void>} */
async function read() {
  try {
    show(await request("GET", "/handover"));
    readMs = performance.now();
  } catch (error) {
    if (error instanceof Refusal && error.status === 401) {
      await signIn();
      return void read();
    }
    // The line over the page tells how old it is.
    console.warn("the hand-over could not be read:", error);
  }
  tellAge();
}

/** Nobody may take an old page for a new one. */
function tellAge() {
  const ageS = readMs === null ? Infinity : (performance.now() - readMs) / 1000;
  const isOld = ageS > (3 * EVERY_MS) / 1000;
  byId("old").hidden = !isOld;
  if (isOld) setText(byId("old"), readMs === null ? "NOT READ: the server cannot be reached" : `OLD: read ${number(ageS)} s ago; the server cannot be reached`);
}

setUpTheme(() => {});
byId("print").addEventListener("click", () => window.print());
await read();
setInterval(() => void read(), EVERY_MS);
