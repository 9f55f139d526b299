// @ts-check
/** The sweep that is shown as it was received, fetched where somebody asks for it. */

import { request } from "./server.js";

/** @typedef {{ samples: number[], startMs: number, stepMs: number, timeS: number }} Raw */
/** @typedef {import("./model.js").ShownSweep} ShownSweep */

let isOffered = false;

/** Offer raw traces: only where the running case is shown, whose sweeps the server holds. */
export function offerRaw() {
  isOffered = true;
}

export class RawTrace {
  /**
   * @param {string} muscle
   * @param {() => void} changed
   */
  constructor(muscle, changed) {
    this.muscle = muscle;
    this.changed = changed;
    this.isOn = false;
    this.number = 0;
    this.isAsking = false;
    /** @type {Raw | null} */ this.raw = null;
  }

  get isOffered() {
    return isOffered;
  }

  toggle() {
    this.isOn = !this.isOn;
    this.number = 0;
    this.raw = null;
    this.changed();
  }

  /**
   * The raw trace of a sweep; null where it is off, is on its way, or is no longer kept.
   * @param {ShownSweep | null} sweep
   * @returns {Raw | null}
   */
  of(sweep) {
    if (!this.isOn || !sweep) return null;
    if (sweep.number !== this.number && !this.isAsking) void this.ask(sweep.number);
    // The number alone could be that of another case's sweep.
    return sweep.number === this.number && this.raw && Math.abs(this.raw.timeS - sweep.timeS) < 1e-6 ? this.raw : null;
  }

  /** @param {number} number */
  async ask(number) {
    this.isAsking = true;
    try {
      const { sweeps } = await request("GET", `/sweeps/raw?muscle=${this.muscle}&number=${number}`);
      this.raw = sweeps.length ? shifted(sweeps.at(-1)) : null;
      this.number = number;
    } catch (error) {
      // The raw trace is missing, and nothing else; the next sweep asks again.
      console.warn("the raw sweep could not be fetched:", error);
    } finally {
      this.isAsking = false;
    }
    this.changed();
  }
}

/**
 * Shifted so that the mean before the stimulus is zero: an offset would leave the screen.
 * @param {{ time_s: number, start_ms: number, step_ms: number, samples_uv: Array<number | null> }} sweep
 * @returns {Raw}
 */
function shifted({ time_s: timeS, start_ms: startMs, step_ms: stepMs, samples_uv: samples }) {
  const n = Math.max(1, Math.floor((-1 - startMs) / stepMs));
  const offset = samples.slice(0, n).reduce((/** @type {number} */ sum, uv) => sum + (uv ?? 0), 0) / n;
  return { samples: samples.map((uv) => (uv === null ? NaN : uv - offset)), startMs, stepMs, timeS };
}
