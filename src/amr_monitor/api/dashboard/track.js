// @ts-check
/** Figures of the sweeps, column by column, as the trends draw them. */

/** @typedef {import("./model.js").Model} Model */

/** Stimuli farther apart than this are not joined by a line. */
const JOINED_S = 20;

/** @type {readonly string[]} one for all sweeps that count: a case has thousands of them */
const NO_REASONS = [];

/** The figures of one muscle that are drawn. */
export const FIGURES = /** @type {const} */ ([
  "peak_to_peak_uv", "amplitude_uv", "amplitude_upper_bound_uv", "onset_latency_ms",
  "probability_present", "m_wave_percent", "noise_rms_uv",
]);

/** @typedef {(typeof FIGURES)[number]} Figure */
/** @typedef {{ figures: { [F in Figure]: Array<number | null> }, accepted: boolean[], reasons: ReadonlyArray<string>[] }} MuscleColumns */

export class Track {
  constructor() {
    /** @type {number[]} */ this.timeS = [];
    /** @type {number[]} */ this.numbers = [];
    /** @type {Array<number | null>} */ this.currentMa = [];
    /** @type {Map<string, MuscleColumns>} */ this.muscles = new Map();
  }

  /**
   * @param {any} trend as the server tells it
   * @returns {Track}
   */
  static of(trend) {
    const track = new Track();
    track.timeS = trend.time_s;
    track.numbers = trend.sweep_number;
    track.currentMa = trend.current_ma;
    for (const told of trend.muscles) {
      const figures = /** @type {MuscleColumns["figures"]} */ (Object.fromEntries(FIGURES.map((name) => [name, told[name]])));
      track.muscles.set(told.muscle, { figures, accepted: told.accepted, reasons: told.reasons });
    }
    return track;
  }

  get length() {
    return this.timeS.length;
  }

  /**
   * Put the newest sweep behind the others, where it is new.
   * @param {Model} model
   * @returns {"same" | "added" | "missed"} missed: others came between
   */
  append(model) {
    const views = [...model.muscles.values()];
    const newest = views[0]?.recent.at(-1);
    const last = this.numbers.at(-1) ?? 0;
    if (!newest || newest.number <= last) return "same";
    if (views.some((view) => view.recent.at(-1)?.number !== newest.number)) return "same";
    this.timeS.push(newest.timeS);
    this.numbers.push(newest.number);
    this.currentMa.push(model.currentMa);
    for (const view of views) this.appendMuscle(view);
    return newest.number === last + 1 ? "added" : "missed";
  }

  /** @param {import("./model.js").MuscleView} view */
  appendMuscle(view) {
    const sweep = view.recent[view.recent.length - 1];
    let columns = this.muscles.get(view.muscle);
    if (!columns) {
      const none = () => new Array(this.length - 1).fill(null);
      const figures = /** @type {MuscleColumns["figures"]} */ (Object.fromEntries(FIGURES.map((name) => [name, none()])));
      columns = { figures, accepted: none().fill(false), reasons: none().fill([]) };
      this.muscles.set(view.muscle, columns);
    }
    /** @type {{ [F in Figure]: number | null | undefined }} */
    const told = {
      peak_to_peak_uv: sweep.peakToPeakUv,
      amplitude_uv: view.status?.amplitude_uv,
      amplitude_upper_bound_uv: view.status?.amplitude_upper_bound_uv,
      onset_latency_ms: sweep.onsetMs,
      probability_present: view.status?.probability_present,
      m_wave_percent: sweep.mWavePercent,
      noise_rms_uv: sweep.noiseUv,
    };
    for (const name of FIGURES) columns.figures[name].push(told[name] ?? null);
    columns.accepted.push(sweep.accepted);
    columns.reasons.push(sweep.reasons.length ? sweep.reasons : NO_REASONS);
  }

  /**
   * The row of the sweep nearest to a time, or `by` rows from it; -1 where there is none.
   * @param {number} timeS
   * @param {number} [by]
   * @returns {number}
   */
  nearest(timeS, by = 0) {
    if (!this.length) return -1;
    let [low, high] = [0, this.length - 1];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.timeS[middle] < timeS) low = middle + 1;
      else high = middle;
    }
    if (low > 0 && timeS - this.timeS[low - 1] <= this.timeS[low] - timeS) low -= 1;
    return Math.min(this.length - 1, Math.max(0, low + by));
  }

  /**
   * Times and columns for a plot, with a hole wherever the stimulation paused.
   * @param {Array<ArrayLike<number | null>>} columns
   * @returns {[number[], ...Array<Array<number | null>>]}
   */
  plotted(columns) {
    /** @type {number[]} */ const times = [];
    /** @type {Array<Array<number | null>>} */ const out = columns.map(() => []);
    for (let i = 0; i < this.length; i += 1) {
      if (i && this.timeS[i] - this.timeS[i - 1] > JOINED_S) {
        times.push((this.timeS[i] + this.timeS[i - 1]) / 2);
        for (const column of out) column.push(null);
      }
      times.push(this.timeS[i]);
      columns.forEach((column, c) => out[c].push(column[i]));
    }
    return [times, ...out];
  }
}
