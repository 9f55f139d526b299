// @ts-check
/** The set-up of a case: checklist, live traces of every channel, the ramp; read from the server. */

import { toast } from "./ask.js";
import { byId, el, setText } from "./dom.js";
import { bind } from "./keys.js";
import { RampChart } from "./ramp.js";
import { openRoomForm } from "./room.js";
import { Scope } from "./scope.js";
import { request } from "./server.js";
import { MUSCLES } from "./words.js";

/** @typedef {import("./model.js").Model} Model */
/** @typedef {import("./answers.js").Checklist} Checklist */

const EVERY_MS = 1500;
const QUIET_EVERY_MS = 5000;

/** What can be entered beside a line that is not done: the field of the room's form. */
/** @type {{ [key: string]: string }} */
const FIELDS = { tof: "TOF_ratio", anaesthesia: "MAC", current: "current" };

/** @type {Checklist | null} */
let checklist = null;
/** @type {Map<string, { scope: Scope, root: HTMLElement, fault: HTMLElement }>} */
const channels = new Map();
const ramp = new RampChart();
/** @type {Model | null} */
let shown = null;
let paintedList = "";
let asksSince = -Infinity;
let changed = () => {};

/** How far the set-up is: "7 of 11 done"; "" where it is not known yet. */
export function progressInWords() {
  return checklist ? `${checklist.done} of ${checklist.total} done` : "";
}

/** @returns {HTMLDialogElement} */
function dialog() {
  return /** @type {HTMLDialogElement} */ (byId("setup"));
}

/**
 * Build the dialog once, and take its key.
 * @param {Model} model
 * @param {() => void} repaint
 */
export function setUpSetup(model, repaint) {
  shown = model;
  changed = repaint;
  document.body.append(el("dialog", { id: "setup", "aria-labelledby": "setup-title" }, [
    el("div", { class: "panel-head" }, [
      el("h2", { id: "setup-title", text: "Set-up" }),
      el("button", { type: "button", id: "setup-close", text: "Close", onclick: () => dialog().close() }),
    ]),
    el("div", { class: "setup-columns" }, [
      el("section", { "aria-label": "Checklist" }, [el("ol", { id: "checklist" })]),
      el("div", { class: "setup-signals" }, [
        el("section", { id: "setup-channels", "aria-label": "Live traces of the channels" }),
        ramp.root,
      ]),
    ]),
  ]));
  bind("b", () => openSetup());
  setInterval(() => void refresh(), 500);
}

/** Open the set-up, where there is something to set up. */
export function openSetup() {
  if (!shown || shown.muscles.size === 0) return toast("No source yet: nothing can be set up");
  if (!dialog().open) dialog().showModal();
  asksSince = -Infinity;
  changed();
  return void refresh();
}

async function refresh() {
  const isOpen = dialog().open;
  const isLearning = shown?.status?.is_open && !shown.status.baseline.accepted;
  const wait = isOpen ? EVERY_MS : QUIET_EVERY_MS;
  if ((!isOpen && !isLearning) || performance.now() - asksSince < wait || document.hidden) return;
  asksSince = performance.now();
  try {
    checklist = await request("GET", "/setup");
    if (isOpen) ramp.show(await request("GET", "/ramp"));
  } catch (error) {
    // What stands is older than it might be; the connection's own signs tell why.
    console.warn("the set-up could not be fetched:", error);
  }
  changed();
}

/** @param {Model} model */
export function paintSetup(model) {
  if (!dialog().open) return;
  paintList(model.role === "operator" && (model.status?.is_open ?? false));
  const root = byId("setup-channels");
  for (const [muscle, view] of model.muscles) {
    const channel = channels.get(muscle) ?? newChannel(muscle, model);
    const row = model.baseline?.header.muscles.findIndex((name) => name === muscle) ?? -1;
    channel.scope.paint(view, model.baseline, row, model.nowS);
    const item = checklist?.items.find(({ key }) => key === `channel:${muscle}`);
    setText(channel.fault, model.isShadow ? "shadow mode: no picture before the case is closed" : item ? `${item.done ? "✓" : "○"} ${micro(item.words)}` : "");
  }
  for (const [muscle, channel] of channels) {
    if (model.muscles.has(muscle)) continue;
    channel.root.remove();
    channels.delete(muscle);
  }
  root.dataset.channels = String(channels.size);
  ramp.paint();
}

/**
 * @param {string} muscle
 * @param {Model} model
 */
function newChannel(muscle, model) {
  const scope = new Scope(muscle);
  const fault = el("p", { class: "soft channel-words" });
  const label = model.hello?.montage.find((channel) => channel.muscle === muscle)?.label ?? "";
  const root = el("article", { class: "setup-channel", "data-channel": muscle }, [
    el("h3", { text: [MUSCLES[muscle], label && `channel ${label}`].filter(Boolean).join(" · ") }),
    fault, scope.root,
  ]);
  byId("setup-channels").append(root);
  const channel = { scope, root, fault };
  channels.set(muscle, channel);
  return channel;
}

/** @param {boolean} mayEnter */
function paintList(mayEnter) {
  const key = JSON.stringify([checklist, mayEnter]);
  if (!checklist || key === paintedList) return;
  paintedList = key;
  setText(byId("setup-title"), `Set-up: ${progressInWords()}`);
  byId("checklist").replaceChildren(...checklist.items.map(({ key, title, done, words }) =>
    el("li", { "data-item": key, "data-done": String(done) }, [
      el("span", { class: "sign", "aria-hidden": "true", text: done ? "✓" : "○" }),
      el("div", {}, [
        el("b", { text: title }), " ", el("small", { class: "tag", text: done ? "done" : "not done" }),
        el("p", { text: micro(words) }),
      ]),
      ...(mayEnter && key in FIELDS ? [el("button", { type: "button", text: "Enter…", "aria-label": `Enter ${title}`, onclick: () => openRoomForm(FIELDS[key]) })] : []),
    ])));
}

/**
 * The server's words with the unit as people write it.
 * @param {string} words
 * @returns {string}
 */
function micro(words) {
  return words.replaceAll(" uV", " µV");
}
