// @ts-check
/** The strip under the sweeps: the case so far, and any sweep of it in the pictures above. */

import { byId, el } from "./dom.js";
import { release, showSweeps } from "./freeze.js";
import { bind } from "./keys.js";
import { fetchSweeps, fetchTrend } from "./past.js";
import { Pictures } from "./pictures.js";
import { Track } from "./track.js";

/** @typedef {import("./model.js").Model} Model */

/** A sweep that was missed is fetched after so long, and the whole not more often. */
const CATCH_UP_MS = 5000;
/** More points than this are thinned again by the server. */
const MOST_POINTS = 30_000;
const BEFORE_S = 3600;
/** A replay in quick motion draws the whole case not more often. */
const LEAST_APART_MS = 200;

/** @type {Pictures | null} */ let pictures = null;
/** @type {Model} */ let shown;
let fetchedCase = "";
let isFetching = false;
let isIncomplete = false;
let isOld = false;
let drawnMs = -Infinity;
let drawnS = -Infinity;
let lastFetchMs = -Infinity;
let painted = "";
let lastMuscles = "";

/**
 * @param {Model} model
 * @param {() => void} changed
 */
export function setUpStrip(model, changed) {
  shown = model;
  const strip = byId("strip");
  const fold = el("button", { type: "button", "aria-expanded": "true", id: "fold", "aria-label": "Fold the strip up or down" }, ["Fold ", el("kbd", { text: "T" })]);
  const toggle = () => {
    const isFolded = strip.classList.toggle("folded");
    fold.setAttribute("aria-expanded", String(!isFolded));
  };
  fold.addEventListener("click", toggle);
  bind("t", toggle);
  // On a low screen the sweeps have the room, until somebody wants the strip.
  if (window.matchMedia("(max-height: 800px)").matches) toggle();
  pictures = new Pictures({ isOperator: () => model.role === "operator", shown: ["amplitude", "onset", "m-wave"], extra: [fold] });
  strip.replaceChildren(pictures.root);
  const { timeline } = pictures;
  timeline.listen((what) => {
    if (what !== "select") return;
    if (timeline.selectedS === null) release(changed);
    else void look(timeline.selectedS, changed);
  });
}

/** The pictures of the strip, for who wants to know what they show. */
export function shownPictures() {
  if (!pictures) throw new Error("the strip is not set up");
  return pictures;
}

/**
 * Show a sweep of the past, with those before it, in the pictures of the muscles.
 * @param {number} timeS
 * @param {() => void} changed
 */
async function look(timeS, changed) {
  const caseId = shown.caseId;
  const frames = await fetchSweeps(caseId, timeS - BEFORE_S, timeS + 0.0005, 60).catch(() => []);
  if (!frames.length || shown.caseId !== caseId || pictures?.timeline.selectedS !== timeS) return;
  showSweeps(shown, frames, () => pictures?.timeline.select(null));
  changed();
}

/** @param {Model} model */
export function paintStrip(model) {
  const strip = byId("strip");
  strip.hidden = model.isShadow || !model.muscles.size;
  if (strip.hidden || !pictures || !model.caseId) return;
  const views = [...model.muscles.values()];
  const lead = views.filter((view) => view.status?.is_lead).map((view) => view.muscle);
  const muscles = [...lead, ...views.map((view) => view.muscle).filter((muscle) => !lead.includes(muscle))];
  if (muscles.join() + model.caseId !== lastMuscles) {
    lastMuscles = muscles.join() + model.caseId;
    pictures.setCase(model.caseId, muscles);
    pictures.trends.makeChips();
    painted = "";
  }
  const row = model.baseline?.header.muscles.findIndex((muscle) => muscle === pictures?.muscle) ?? -1;
  pictures.windowMs = row >= 0 ? model.baseline?.header.windows_ms[row] ?? null : null;
  if (fetchedCase !== model.caseId) void fetchAll(model);
  const came = pictures.track.append(model);
  if (came === "missed") isIncomplete = true;
  if (isIncomplete || pictures.track.length > MOST_POINTS) void fetchAll(model);
  if (came !== "same") {
    const newest = model.muscles.get(pictures.muscle)?.recent.at(-1);
    if (newest) pictures.raster.add(newest);
  }
  const key = `${model.seq} ${document.documentElement.dataset.theme}`;
  if (came !== "same") isOld = true;
  if (!isOld && painted === key) return;
  // What is not drawn now is with the next paint: one comes every second at least.
  if (performance.now() - drawnMs < LEAST_APART_MS) return;
  // Of four hours a pixel is ten seconds: a sweep that moves nothing by one can wait.
  const { fromS, toS } = pictures.timeline;
  const newestS = pictures.track.timeS.at(-1) ?? -Infinity;
  const movedS = Math.max(Math.abs(newestS - drawnS), model.nowS - toS);
  if (painted === key && movedS < (toS - fromS) / Math.max(1, strip.clientWidth)) return;
  drawnS = newestS;
  drawnMs = performance.now();
  isOld = false;
  painted = key;
  pictures.setEvents(model.events, model.nowS);
  if (!strip.classList.contains("folded")) pictures.show();
}

/** @param {Model} model */
async function fetchAll(model) {
  const isFirst = fetchedCase !== model.caseId;
  if (isFetching || (!isFirst && performance.now() - lastFetchMs < CATCH_UP_MS)) return;
  isFetching = true;
  lastFetchMs = performance.now();
  const caseId = model.caseId;
  fetchedCase = caseId;
  isIncomplete = false;
  try {
    const track = Track.of(await fetchTrend(caseId));
    if (pictures && model.caseId === caseId) {
      pictures.track = track;
      pictures.setEvents(model.events, model.nowS);
      pictures.show();
    }
  } catch (error) {
    // The trends of before are missing, and nothing else; they are asked for again.
    console.warn("trends could not be fetched:", error);
    isIncomplete = true;
  }
  isFetching = false;
}
