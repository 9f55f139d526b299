// @ts-check
/** The last sixty sweeps, newest on top: whether the response comes each time. */

import { Canvas, label, trace } from "./canvas.js";
import { colour, el } from "./dom.js";
import { clock } from "./format.js";
import { RECENT_SWEEPS } from "./model.js";

/** @typedef {import("./model.js").MuscleView} MuscleView */
/** @typedef {import("./frames.js").BaselineFrame} BaselineFrame */

const FIRST_MS = 8;
const SPAN_MS = 24;
const LEFT = 40;
const TOP = 20;
const BOTTOM = 24;

export class Waterfall {
  constructor() {
    this.canvas = new Canvas(() => this.repaint());
    this.canvas.element.setAttribute("aria-label", "The last 60 sweeps, newest on top");
    this.root = el("div", { class: "waterfall" }, [this.canvas.element]);
    this.painted = "";
    /** @type {[MuscleView, BaselineFrame | null, number, number] | null} */
    this.last = null;
  }

  repaint() {
    this.painted = "";
    if (this.last) this.paint(...this.last);
  }

  /**
   * @param {MuscleView} view
   * @param {BaselineFrame | null} baseline
   * @param {number} row
   * @param {number} nowS
   */
  paint(view, baseline, row, nowS) {
    this.last = [view, baseline, row, nowS];
    const theme = document.documentElement.dataset.theme;
    const key = `${view.recent.at(-1)?.number} ${view.recent.length} ${baseline?.header.epoch} ${theme}`;
    if (key === this.painted) return;
    const context = this.canvas.begin();
    if (!context) return;
    this.painted = key;
    const { width, height } = this.canvas;
    const bottom = height - BOTTOM;
    const spacing = (bottom - TOP) / RECENT_SWEEPS;
    const windowMs = baseline && row >= 0 ? baseline.header.windows_ms[row] : null;
    // Just before the window: the M wave would hide everything.
    const firstMs = windowMs ? windowMs[0] - 0.5 : FIRST_MS;
    const lastMs = firstMs + SPAN_MS;
    const toX = (/** @type {number} */ ms) => LEFT + ((ms - firstMs) / SPAN_MS) * (width - LEFT - 6);
    if (windowMs) {
      context.fillStyle = colour("window");
      context.fillRect(toX(windowMs[0]), TOP, toX(windowMs[1]) - toX(windowMs[0]), bottom - TOP);
    }
    label(context, "last 60 sweeps", LEFT, 14, "soft");
    for (const ms of [15, 20, 25, 30]) label(context, ms === 20 ? "20 ms" : String(ms), toX(ms), bottom + 15, "soft", "center");
    const scale = (spacing * 5) / scaleUv(view);
    context.save();
    context.beginPath();
    context.rect(LEFT, TOP - 6, width - LEFT - 6, bottom - TOP + 12);
    context.clip();
    const sweeps = [...view.recent].reverse();
    const colours = { accepted: colour("trace"), rejected: colour("rejected") };
    for (let i = sweeps.length - 1; i >= 0; i -= 1) {
      const sweep = sweeps[i];
      const middle = TOP + (i + 0.5) * spacing;
      context.lineWidth = i === 0 ? 1.8 : 1;
      context.globalAlpha = sweep.accepted ? (i === 0 ? 1 : 0.72) : 0.55;
      context.strokeStyle = sweep.accepted ? colours.accepted : colours.rejected;
      context.setLineDash(sweep.accepted ? [] : [2, 3]);
      const limit = spacing * (sweep.accepted ? 6 : 1);
      const toY = (/** @type {number} */ uv) => middle - Math.max(-limit, Math.min(limit, uv * scale));
      trace(context, sweep, toX, toY, firstMs, lastMs);
    }
    context.restore();
    const newest = sweeps[0];
    if (!newest) return;
    label(context, "now", LEFT - 5, TOP + spacing + 4, "soft", "right");
    for (const i of [20, 40, 59]) {
      const sweep = sweeps[i];
      if (sweep) label(context, `−${clock(newest.timeS - sweep.timeS)}`, LEFT - 5, TOP + (i + 0.5) * spacing + 4, "soft", "right");
    }
  }
}

/**
 * Half the spread of the sweeps that count, so that a response stands out of its neighbours.
 * @param {MuscleView} view
 * @returns {number}
 */
function scaleUv(view) {
  const peaks = view.recent.filter((sweep) => sweep.accepted && sweep.peakToPeakUv).map((sweep) => sweep.peakToPeakUv ?? 0);
  peaks.sort((a, b) => a - b);
  return Math.max(40, (peaks[Math.floor(peaks.length * 0.9)] ?? 80) / 2);
}
