// @ts-check
/** The pace of a replay: pause, speed, one stimulus, and on to a time or a mark. It only runs forward. */

import { command, toast } from "./ask.js";
import { byId, el, setAttribute, setText } from "./dom.js";
import { clock } from "./format.js";
import { bind } from "./keys.js";
import { request } from "./server.js";

/** @typedef {import("./model.js").Model} Model */
/** @typedef {{ time_s: number, text: string }} Mark */

const SPEEDS = [0.25, 0.5, 1, 2, 4, 8, 16, 32, 64];
/** The most that the server takes: as fast as the machine goes. */
const MOST = 1000;

/** @type {Model} */
let model;
let isShown = false;
/** @type {Mark[]} */
let marks = [];
let marksOf = "";
let isDragging = false;

/** Take the keys. */
export function setUpReplay() {
  /** @type {(key: string, deed: () => void) => void} */
  const take = (key, deed) => bind(key, (event) => {
    if (!isShown) return;
    event.preventDefault();
    deed();
  });
  take(" ", () => void togglePause());
  take("q", () => void pace("step"));
  take(">", () => void faster(1));
  take("<", () => void faster(-1));
  take("j", () => void toNextMark());
}

/** @param {Model} painted */
export function paintReplay(painted) {
  model = painted;
  const playback = model.heartbeat?.replay;
  isShown = model.role === "operator" && (model.hello?.replay_control ?? false) && playback != null;
  const there = document.getElementById("replay");
  if (!isShown || !playback) {
    there?.remove();
    return;
  }
  if (!there) build();
  if (marksOf !== model.caseId) {
    marksOf = model.caseId;
    void fetchMarks();
  }
  const { is_paused: isPaused, speed, position_s: position, start_s: start, end_s: end, seeking_s: seeking } = playback;
  setText(byId("replay-pause-text"), isPaused ? "Play" : "Pause");
  setAttribute(byId("replay-pause"), "data-paused", String(isPaused));
  const chosen = speed === null ? MOST : speed;
  const select = /** @type {HTMLSelectElement} */ (byId("replay-speed"));
  if (document.activeElement !== select) select.value = SPEEDS.includes(chosen) || chosen === MOST ? String(chosen) : "";
  const isOver = end !== null && position >= end - 0.05;
  const doing = isOver ? "at the end" : seeking !== null ? `running to ${clock(seeking)}` : isPaused ? "paused" : `${chosen === MOST ? "as fast as it goes" : `${chosen} ×`}`;
  if (!isDragging) {
    setText(byId("replay-where"), `${clock(position)}${end === null ? "" : ` of ${clock(end)}`}, ${doing}`);
    const slider = /** @type {HTMLInputElement} */ (byId("replay-slider"));
    slider.min = String(Math.floor(start));
    slider.max = String(Math.ceil(end ?? Math.max(position, start + 1)));
    slider.value = String(Math.round(position));
    setAttribute(slider, "aria-valuetext", `${clock(position)}, ${doing}`);
    slider.disabled = end === null;
  }
  paintMarks(position, start, end);
}

function build() {
  const pauses = el("button", { type: "button", id: "replay-pause", onclick: () => void togglePause() }, [el("span", { id: "replay-pause-text" }), " ", el("kbd", { text: "Space" })]);
  const speeds = /** @type {HTMLSelectElement} */ (el("select", { id: "replay-speed", "aria-label": "Speed" }, [
    ...SPEEDS.map((speed) => el("option", { value: String(speed), text: `${speed} ×` })),
    el("option", { value: String(MOST), text: "max" }),
  ]));
  speeds.addEventListener("change", () => {
    void pace("speed", Number(speeds.value));
    speeds.blur();
  });
  const slider = /** @type {HTMLInputElement} */ (el("input", { id: "replay-slider", type: "range", step: "1", "aria-label": "Run on to" }));
  slider.addEventListener("input", () => {
    isDragging = true;
    setText(byId("replay-where"), `run on to ${clock(Number(slider.value))}`);
  });
  slider.addEventListener("change", () => {
    isDragging = false;
    void seek(Number(slider.value));
  });
  byId("health").closest("footer")?.before(el("section", { id: "replay", "aria-label": "Replay" }, [
    el("h2", { text: "Replay" }),
    pauses,
    el("button", { type: "button", id: "replay-step", onclick: () => void pace("step") }, ["One stimulus ", el("kbd", { text: "Q" })]),
    el("span", { class: "row" }, [
      el("button", { type: "button", "aria-label": "Slower", onclick: () => void faster(-1) }, [el("kbd", { text: "<" })]),
      speeds,
      el("button", { type: "button", "aria-label": "Faster", onclick: () => void faster(1) }, [el("kbd", { text: ">" })]),
    ]),
    el("div", { id: "replay-track" }, [slider, el("div", { id: "replay-ticks", "aria-hidden": "true" })]),
    el("output", { id: "replay-where", for: "replay-slider" }),
    el("button", { type: "button", id: "replay-next", onclick: () => void toNextMark() }, [el("span", { id: "replay-next-text" }), " ", el("kbd", { text: "J" })]),
  ]));
}

/**
 * @param {number} position
 * @param {number} start
 * @param {number | null} end
 */
function paintMarks(position, start, end) {
  const next = marks.find((mark) => mark.time_s > position);
  const button = /** @type {HTMLButtonElement} */ (byId("replay-next"));
  button.hidden = marks.length === 0;
  button.disabled = !next;
  setText(byId("replay-next-text"), next ? `To ${next.text}, ${clock(next.time_s)}` : "No mark to come");
  const ticks = byId("replay-ticks");
  const key = JSON.stringify([marksOf, marks.length, start, end, next?.time_s]);
  if (ticks.dataset.painted === key || end === null) return;
  ticks.dataset.painted = key;
  ticks.replaceChildren(...marks.map((mark) => {
    const tick = el("i", { title: `${mark.text}, ${clock(mark.time_s)}`, "data-past": String(mark.time_s <= position) });
    tick.style.left = `${(100 * (mark.time_s - start)) / Math.max(1, end - start)}%`;
    return tick;
  }));
}

async function fetchMarks() {
  try {
    marks = (await request("GET", "/replay")).marks;
  } catch (error) {
    // The ticks are missing, and nothing else; they are asked for again with the next paint.
    marksOf = "";
    console.warn("marks of the recording could not be fetched:", error);
  }
}

/**
 * @param {string} action
 * @param {number} [value]
 */
async function pace(action, value) {
  await command("/replay", value === undefined ? { action } : { action, value });
  try {
    const { playback } = await request("GET", "/replay");
    if (model.heartbeat) model.heartbeat.replay = playback;
    paintReplay(model);
  } catch {
    // The next heartbeat tells it.
  }
}

function togglePause() {
  return pace(model.heartbeat?.replay?.is_paused ? "resume" : "pause");
}

/** @param {number} steps */
async function faster(steps) {
  const speed = model.heartbeat?.replay?.speed ?? MOST;
  const all = [...SPEEDS, MOST];
  const at = all.filter((each) => each <= speed).length - 1;
  await pace("speed", all[Math.max(0, Math.min(all.length - 1, at + steps))]);
}

function toNextMark() {
  const position = model.heartbeat?.replay?.position_s ?? 0;
  const next = marks.find((mark) => mark.time_s > position);
  return next ? pace("seek", next.time_s) : toast("No mark is to come in this recording");
}

/** @param {number} timeS */
async function seek(timeS) {
  const position = model.heartbeat?.replay?.position_s ?? 0;
  if (timeS > position) return pace("seek", timeS);
  toast(`A replay only runs forward: ${clock(timeS)} is past. What was seen then stands in events, waterfall and trends; start the replay again to see it live`);
  paintReplay(model);
}
