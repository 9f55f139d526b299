// @ts-check
/** Hold the pictures still to look at them; verdict, figures and alarms go on. */

import { byId, setAttribute, setText } from "./dom.js";
import { clock } from "./format.js";
import { bind } from "./keys.js";

/** @typedef {import("./model.js").Model} Model */
/** @typedef {import("./model.js").MuscleView} MuscleView */

/** @type {{ nowS: number, views: Map<string, MuscleView> } | null} */
let held = null;
let caseId = "";

/**
 * Take key and button of the freeze.
 * @param {Model} model
 * @param {() => void} changed
 */
export function setUpFreeze(model, changed) {
  const toggle = () => {
    if (held) held = null;
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
  held = { nowS: model.nowS, views };
  caseId = model.caseId;
}

/** @param {Model} model */
export function paintFreeze(model) {
  if (held && (model.caseId !== caseId || model.isShadow)) held = null;
  byId("freeze").hidden = !model.muscles.size || model.isShadow;
  setAttribute(byId("freeze"), "aria-pressed", String(held !== null));
  const note = byId("frozen");
  note.hidden = held === null;
  if (held) setText(note, `PICTURES FROZEN at ${clock(held.nowS)}, ${clock(model.nowS - held.nowS)} ago; verdict and figures go on`);
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
