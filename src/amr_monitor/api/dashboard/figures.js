// @ts-check
/** Which figures the trends can show, and how each is drawn. */

import uPlot from "./vendor/uplot-1.6.32/uPlot.esm.js";
import { colour } from "./dom.js";

/** @typedef {import("./track.js").Track} Track */
/** @typedef {import("./track.js").MuscleColumns} MuscleColumns */

/**
 * @typedef {object} Quantity
 * @property {string} name
 * @property {string} title with its unit
 * @property {boolean} [operatorOnly]
 * @property {number} [weight] share of the height
 * @property {number} [leastSpan] of the scale
 * @property {number} [most] that the scale follows: interference is not to flatten all else
 * @property {[number | null, number | null]} [limits] of the scale, where they stand
 * @property {(columns: MuscleColumns, track: Track) => Array<{ values: ArrayLike<number | null>, style: "dots" | "line" | "bound" | "steps" }>} series
 */

/** @type {Quantity[]} */
export const QUANTITIES = [
  {
    name: "amplitude", title: "amplitude µV", weight: 2, leastSpan: 20, limits: [0, null],
    series: ({ figures, accepted }) => [
      { values: figures.peak_to_peak_uv.map((uv, i) => (accepted[i] ? uv : null)), style: "dots" },
      { values: figures.amplitude_uv, style: "line" },
      { values: figures.amplitude_upper_bound_uv, style: "bound" },
    ],
  },
  { name: "onset", title: "onset ms", leastSpan: 4, series: ({ figures, accepted }) => [{ values: figures.onset_latency_ms.map((ms, i) => (accepted[i] ? ms : null)), style: "dots" }] },
  { name: "probability", title: "probability", operatorOnly: true, limits: [0, 1], series: ({ figures }) => [{ values: figures.probability_present, style: "line" }] },
  { name: "m-wave", title: "M wave % of baseline", leastSpan: 120, most: 250, limits: [0, null], series: ({ figures }) => [{ values: figures.m_wave_percent, style: "dots" }] },
  { name: "noise", title: "noise µV", leastSpan: 10, most: 60, limits: [0, null], series: ({ figures }) => [{ values: figures.noise_rms_uv, style: "dots" }] },
  { name: "current", title: "current mA", leastSpan: 10, limits: [0, null], series: (_columns, track) => [{ values: track.currentMa, style: "steps" }] },
];

/**
 * @param {string} style
 * @returns {uPlot.Series}
 */
export function seriesOf(style) {
  const points = { show: false };
  if (style === "dots") return { points, paths: () => null };
  if (style === "bound") return { points, stroke: () => colour("soft"), width: 1.2, dash: [4, 3] };
  if (style === "steps") return { points, stroke: () => colour("accent"), width: 1.4, paths: uPlot.paths.stepped?.({ align: 1 }) };
  return { points, stroke: () => colour("accent"), width: 2 };
}

/**
 * Single sweeps as small squares: thousands of them cost little.
 * @param {uPlot} plot
 * @param {number} series
 * @param {number} unit
 */
export function drawDots(plot, series, unit) {
  const [times, values] = [plot.data[0], plot.data[series]];
  const context = plot.ctx;
  const isDense = times.length > plot.bbox.width / 2;
  const size = (isDense ? 1.6 : 3) * unit;
  context.fillStyle = colour("trace");
  context.globalAlpha = isDense ? 0.75 : 0.9;
  const { min, max } = plot.scales.x;
  let [lastX, lastY] = [-1, -1];
  for (let i = 0; i < times.length; i += 1) {
    const value = values[i];
    if (value == null || times[i] < (min ?? 0) || times[i] > (max ?? 0)) continue;
    const x = Math.round(plot.valToPos(times[i], "x", true));
    const y = Math.round(plot.valToPos(value, "y", true));
    if (x === lastX && y === lastY) continue;
    [lastX, lastY] = [x, y];
    context.fillRect(x - size / 2, y - size / 2, size, size);
  }
  context.globalAlpha = 1;
}

/**
 * @param {uPlot} plot
 * @param {string} title
 */
export function drawTitle(plot, title) {
  const unit = devicePixelRatio;
  const context = plot.ctx;
  const { left, top } = plot.bbox;
  context.save();
  context.font = `600 ${12 * unit}px sans-serif`;
  context.textAlign = "left";
  context.globalAlpha = 0.75;
  context.fillStyle = colour("panel");
  context.fillRect(left + 2 * unit, top + unit, context.measureText(title).width + 8 * unit, 16 * unit);
  context.globalAlpha = 1;
  context.fillStyle = colour("text");
  context.fillText(title, left + 6 * unit, top + 13 * unit);
  context.restore();
}

/**
 * @param {number | null} min
 * @param {number | null} max
 * @param {number | null} low
 * @param {number | null} high
 * @param {number} leastSpan
 * @returns {[number, number]}
 */
export function scaled(min, max, low, high, leastSpan) {
  const bottom = low ?? (min ?? 0);
  const top = high ?? (max ?? 1);
  const span = Math.max(leastSpan, top - bottom);
  const spare = (span - (top - bottom)) / 2 + 0.06 * span;
  if (low === null) return [bottom - spare, high ?? top + spare];
  return [bottom, high ?? bottom + 1.06 * span];
}
