// @ts-check
/** What is drawn of a sweep: the grid with its window, the baseline's ghost, onset, peaks, a rejected sweep. */

import { fitted, label, line, note, trace } from "./canvas.js";
import { colour } from "./dom.js";
import { voltage } from "./format.js";
import { HALF_DIVISIONS } from "./scales.js";
import { reasonsInWords } from "./words.js";

/** @typedef {import("./model.js").ShownSweep} ShownSweep */
/** @typedef {import("./frames.js").BaselineFrame} BaselineFrame */
/** @typedef {{ left: number, top: number, width: number, height: number }} Area */

/** Lower than this, only the zero line is labelled, and the window has its shade alone. */
const CROWDED_PX = 90;

/**
 * Where on the canvas a sweep stands, and how large.
 * @typedef {object} Frame
 * @property {Area} area
 * @property {number} bottom of everything, rejected sweep included
 * @property {number} first milliseconds
 * @property {number} last
 * @property {number} perDivisionMs
 * @property {number} perDivisionUv
 * @property {(ms: number) => number} toX
 * @property {(uv: number) => number} toY
 */

/**
 * @param {CanvasRenderingContext2D} context
 * @param {Frame} frame
 * @param {readonly number[] | undefined} windowMs
 */
export function drawGrid(context, { area, bottom, first, last, perDivisionMs, perDivisionUv, toX, toY }, windowMs) {
  const right = area.left + area.width;
  if (windowMs) {
    const [from, to] = windowMs.map((ms) => Math.min(right, toX(ms)));
    context.fillStyle = colour("window");
    context.fillRect(from, area.top, to - from, bottom - area.top);
  }
  context.lineWidth = 1;
  for (let ms = first; ms <= last; ms += perDivisionMs) {
    line(context, toX(ms), area.top, toX(ms), bottom, colour(ms === 0 ? "soft" : "grid"));
    const isNamed = (ms / perDivisionMs) % 2 === 0 && toX(ms) < right - 125;
    if (isNamed) label(context, String(ms), toX(ms), bottom + 15, "soft", "center");
  }
  label(context, "ms after stimulus", right, bottom + 15, "soft", "right");
  for (let division = -HALF_DIVISIONS; division <= HALF_DIVISIONS; division += 1) {
    const y = toY(division * perDivisionUv);
    line(context, area.left, y, right, y, colour(division === 0 ? "grid-strong" : "grid"));
    const isNamed = area.height > CROWDED_PX ? division % 2 === 0 : division === 0;
    if (isNamed && Math.abs(division) < HALF_DIVISIONS) {
      label(context, voltage(division * perDivisionUv), area.left - 6, y + 4, "soft", "right");
    }
  }
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {Frame} frame
 * @param {BaselineFrame} ghost
 * @param {number} row
 */
export function drawGhost(context, { first: firstMs, last: lastMs, toX, toY }, ghost, row) {
  const { start_ms: startMs, step_ms: stepMs, muscles, n_columns: n } = ghost.header;
  const mean = ghost.rows[row];
  const spread = ghost.rows[muscles.length + row];
  const first = Math.max(0, Math.floor((firstMs - startMs) / stepMs));
  const end = Math.min(n, Math.ceil((lastMs - startMs) / stepMs) + 1);
  context.beginPath();
  for (let i = first; i < end; i += 1) context.lineTo(toX(startMs + i * stepMs), toY(mean[i] + spread[i]));
  for (let i = end - 1; i >= first; i -= 1) context.lineTo(toX(startMs + i * stepMs), toY(mean[i] - spread[i]));
  context.globalAlpha = 0.45;
  context.fillStyle = colour("ghost");
  context.fill();
  context.globalAlpha = 1;
  context.strokeStyle = colour("ghost-line");
  context.lineWidth = 1.2;
  context.setLineDash([5, 3]);
  trace(context, { samples: mean, startMs, stepMs }, toX, toY, firstMs, lastMs);
  context.setLineDash([]);
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {Frame} frame
 * @param {ShownSweep} sweep
 */
export function drawOnset(context, { area, first, last, toX }, sweep) {
  if (sweep.onsetMs === null || sweep.onsetMs < first || sweep.onsetMs > last) return;
  const x = toX(sweep.onsetMs);
  context.setLineDash([2, 3]);
  line(context, x, area.top + 36, x, area.top + area.height, colour("accent"));
  context.setLineDash([]);
  note(context, `onset ${sweep.onsetMs.toFixed(1)} ms`, Math.max(x - 5, area.left + 90), area.top + 32, "accent", "right");
}

/**
 * The window by its name, with what the server measured in it.
 * @param {CanvasRenderingContext2D} context
 * @param {Frame} frame
 * @param {readonly number[]} windowMs
 * @param {ShownSweep | null} sweep null where nothing new was measured
 */
export function nameWindow(context, { area, last, toX }, windowMs, sweep) {
  if (windowMs[0] >= last || area.height < CROWDED_PX) return;
  const measured = sweep?.peakToPeakUv == null ? "" : ` · p-p ${voltage(Math.round(sweep.peakToPeakUv))}`;
  const tint = sweep && sweep.onsetMs !== null ? "accent" : "soft";
  note(context, `response window${measured}`, toX(windowMs[0]) + 6, area.top + area.height - 8, tint);
}

/**
 * The two peaks between which the server measured, as arrows; hollow where no response stands out.
 * @param {CanvasRenderingContext2D} context
 * @param {Frame} frame
 * @param {ShownSweep} sweep
 * @param {readonly number[]} windowMs
 */
export function drawPeaks(context, { area, last, toX, toY }, sweep, windowMs) {
  if (sweep.peakToPeakUv === null || windowMs[0] > last) return;
  const from = Math.max(0, Math.ceil((windowMs[0] - sweep.startMs) / sweep.stepMs));
  const end = Math.min(sweep.samples.length, Math.floor((windowMs[1] - sweep.startMs) / sweep.stepMs));
  let [high, low] = [from, from];
  for (let i = from; i < end; i += 1) {
    if (sweep.samples[i] > sweep.samples[high]) high = i;
    if (sweep.samples[i] < sweep.samples[low]) low = i;
  }
  const stands = sweep.onsetMs !== null;
  const tint = stands ? "accent" : "soft";
  const keep = (/** @type {number} */ y) => Math.min(area.top + area.height - 10, Math.max(area.top + 10, y));
  for (const [i, side] of /** @type {const} */ ([[high, -1], [low, 1]])) {
    const x = toX(sweep.startMs + i * sweep.stepMs);
    if (x > area.left + area.width) continue;
    const y = keep(toY(sweep.samples[i]) + side * 4);
    context.beginPath();
    context.moveTo(x, y);
    context.lineTo(x - 5, y + side * 8);
    context.lineTo(x + 5, y + side * 8);
    context.closePath();
    context.lineWidth = 1.2;
    context.strokeStyle = context.fillStyle = colour(tint);
    if (stands) context.fill();
    context.stroke();
  }
}

/**
 * The sweep as it was received, thin, behind the one that mains and tail were taken off.
 * @param {CanvasRenderingContext2D} context
 * @param {Frame} frame
 * @param {{ samples: ArrayLike<number>, startMs: number, stepMs: number }} raw
 */
export function drawRaw(context, { area, first, last, toX, toY }, raw) {
  context.strokeStyle = colour("raw");
  context.lineWidth = 1;
  trace(context, raw, toX, toY, first, last);
  note(context, "raw, as received (shifted to zero)", area.left + 6, area.top + area.height - 26, "raw");
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {Frame} frame
 * @param {ShownSweep} sweep
 */
export function drawRejected(context, { area, bottom, first, last, toX }, sweep) {
  const top = area.top + area.height;
  const height = bottom - top;
  line(context, area.left, top, area.left + area.width, top, colour("rejected"));
  context.save();
  context.beginPath();
  context.rect(area.left, top, area.width, height);
  context.clip();
  context.strokeStyle = colour("rejected");
  context.lineWidth = 1.4;
  context.setLineDash([4, 2]);
  const middle = top + height / 2 + 8;
  const peak = Math.max(50, ...Array.from(sweep.samples, (uv) => Math.abs(uv) || 0));
  const toY = (/** @type {number} */ uv) => middle - (uv / peak) * (height / 2 - 12);
  trace(context, sweep, toX, toY, first, last);
  context.restore();
  const why = reasonsInWords(sweep.reasons);
  const told = `newest sweep, not counted (± ${voltage(Math.ceil(peak / 10) * 10)}): ${why}`;
  note(context, fitted(context, told, area.width - 12), area.left + 6, top + 15, "rejected");
}
