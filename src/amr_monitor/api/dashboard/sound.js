// @ts-check
/**
 * Sound of this screen: asked for when a live case is open, off and said so otherwise.
 * Which events are heard, and which are spoken, is told by the server (`heartbeat.heard`).
 */

import { request } from "./server.js";
import { toast } from "./ask.js";
import { showDialog, submit } from "./dialog.js";
import { byId, el, setAttribute, setText } from "./dom.js";
import { bind } from "./keys.js";
import { Tones } from "./tones.js";
import { askName, toldName } from "./who.js";
import { eventInWords } from "./words.js";

/** @typedef {import("./model.js").Model} Model */
/** @typedef {import("./connection.js").Connection} Connection */
/** @typedef {{ caseId: string, isOn: boolean }} Choice */

const KEY = "amr-monitor-sound";
const LOST_EVERY_MS = 20_000;
const PRIORITIES = ["alarm_high", "lost", "alarm_medium", "loss", "return", "persistent", "alarm_low"];

/** @type {Model} */
let model;
/** @type {Tones} */
let tones;
let isOn = false;
let isAsking = false;
/** Events up to this one were heard, or were before this screen. */
let heardSeq = 0;
let heardCase = "";
let lostMs = -Infinity;

/** @param {() => void} changed */
export function setUpSound(changed) {
  tones = new Tones(changed);
  byId("top-actions").prepend(el("button", { type: "button", id: "sound", onclick: () => void choose() }));
  bind("o", () => void choose());
  for (const gesture of ["pointerdown", "keydown"]) {
    document.addEventListener(gesture, () => { if (isOn && !tones.isRunning) void tones.start(); });
  }
}

/** Whether sounds leave this screen now. */
function isAudible() {
  return isOn && tones.isRunning;
}

/**
 * @param {Model} painted
 * @param {Connection} connection
 */
export function paintSound(painted, connection) {
  model = painted;
  const button = byId("sound");
  const waits = isOn && !tones.isRunning;
  setText(button, isAudible() ? "Sound on" : waits ? "AUDIO OFF: press any key" : "AUDIO OFF");
  setAttribute(button, "data-audible", String(isAudible()));
  setAttribute(button, "title", isAudible() ? "Sounds of this screen are on; O to test or switch off" : "This screen makes no sound; O to test it and switch it on");
  askOnce();
  hear();
  hearLoss(connection);
  document.documentElement.dataset.sounds = tones.played.join(" ");
}

/** A live case asks; a replay and a simulation do not. */
function askOnce() {
  const isLive = model.hello?.origin === "device" && (model.status?.is_open ?? false);
  if (!isLive || model.role !== "operator" || isAsking) return;
  /** @type {Choice | null} */
  const chosen = JSON.parse(sessionStorage.getItem(KEY) ?? "null");
  if (chosen?.caseId !== model.caseId) void choose();
  else if (chosen.isOn && !isOn) {
    isOn = true;
    void tones.start();
  }
}

/** Play a test and ask whether it was heard. */
async function choose() {
  if (isAsking || !model) return;
  isAsking = true;
  try {
    const name = toldName() || model.hello?.user || "";
    const on = /** @type {HTMLButtonElement} */ (submit("on", "On, I heard the test", "primary"));
    on.disabled = true;
    const state = el("p", { class: "soft", role: "status", text: tones.isPossible ? "Play the test and listen." : "This browser makes no sounds." });
    const test = el("button", { type: "button", id: "sound-test", text: "Play the test", onclick: () => void (async () => {
      await tones.start();
      const was = tones.play("test");
      on.disabled = !was;
      setText(state, was ? "Did you hear two tones? If not, look at the loudspeaker." : "The browser lets no sound out.");
    })() });
    const { dialog, closed } = showDialog("sound-question", "Sound of this screen", [
      el("p", { text: "Changes that are certain, technical alarms and a lost monitor can be heard here." }),
      el("div", { class: "row" }, [test]), state,
    ], [on, submit("off", name && name !== "local" ? `Off, accepted by ${name}` : "Off, I accept that", "plain")]);
    if (!tones.isPossible) test.hidden = true;
    dialog.addEventListener("cancel", (event) => event.preventDefault());
    const answer = await closed;
    isOn = answer === "on";
    if (!isOn) await tones.context?.suspend();
    await keep();
  } finally {
    isAsking = false;
    tones.changed();
  }
}

/** Keep the choice: in this tab, and in the journal where a patient is monitored. */
async function keep() {
  /** @type {Choice} */
  const choice = { caseId: model.caseId, isOn };
  sessionStorage.setItem(KEY, JSON.stringify(choice));
  const isLive = model.hello?.origin === "device" && (model.status?.is_open ?? false);
  if (!isLive || model.role !== "operator") return;
  try {
    await request("POST", "/marks", { mark: "note", text: isOn ? "sound of this screen: on, tested" : "sound of this screen: off, accepted" });
  } catch {
    toast("The choice of sound could not be journalled: make a note of it");
    if (!toldName()) void askName();
  }
}

/** Sound and say what is new, once; nothing of the past. */
function hear() {
  const heartbeat = model.heartbeat;
  if (!heartbeat || !model.hello || heartbeat.case_id !== model.caseId) return;
  if (heardCase !== model.caseId) {
    heardCase = model.caseId;
    heardSeq = model.hello.newest_seq;
  }
  const due = heartbeat.heard.filter((seq) => seq > heardSeq && seq <= model.seq);
  if (!due.length) return;
  heardSeq = Math.max(...due);
  const events = model.events.filter((event) => due.includes(event.seq));
  const sounds = events.map(soundOf);
  const gravest = PRIORITIES.find((sound) => sounds.includes(sound));
  if (gravest && isAudible()) tones.play(gravest);
  byId("spoken").textContent = events.map((event) => eventInWords(event).text).join(". ");
}

/**
 * @param {import("./messages.js").Event} event
 * @returns {string}
 */
function soundOf(event) {
  if (event.type === "alarm_raised") return `alarm_${event.priority}`;
  if (event.type !== "amr_state_changed") return "";
  if (event.to === "disappeared") return "loss";
  return event.to === "reappeared" ? "return" : "persistent";
}

/**
 * A monitor that says nothing any more is heard from this screen itself.
 * @param {Connection} connection
 */
function hearLoss(connection) {
  if (!connection.isStale) lostMs = -Infinity;
  else if (isAudible() && performance.now() - lostMs > LOST_EVERY_MS) {
    lostMs = performance.now();
    tones.play("lost");
  }
}
