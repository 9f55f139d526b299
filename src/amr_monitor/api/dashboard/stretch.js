// @ts-check
/** A stretch of the case as stacked traces, newest on top: single sweeps, or means where they are many. */

import { Canvas, label, trace } from "./canvas.js";
import { colour, el } from "./dom.js";
import { clock } from "./format.js";
import { NOTHING, fetchRaster, fetchSweeps } from "./past.js";

/** @typedef {import("./timeline.js").Timeline} Timeline */

/** @typedef {{ timeS: number, n: number, accepted: boolean, samples: ArrayLike<number>, startMs: number, stepMs: number }} Trace */

const MOST_TRACES = 60;
const LEFT = 92;
const RIGHT = 12;
const TOP = 26;
const BOTTOM = 24;
const FIRST_MS = -2;
const LAST_MS = 50;
const SETTLE_MS = 200;

export class StretchView {
  /** @param {Timeline} timeline */
  constructor(timeline) {
    this.timeline = timeline;
    this.caseId = "";
    this.muscle = "";
    /** @type {readonly number[] | null} */ this.windowMs = null;
    /** @type {Trace[]} newest first */ this.traces = [];
    this.told = "";
    this.asked = 0;
    this.timer = 0;
    this.isVisible = false;
    this.gain = 1;
    this.canvas = new Canvas(() => this.paint());
    this.canvas.element.setAttribute("aria-label", "Sweeps of the chosen stretch, newest on top");
    this.root = el("div", { class: "stretch" }, [
      this.canvas.element,
      el("div", { class: "scale" }, [
        el("button", { type: "button", text: "−", "aria-label": "Lower traces", onclick: () => this.turn(1 / 1.5) }),
        el("button", { type: "button", text: "+", "aria-label": "Higher traces", onclick: () => this.turn(1.5) }),
      ]),
    ]);
    timeline.listen((what) => {
      if (what === "stretch" || (what === "range" && !timeline.stretch)) this.later();
    });
  }

  /** @param {number} by */
  turn(by) {
    this.gain *= by;
    this.paint();
  }

  /**
   * @param {string} caseId
   * @param {string} muscle
   * @param {readonly number[] | null} windowMs
   */
  show(caseId, muscle, windowMs) {
    const isOther = caseId !== this.caseId || muscle !== this.muscle;
    this.caseId = caseId;
    this.muscle = muscle;
    this.windowMs = windowMs;
    if (isOther) this.later(0);
  }

  /** @param {number} [waitMs] */
  later(waitMs = SETTLE_MS) {
    if (!this.caseId || !this.isVisible) return;
    clearTimeout(this.timer);
    this.timer = window.setTimeout(() => void this.fetch(), waitMs);
  }

  /** Fetch the sweeps of the stretch, or of what is looked at where none is chosen. */
  async fetch() {
    const { fromS, toS } = this.timeline.stretch ?? this.timeline;
    this.asked += 1;
    const asked = this.asked;
    try {
      const frames = await fetchSweeps(this.caseId, fromS, toS, MOST_TRACES + 1);
      let traces = frames.flatMap((frame) => this.single(frame));
      if (frames.length > MOST_TRACES) traces = await this.means(fromS, toS);
      if (asked !== this.asked) return;
      const of = frames.length > MOST_TRACES ? `${traces.length} means` : `${traces.length} sweeps`;
      this.told = `${of}, ${clock(fromS)} to ${clock(toS)}`;
      this.traces = traces.reverse();
    } catch (error) {
      this.told = `the sweeps could not be fetched: ${error instanceof Error ? error.message : error}`;
    }
    this.paint();
  }

  /**
   * @param {import("./past.js").SweepFrame} frame
   * @returns {Trace[]}
   */
  single({ header, rows }) {
    const row = header.muscles.findIndex((muscle) => muscle === this.muscle);
    if (row < 0) return [];
    return [{ timeS: header.time_s, n: 1, accepted: header.quality[row].accepted, samples: rows[row], startMs: header.start_ms, stepMs: header.step_ms }];
  }

  /**
   * @param {number} fromS
   * @param {number} toS
   * @returns {Promise<Trace[]>}
   */
  async means(fromS, toS) {
    const { header, accepted, samples } = await fetchRaster(this.caseId, this.muscle, fromS, toS, MOST_TRACES);
    /** @type {Trace[]} */
    const traces = [];
    for (let column = 0; column < header.n_columns; column += 1) {
      if (!accepted[column]) continue;
      const cells = samples.subarray(column * header.n_rows, (column + 1) * header.n_rows);
      traces.push({
        timeS: header.from_s + ((column + 0.5) / header.n_columns) * (header.to_s - header.from_s),
        n: accepted[column],
        accepted: true,
        samples: Float32Array.from(cells, (value) => (value === NOTHING ? NaN : value * header.scale_uv)),
        startMs: header.start_ms,
        stepMs: header.step_ms,
      });
    }
    return traces;
  }

  paint() {
    if (!this.isVisible) return;
    const context = this.canvas.begin();
    if (!context) return;
    const { width, height } = this.canvas;
    const bottom = height - BOTTOM;
    const toX = (/** @type {number} */ ms) => LEFT + ((ms - FIRST_MS) / (LAST_MS - FIRST_MS)) * (width - LEFT - RIGHT);
    if (this.windowMs) {
      context.fillStyle = colour("window");
      context.fillRect(toX(this.windowMs[0]), TOP, toX(this.windowMs[1]) - toX(this.windowMs[0]), bottom - TOP);
    }
    const many = this.traces.some(({ n }) => n > 1);
    label(context, `${this.told}, newest on top${many ? "; each the mean of up to " + Math.max(...this.traces.map(({ n }) => n)) : ""}`, LEFT, 16, "soft");
    for (let ms = 0; ms < LAST_MS; ms += 10) label(context, ms === 20 ? "20 ms" : String(ms), toX(ms), bottom + 16, "soft", "center");
    const spacing = (bottom - TOP) / Math.max(10, this.traces.length);
    const scale = (this.gain * spacing * 3) / this.peakUv();
    context.save();
    context.beginPath();
    context.rect(LEFT, TOP - 4, width - LEFT - RIGHT, bottom - TOP + 8);
    context.clip();
    for (let i = this.traces.length - 1; i >= 0; i -= 1) {
      const shown = this.traces[i];
      const middle = TOP + (i + 0.5) * spacing;
      const limit = spacing * (shown.accepted ? 6 : 1);
      context.lineWidth = 1.1;
      context.setLineDash(shown.accepted ? [] : [2, 3]);
      context.strokeStyle = colour(shown.accepted ? "trace" : "rejected");
      context.globalAlpha = shown.accepted ? 0.85 : 0.6;
      trace(context, shown, toX, (uv) => middle - Math.max(-limit, Math.min(limit, uv * scale)), FIRST_MS, LAST_MS);
    }
    context.restore();
    const every = Math.max(1, Math.ceil(18 / spacing));
    this.traces.forEach(({ timeS }, i) => {
      if (i % every === 0) label(context, clock(timeS), LEFT - 8, TOP + (i + 0.5) * spacing + 4, "soft", "right");
    });
  }

  /** What most traces reach within the response window. */
  peakUv() {
    const [from, to] = this.windowMs ?? [8, 28];
    const peaks = this.traces.filter(({ accepted }) => accepted).map(({ samples, startMs, stepMs }) => {
      let peak = 0;
      const end = Math.min(samples.length, Math.floor((to - startMs) / stepMs));
      for (let i = Math.max(0, Math.ceil((from - startMs) / stepMs)); i < end; i += 1) peak = Math.max(peak, Math.abs(samples[i]) || 0);
      return peak;
    }).sort((a, b) => a - b);
    return Math.max(15, peaks[Math.floor(peaks.length * 0.9)] ?? 50);
  }
}
