// @ts-check
/** Binary frames: a sweep or the baseline, for display (docs/protocol.md). */

/** @typedef {import("./messages.js").SweepHeader} SweepHeader */
/** @typedef {import("./messages.js").BaselineHeader} BaselineHeader */
/** @typedef {{ header: SweepHeader, rows: Float32Array[] }} SweepFrame */
/** @typedef {{ header: BaselineHeader, rows: Float32Array[] }} BaselineFrame */

/**
 * Read a frame; its rows are views into the buffer.
 * @param {ArrayBuffer} buffer
 * @returns {SweepFrame | BaselineFrame}
 */
export function readFrame(buffer) {
  const length = new DataView(buffer).getUint32(0, true);
  const header = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 4, length)));
  const samples = new Float32Array(buffer, 4 + length);
  const rows = [];
  for (let start = 0; start < samples.length; start += header.n_columns) {
    rows.push(samples.subarray(start, start + header.n_columns));
  }
  return { header, rows };
}

/**
 * @param {SweepFrame | BaselineFrame} frame
 * @returns {frame is SweepFrame}
 */
export function isSweep(frame) {
  return frame.header.kind === "sweep";
}
