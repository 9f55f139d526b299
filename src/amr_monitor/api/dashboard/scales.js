// @ts-check
/** Scales of a sweep like on an EMG machine: microvolts and milliseconds a division, by hand or automatic. */

import { voltage } from "./format.js";

/** @typedef {import("./model.js").MuscleView} MuscleView */
/** @typedef {import("./frames.js").BaselineFrame} BaselineFrame */

const STEPS_UV = [2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000];
const STEPS_MS = [1, 2, 5, 10];
const AUTO_MS = 2;
/** Automatic scales make noise no larger than at so many microvolts a division. */
const SMALLEST_AUTO_UV = 10;
const FIRST_UV = 4;
/** Divisions above and below the middle. */
export const HALF_DIVISIONS = 4;
/** Divisions to the right of the stimulus; one stands left of it. */
const DIVISIONS = 10;
/** Sweeps are shown up to here. */
const END_MS = 80;

export class Scales {
  constructor() {
    this.isUvByHand = false;
    this.isMsByHand = false;
    this.uv = FIRST_UV;
    this.ms = AUTO_MS;
  }

  /** Microvolts a division. */
  get perDivisionUv() {
    return STEPS_UV[this.uv];
  }

  /** Milliseconds a division. */
  get perDivisionMs() {
    return STEPS_MS[this.ms];
  }

  /**
   * The stretch that is shown.
   * @returns {{ first: number, last: number }} milliseconds after the stimulus
   */
  get range() {
    const perDivision = this.perDivisionMs;
    return { first: -perDivision, last: Math.min(END_MS, DIVISIONS * perDivision) };
  }

  get isAutomatic() {
    return !this.isUvByHand && !this.isMsByHand;
  }

  /** @returns {string} */
  get words() {
    const scale = `${voltage(this.perDivisionUv)}/div · ${this.perDivisionMs} ms/div`;
    return this.isAutomatic ? `${scale} · auto` : scale;
  }

  setAutomatic() {
    this.isUvByHand = this.isMsByHand = false;
    this.ms = AUTO_MS;
  }

  /** @param {number} by steps, above 0 for more microvolts a division */
  turnUv(by) {
    this.isUvByHand = true;
    this.uv = Math.min(STEPS_UV.length - 1, Math.max(0, this.uv + by));
  }

  /** @param {number} by steps, above 0 for more milliseconds a division */
  turnMs(by) {
    this.isMsByHand = true;
    this.ms = Math.min(STEPS_MS.length - 1, Math.max(0, this.ms + by));
  }

  /**
   * Choose what lets response and ghost fill a good part of the screen, unless a hand chose.
   * @param {MuscleView} view
   * @param {BaselineFrame | null} ghost
   * @param {number} row
   */
  fit(view, ghost, row) {
    if (!this.isUvByHand) this.uv = fittingStep(view, ghost, row, this.uv);
  }
}

/**
 * The step at which response and ghost fill a good part of the screen.
 * @param {MuscleView} view
 * @param {BaselineFrame | null} ghost
 * @param {number} row
 * @param {number} step the present one: it is left only for a clearly better one
 * @returns {number}
 */
function fittingStep(view, ghost, row, step) {
  const [from, to] = ghost?.header.windows_ms[row] ?? [8, 28];
  let peak = 0;
  const look = (/** @type {ArrayLike<number>} */ samples, /** @type {number} */ startMs, /** @type {number} */ stepMs) => {
    const first = Math.max(0, Math.ceil((from - startMs) / stepMs));
    const end = Math.min(samples.length, Math.floor((to - startMs) / stepMs));
    for (let i = first; i < end; i += 1) peak = Math.max(peak, Math.abs(samples[i]) || 0);
  };
  if (ghost) look(ghost.rows[row], ghost.header.start_ms, ghost.header.step_ms);
  for (const sweep of view.recent.slice(-10)) {
    if (sweep.accepted) look(sweep.samples, sweep.startMs, sweep.stepMs);
  }
  const wanted = STEPS_UV.findIndex((uv) => uv >= SMALLEST_AUTO_UV && peak <= uv * HALF_DIVISIONS * 0.85);
  const best = wanted < 0 ? STEPS_UV.length - 1 : wanted;
  const isTooSmall = peak > STEPS_UV[step] * HALF_DIVISIONS * 0.97;
  return best < step - 1 || isTooSmall || (best < step && peak < STEPS_UV[step] * 1.3) ? best : step;
}

