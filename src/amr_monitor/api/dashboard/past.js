// @ts-check
/** What the server has kept of a case: its figures, its sweeps, its pictures. */

import { readFrame } from "./frames.js";
import { Refusal, request } from "./server.js";

/** @typedef {import("./frames.js").SweepFrame} SweepFrame */
/** @typedef {import("./frames.js").BaselineFrame} BaselineFrame */

/**
 * @typedef {object} RasterHeader
 * @property {string} muscle
 * @property {number} from_s
 * @property {number} to_s
 * @property {number} n_columns
 * @property {number} start_ms
 * @property {number} step_ms
 * @property {number} n_rows
 * @property {number} scale_uv
 */

/** @typedef {{ header: RasterHeader, accepted: Uint16Array, all: Uint16Array, samples: Int16Array }} Raster */

/** What a cell of a raster holds where no sweep counts. */
export const NOTHING = -32768;

/** Sweeps of a trend that are asked for at once: more than five hours at one a second. */
export const TREND_POINTS = 20_000;

/**
 * Figures of a stretch; of a long one those that leave its outline.
 * @param {string} caseId
 * @param {number | null} from
 * @param {number | null} to
 * @returns {Promise<any>}
 */
export function fetchTrend(caseId, from = null, to = null) {
  const query = new URLSearchParams({ limit: String(TREND_POINTS) });
  if (from !== null) query.set("from", String(from));
  if (to !== null) query.set("to", String(to));
  return request("GET", `/cases/${encodeURIComponent(caseId)}/trends?${query}`);
}

/**
 * The newest sweeps of a stretch as they were shown.
 * @param {string} caseId
 * @param {number} from
 * @param {number} to
 * @param {number} limit
 * @returns {Promise<SweepFrame[]>}
 */
export async function fetchSweeps(caseId, from, to, limit) {
  const query = new URLSearchParams({ from: String(from), to: String(to), limit: String(limit) });
  const buffer = await fetchBinary(`/cases/${encodeURIComponent(caseId)}/display-sweeps?${query}`);
  return /** @type {SweepFrame[]} */ (framesOf(buffer));
}

/**
 * Every baseline of a case, oldest first.
 * @param {string} caseId
 * @returns {Promise<BaselineFrame[]>}
 */
export async function fetchBaselines(caseId) {
  const buffer = await fetchBinary(`/cases/${encodeURIComponent(caseId)}/baselines`);
  return /** @type {BaselineFrame[]} */ (framesOf(buffer));
}

/**
 * Mean sweeps of the columns of a stretch.
 * @param {string} caseId
 * @param {string} muscle
 * @param {number} from
 * @param {number} to
 * @param {number} columns
 * @returns {Promise<Raster>}
 */
export async function fetchRaster(caseId, muscle, from, to, columns) {
  const query = new URLSearchParams({ muscle, from: String(from), to: String(to), columns: String(columns) });
  const buffer = await fetchBinary(`/cases/${encodeURIComponent(caseId)}/raster?${query}`);
  const length = new DataView(buffer).getUint32(0, true);
  const header = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 4, length)));
  const at = 4 + length;
  const n = header.n_columns;
  return {
    header,
    accepted: new Uint16Array(buffer, at, n),
    all: new Uint16Array(buffer, at + 2 * n, n),
    samples: new Int16Array(buffer, at + 4 * n, n * header.n_rows),
  };
}

/**
 * @param {string} path
 * @returns {Promise<ArrayBuffer>}
 */
async function fetchBinary(path) {
  const response = await fetch(`/api/v1${path}`);
  if (!response.ok) throw new Refusal(response.status, `the server answered ${response.status} to ${path}`);
  return response.arrayBuffer();
}

/**
 * @param {ArrayBuffer} buffer
 * @returns {Array<SweepFrame | BaselineFrame>}
 */
function framesOf(buffer) {
  const frames = [];
  const view = new DataView(buffer);
  for (let at = 0; at < buffer.byteLength;) {
    const length = view.getUint32(at, true);
    frames.push(readFrame(buffer.slice(at + 4, at + 4 + length)));
    at += 4 + length;
  }
  return frames;
}
