// @ts-check
/** Whether what is shown can be believed: source, trigger, age of samples, connection. */

import { byId, el, setAttribute, setText } from "./dom.js";
import { number } from "./format.js";

/** @typedef {import("./model.js").Model} Model */
/** @typedef {import("./connection.js").Connection} Connection */

const OLD_SAMPLE_S = 2;
const NO_SAMPLES_S = 3;

/** @type {Map<string, { root: HTMLElement, value: HTMLElement }>} */
const shown = new Map();

/**
 * @param {Model} model
 * @param {Connection} connection
 */
export function paintHealth(model, connection) {
  const { hello, heartbeat, status } = model;
  const counts = status?.counts ?? {};
  const ageS = sampleAgeS(model, connection);
  // What delivers can be another by now: the heartbeat knows.
  const source = heartbeat?.source ?? hello?.source;
  const delivery = heartbeat?.delivery;
  figure("source", "Source", source ? [source.name, delivery?.toUpperCase()].filter(Boolean).join(" ") : "none", !source || (delivery != null && delivery !== "live"));
  figure("trigger", "Trigger", source?.trigger_quality ?? "–", source?.trigger_quality === "software");
  figure("age", "Last sample", ageS === null ? "none yet" : `${number(ageS, 1)} s ago`, !isOver(model) && (ageS === null || ageS > OLD_SAMPLE_S));
  figure("rate", "Sweeps a minute", String(heartbeat?.sweeps_last_minute ?? 0), false);
  const incomplete = counts.incomplete ? `, ${counts.incomplete} cut short` : "";
  figure("sweeps", "All", `${counts.valid ?? 0} valid, ${counts.rejected ?? 0} rejected${incomplete}`, false);
  const [recording, isBadly] = recordingInWords(heartbeat?.recording ?? null);
  figure("recorder", "Recorder", recording, isBadly);
  figure("clients", "Screens", String(heartbeat?.clients ?? 0), false);
  figure("connection", "Connection", connection.isOpen ? "live" : "lost, trying again", !connection.isOpen);
  figure("seq", "Event", String(model.seq), false);
  paintAges(model, connection);
}

/**
 * No more samples are to come: the case is closed, or what is replayed is at its end.
 * @param {Model} model
 * @returns {boolean}
 */
function isOver({ closed, heartbeat }) {
  const replay = heartbeat?.replay;
  return closed !== null || (replay != null && replay.end_s !== null && replay.position_s >= replay.end_s - 0.05);
}

/**
 * How old the newest samples are by now; null before the first.
 * @param {Model} model
 * @param {Connection} connection
 * @returns {number | null}
 */
function sampleAgeS({ heartbeat }, connection) {
  const told = heartbeat?.last_sample_age_s ?? null;
  return told === null ? null : told + Math.max(0, connection.silenceMs / 1000 - 1);
}

/**
 * @param {import("./messages.js").Heartbeat["recording"]} recording
 * @returns {[string, boolean]} the words, and whether they are bad news
 */
function recordingInWords(recording) {
  if (!recording) return ["off", false];
  const hours = recording.disk_hours_left;
  if (recording.state === "losing") return ["SAMPLES ARE LOST", true];
  if (recording.state === "waiting") return [`waits for the disk, ${number(recording.waiting_s)} s in memory`, true];
  const room = hours === null ? "" : `, disk for ${hours > 99 ? "> 99" : number(hours, hours < 10 ? 1 : 0)} h`;
  return [`on${room}`, false];
}

/**
 * Say what must not be relied on, over everything.
 * @param {Model} model
 * @param {Connection} connection
 */
export function paintAges(model, connection) {
  const ageS = sampleAgeS(model, connection);
  const { isStale } = connection;
  const stale = byId("stale");
  stale.hidden = !isStale;
  setAttribute(document.documentElement, "data-stale", String(isStale));
  if (isStale) setText(byId("stale-age"), `No word from the monitor for ${number(connection.silenceMs / 1000)} s`);
  const noSamples = byId("no-samples");
  const isSilent = (model.status?.is_open ?? false) && !isStale && ageS !== null && ageS > NO_SAMPLES_S;
  noSamples.hidden = !isSilent;
  if (isSilent) setText(noSamples, `NO SAMPLES for ${number(ageS)} s: what is shown is as old`);
}

/**
 * @param {string} key
 * @param {string} term
 * @param {string} value
 * @param {boolean} isBad
 */
function figure(key, term, value, isBad) {
  let item = shown.get(key);
  if (!item) {
    const root = el("div", {}, [el("dt", { text: term })]);
    item = { root, value: el("dd", { "data-health": key }) };
    root.append(item.value);
    shown.set(key, item);
    byId("health").append(root);
  }
  setText(item.value, isBad ? `⚠ ${value}` : value);
  setAttribute(item.value, "data-bad", String(isBad));
}
