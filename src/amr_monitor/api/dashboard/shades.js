// @ts-check
/** Microvolts as colours, and the bar that tells which is which. */

import { label } from "./canvas.js";
import { colour } from "./dom.js";
import { voltage } from "./format.js";
import { NOTHING } from "./past.js";

/** @typedef {import("./past.js").Raster} Raster */

/** Microvolts that the full colour can stand for. */
export const LIMITS_UV = [10, 20, 50, 100, 200, 500, 1000];

/** @type {{ [theme: string]: Uint32Array }} */
const tables = {};

/**
 * Blue below, the ground at zero, orange above: told apart by every kind of colour-blind eye,
 * and by brightness from the ground. The last entry marks sweeps that do not count.
 * @param {boolean} isLight
 * @returns {Uint32Array} little-endian RGBA
 */
export function colourTable(isLight) {
  const name = isLight ? "light" : "dark";
  if (tables[name]) return tables[name];
  const zero = isLight ? [255, 255, 255] : [11, 16, 22];
  const ends = isLight ? [[8, 74, 150], [170, 70, 0]] : [[92, 178, 255], [255, 178, 60]];
  const table = new Uint32Array(256);
  for (let i = 0; i < 255; i += 1) {
    const share = Math.abs(i - 127) / 127;
    const bent = share ** 0.8;
    const [r, g, b] = ends[i < 127 ? 0 : 1].map((end, c) => Math.round(zero[c] + (end - zero[c]) * bent));
    table[i] = 0xff000000 | (b << 16) | (g << 8) | r;
  }
  table[255] = isLight ? 0xff98a4b0 : 0xff5c5248;
  tables[name] = table;
  return table;
}

/**
 * @param {number} rgba little-endian, as a colour of CSS
 * @returns {string}
 */
function css(rgba) {
  return `rgb(${rgba & 255} ${(rgba >> 8) & 255} ${(rgba >> 16) & 255})`;
}

/**
 * The bar that tells which colour is how many microvolts.
 * @param {CanvasRenderingContext2D} context
 * @param {{ left: number, top: number, width: number, height: number }} area
 * @param {boolean} isLight
 * @param {number} limitUv
 */
export function drawScale(context, area, isLight, limitUv) {
  const table = colourTable(isLight);
  const x = area.left + area.width + 12;
  const height = Math.max(20, area.height - 44);
  const top = area.top + 34;
  for (let i = 0; i < height; i += 1) {
    context.fillStyle = css(table[Math.round(254 * (1 - i / (height - 1)))]);
    context.fillRect(x, top + i, 12, 1);
  }
  context.strokeStyle = colour("line");
  context.strokeRect(x - 0.5, top - 0.5, 13, height + 1);
  label(context, `+${voltage(limitUv)}`, x + 17, top + 10, "soft");
  label(context, "0", x + 17, top + height / 2 + 4, "soft");
  label(context, `−${voltage(limitUv)}`, x + 17, top + height, "soft");
}

/**
 * The limit of the colours that the response fills.
 * @param {Raster} raster
 * @param {readonly number[] | null} windowMs
 * @returns {number} its place among the limits
 */
export function fittingLimit(raster, windowMs) {
  const { n_columns: n, n_rows: rows, start_ms: startMs, step_ms: stepMs, scale_uv: scale } = raster.header;
  const [from, to] = windowMs ?? [8, 28];
  const first = Math.max(0, Math.ceil((from - startMs) / stepMs));
  const end = Math.min(rows, Math.floor((to - startMs) / stepMs));
  const peaks = [];
  for (let column = 0; column < n; column += 1) {
    let peak = 0;
    for (let row = first; row < end; row += 1) {
      const value = raster.samples[column * rows + row];
      if (value !== NOTHING) peak = Math.max(peak, Math.abs(value));
    }
    if (raster.accepted[column]) peaks.push(peak * scale);
  }
  peaks.sort((a, b) => a - b);
  const high = peaks[Math.floor(peaks.length * 0.95)] ?? 100;
  const found = LIMITS_UV.findIndex((uv) => uv >= high * 0.7);
  return found < 0 ? LIMITS_UV.length - 1 : found;
}
