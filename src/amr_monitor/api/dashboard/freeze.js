// @ts-check
/** Hold the pictures still, or look back with them; verdict, figures and alarms go on. */

import { byId, setAttribute, setText } from "./dom.js";
import { clock } from "./format.js";
import { bind } from "./keys.js";
import { Model } from "./model.js";
import { MUSCLES } from "./words.js";

/** @typedef {import("./model.js").MuscleView} MuscleView */

/** @type {{ nowS: number, views: Map<string, MuscleView>, told: string, released?: () => void } | null} */
let held = null;
let caseId = "";

/**
 * Take key and button of the freeze.
 * @param {Model} model
 * @param {() => void} changed
 */
export function setUpFreeze(model, changed) {
  const toggle = () => {
    if (held) letGo();
    else if (model.muscles.size && !model.isShadow) hold(model);
    changed();
  };
  bind("z", toggle);
  byId("freeze").addEventListener("click", toggle);
}

/** @param {Model} model */
function hold(model) {
  /** @type {Map<string, MuscleView>} */
  const views = new Map();
  for (const [muscle, view] of model.muscles) views.set(muscle, { ...view, recent: [...view.recent] });
  held = { nowS: model.nowS, views, told: `PICTURES FROZEN at ${clock(model.nowS)}` };
  caseId = model.caseId;
}

/**
 * Show sweeps of the past, the last of them as if it were the newest.
 * @param {Model} model
 * @param {readonly import("./frames.js").SweepFrame[]} frames
 * @param {() => void} released called when the pictures go on
 */
export function showSweeps(model, frames, released) {
  const past = new Model();
  for (const frame of frames) past.takeSweep(frame);
  const words = [...past.muscles.values()].filter((view) => view.status?.is_lead).map((view) => `${MUSCLES[view.muscle]} then: ${view.words}`);
  held = { nowS: past.nowS, views: past.muscles, told: [`LOOKING BACK at ${clock(past.nowS)}`, ...words].join(", "), released };
  caseId = model.caseId;
}

/**
 * Let the pictures go on where they look back.
 * @param {() => void} changed
 */
export function release(changed) {
  if (held?.released) held = null;
  changed();
}

function letGo() {
  const released = held?.released;
  held = null;
  released?.();
}

/** @param {Model} model */
export function paintFreeze(model) {
  if (held && (model.caseId !== caseId || model.isShadow)) held = null;
  byId("freeze").hidden = !model.muscles.size || model.isShadow;
  setAttribute(byId("freeze"), "aria-pressed", String(held !== null));
  const note = byId("frozen");
  note.hidden = held === null;
  if (held) setText(note, `${held.told}, ${clock(model.nowS - held.nowS)} ago; verdict and figures go on`);
}

/**
 * What the pictures of a muscle show, and the time that they show it at.
 * @param {MuscleView} view
 * @param {Model} model
 * @returns {[MuscleView, number]}
 */
export function pictured(view, model) {
  const still = held?.views.get(view.muscle);
  return held && still ? [still, held.nowS] : [view, model.nowS];
}
