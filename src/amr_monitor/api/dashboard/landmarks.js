// @ts-check
/** What stands on the time axis besides figures: phases, marks, gaps, and where nothing was known. */

import { colour } from "./dom.js";
import { plain } from "./format.js";
import { markInWords } from "./words.js";

/** @typedef {import("./messages.js").Event} Event */

/**
 * @typedef {object} Landmarks
 * @property {Array<{ fromS: number, toS: number, name: string }>} phases
 * @property {Array<{ timeS: number, text: string, seq: number, state?: string }>} marks
 * @property {Array<{ fromS: number, toS: number }>} gaps
 * @property {Map<string, Array<{ fromS: number, toS: number, cause: string }>>} unknown by muscle
 */

/**
 * Lay the events of a case on its time axis. What a mark means is told by its event.
 * @param {readonly Event[]} events in their order
 * @param {number} firstS
 * @param {number} lastS
 * @returns {Landmarks}
 */
export function landmarksOf(events, firstS, lastS) {
  /** @type {Map<number, { timeS: number, text: string, seq: number, phase: string }>} */
  const marks = new Map();
  /** @type {Landmarks["marks"]} */
  const states = [];
  /** @type {Landmarks["gaps"]} */
  const gaps = [];
  /** @type {Landmarks["unknown"]} */
  const unknown = new Map();
  for (const event of events) {
    if (event.type === "phase_marked") {
      const text = event.mark === "note" ? `note: ${event.text}` : markInWords(event.mark, event.vessel);
      marks.set(event.mark_id, { timeS: event.effective_time_s, text, seq: event.seq, phase: event.phase });
    } else if (event.type === "mark_amended") {
      const mark = marks.get(event.mark_id);
      if (event.voided) marks.delete(event.mark_id);
      else if (mark) marks.set(event.mark_id, { ...mark, timeS: event.effective_time_s, text: markInWords(event.mark, event.vessel) });
    } else if (event.type === "baseline_accepted") {
      states.push({ timeS: event.time_s, text: "baseline", seq: event.seq });
    } else if (event.type === "case_closed") {
      states.push({ timeS: event.time_s, text: "closed", seq: event.seq });
    } else if (event.type === "gap") {
      gaps.push({ fromS: event.time_s, toS: event.time_s + (event.missing_s ?? 1) });
    } else if (event.type === "indeterminate_started") {
      const spans = unknown.get(event.muscle) ?? [];
      spans.push({ fromS: event.time_s, toS: Infinity, cause: event.class });
      unknown.set(event.muscle, spans);
    } else if (event.type === "indeterminate_ended") {
      const span = unknown.get(event.muscle)?.at(-1);
      if (span && span.toS === Infinity) span.toS = event.time_s;
    }
  }
  const inOrder = [...marks.values()].sort((a, b) => a.timeS - b.timeS || a.seq - b.seq);
  return { phases: phasesOf(inOrder, firstS, lastS), marks: [...inOrder, ...states], gaps, unknown };
}

/**
 * @param {Array<{ timeS: number, phase: string }>} marks
 * @param {number} firstS
 * @param {number} lastS
 * @returns {Landmarks["phases"]}
 */
function phasesOf(marks, firstS, lastS) {
  /** @type {Landmarks["phases"]} */
  const phases = [{ fromS: firstS, toS: lastS, name: "before dura" }];
  for (const mark of marks) {
    const name = plain(mark.phase);
    const open = phases[phases.length - 1];
    if (open.name === name) continue;
    open.toS = mark.timeS;
    phases.push({ fromS: mark.timeS, toS: lastS, name });
  }
  return phases;
}

/** @typedef {{ left: number, top: number, width: number, height: number }} Area */

/**
 * Phases as bands, gaps and what was not known as shades, behind the figures.
 * @param {CanvasRenderingContext2D} context
 * @param {Landmarks} landmarks
 * @param {string} muscle
 * @param {Area} area
 * @param {(timeS: number) => number} toX
 * @param {{ names: boolean, unit?: number }} how `unit`: canvas pixels a CSS pixel
 */
export function drawGround(context, landmarks, muscle, area, toX, { names, unit = 1 }) {
  const clip = (/** @type {number} */ timeS) => Math.min(area.left + area.width, Math.max(area.left, toX(timeS)));
  landmarks.phases.forEach((phase, i) => {
    const [x, end] = [clip(phase.fromS), clip(phase.toS)];
    if (end <= x) return;
    context.fillStyle = colour(i % 2 ? "phase-b" : "phase-a");
    context.fillRect(x, area.top, end - x, area.height);
    if (!names) return;
    context.font = `${12 * unit}px sans-serif`;
    context.textAlign = "left";
    context.fillStyle = colour("soft");
    if (context.measureText(phase.name).width < end - x - 8 * unit) context.fillText(phase.name, x + 4 * unit, area.top + area.height - 5 * unit);
  });
  for (const span of landmarks.unknown.get(muscle) ?? []) hatch(context, clip(span.fromS), clip(span.toS), area, colour("unknown"), unit);
  context.fillStyle = colour("gap");
  for (const gap of landmarks.gaps) {
    const x = clip(gap.fromS);
    context.fillRect(x, area.top, Math.max(2 * unit, clip(gap.toS) - x), area.height);
  }
}

/**
 * Marks as lines with their names, staggered where they would run into each other.
 * @param {CanvasRenderingContext2D} context
 * @param {Landmarks} landmarks
 * @param {Area} area
 * @param {(timeS: number) => number} toX
 * @param {{ names: boolean, unit?: number, titled?: number }} how `titled`: pixels at the left
 *   of the first line of names that a title takes
 */
export function drawMarks(context, landmarks, area, toX, { names, unit = 1, titled = 0 }) {
  context.save();
  context.font = `${12 * unit}px sans-serif`;
  context.textAlign = "left";
  context.lineWidth = unit;
  const ends = [area.left + titled, -Infinity, -Infinity];
  for (const mark of [...landmarks.marks].sort((a, b) => a.timeS - b.timeS)) {
    const x = Math.round(toX(mark.timeS)) + 0.5;
    if (x < area.left - 1 || x > area.left + area.width + 1) continue;
    context.strokeStyle = colour("mark");
    context.beginPath();
    context.moveTo(x, area.top);
    context.lineTo(x, area.top + area.height);
    context.stroke();
    if (!names) continue;
    const width = context.measureText(mark.text).width;
    const lane = ends.findIndex((end) => end < x);
    if (lane < 0) continue;
    const isLate = x + width + 6 * unit > area.left + area.width;
    const left = isLate ? x - width - 4 * unit : x + 4 * unit;
    ends[lane] = (isLate ? x : left + width) + 8 * unit;
    const y = area.top + (13 + 15 * lane) * unit;
    context.fillStyle = colour("panel");
    context.globalAlpha = 0.75;
    context.fillRect(left - 2 * unit, y - 11 * unit, width + 4 * unit, 14 * unit);
    context.globalAlpha = 1;
    context.fillStyle = colour("text");
    context.fillText(mark.text, left, y);
  }
  context.restore();
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {number} from
 * @param {number} to
 * @param {Area} area
 * @param {string} style
 * @param {number} unit
 */
function hatch(context, from, to, area, style, unit) {
  if (to <= from) return;
  context.save();
  context.beginPath();
  context.rect(from, area.top, Math.max(unit, to - from), area.height);
  context.clip();
  context.strokeStyle = style;
  context.globalAlpha = 0.35;
  context.lineWidth = unit;
  context.beginPath();
  for (let x = from - area.height; x < to; x += 7 * unit) {
    context.moveTo(x, area.top + area.height);
    context.lineTo(x + area.height, area.top);
  }
  context.stroke();
  context.restore();
}
