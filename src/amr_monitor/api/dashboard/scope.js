// @ts-check
/** The newest sweep over the baseline's ghost, scaled like on an EMG machine. */

import { colour, el } from "./dom.js";
import { clock, voltage } from "./format.js";
import { Canvas, fitted, label, line, note, trace } from "./canvas.js";
import { Cursors } from "./cursors.js";
import { reasonsInWords } from "./words.js";

/** @typedef {import("./model.js").MuscleView} MuscleView */
/** @typedef {import("./model.js").ShownSweep} ShownSweep */
/** @typedef {import("./frames.js").BaselineFrame} BaselineFrame */

const STEPS_UV = [5, 10, 20, 50, 100, 200, 500, 1000, 2000];
const HALF_DIVISIONS = 4;
const FIRST_MS = -5;
const LAST_MS = 50;
const MS_PER_DIVISION = 5;
const LEFT = 58;
const RIGHT = 10;
const TOP = 8;
const BOTTOM = 24;
/** Share of the height that a rejected sweep gets for itself. */
const APART = 0.26;

export class Scope {
  /** @param {string} name of the muscle */
  constructor(name) {
    this.canvas = new Canvas(() => this.repaint());
    this.canvas.element.setAttribute("aria-label", `Newest sweep of ${name} over its baseline`);
    this.byHand = false;
    this.step = 3;
    this.shownScale = el("span");
    this.readout = el("output", { class: "cursor-readout", hidden: true });
    this.cursors = new Cursors(this.canvas.element, this.readout, { first: FIRST_MS, last: LAST_MS, changed: () => this.repaint() });
    this.auto = el("button", { type: "button", text: "auto", title: "Automatic scale", onclick: () => this.setAuto() });
    this.root = el("div", { class: "scope" }, [
      this.canvas.element,
      el("div", { class: "scale" }, [
        this.shownScale,
        el("button", { type: "button", text: "cursors", title: "Two cursors (key K): drag them; arrow keys move one by 0.1 ms, with Shift by 1 ms; the space bar changes to the other", onclick: () => this.cursors.toggle() }),
        el("button", { type: "button", text: "−", "aria-label": "More microvolts a division", onclick: () => this.turn(1) }),
        el("button", { type: "button", text: "+", "aria-label": "Fewer microvolts a division", onclick: () => this.turn(-1) }),
        this.auto,
      ]),
      this.readout,
    ]);
    /** @type {[MuscleView, BaselineFrame | null, number, number] | null} */
    this.last = null;
  }

  setAuto() {
    this.byHand = false;
    this.repaint();
  }

  /** @param {number} by */
  turn(by) {
    this.byHand = true;
    this.step = Math.min(STEPS_UV.length - 1, Math.max(0, this.step + by));
    this.repaint();
  }

  repaint() {
    if (this.last) this.paint(...this.last);
  }

  /**
   * @param {MuscleView} view
   * @param {BaselineFrame | null} baseline
   * @param {number} row of the muscle in the baseline, -1 where it has none
   * @param {number} nowS
   */
  paint(view, baseline, row, nowS) {
    this.last = [view, baseline, row, nowS];
    const context = this.canvas.begin();
    if (!context) return;
    const { width, height } = this.canvas;
    const ghost = baseline && row >= 0 ? baseline : null;
    if (!this.byHand) this.step = fittingStep(view, ghost, row, this.step);
    const perDivision = STEPS_UV[this.step];
    this.shownScale.textContent = `${voltage(perDivision)}/div · ${MS_PER_DIVISION} ms/div`;
    this.auto.hidden = !this.byHand;
    const apart = view.rejected ? (height - TOP - BOTTOM) * APART : 0;
    const area = { left: LEFT, top: TOP, width: width - LEFT - RIGHT, height: height - TOP - BOTTOM - apart };
    const middle = area.top + area.height / 2;
    const toX = (/** @type {number} */ ms) => area.left + ((ms - FIRST_MS) / (LAST_MS - FIRST_MS)) * area.width;
    const toY = (/** @type {number} */ uv) => middle - (uv / (perDivision * HALF_DIVISIONS)) * (area.height / 2);
    drawGrid(context, area, toX, toY, perDivision, height, ghost?.header.windows_ms[row]);
    context.save();
    context.beginPath();
    context.rect(area.left, area.top, area.width, area.height);
    context.clip();
    if (ghost) drawGhost(context, ghost, row, toX, toY);
    const shown = view.accepted;
    if (shown) {
      const isOld = view.rejected !== null;
      context.strokeStyle = colour(isOld ? "trace-old" : "trace");
      context.lineWidth = 2.2;
      trace(context, shown, toX, toY, FIRST_MS, LAST_MS);
      if (!isOld) drawOnset(context, shown, toX, area);
    }
    context.restore();
    this.cursors.draw(context, shown, area, toX);
    const windowMs = ghost?.header.windows_ms[row];
    if (windowMs) note(context, "response window", toX(windowMs[0]) + 6, area.top + area.height - 8, "soft");
    if (shown && view.rejected) {
      note(context, `last sweep that counts, ${clock(nowS - shown.timeS)} ago`, area.left + 6, area.top + 16, "soft");
    }
    if (view.rejected) drawRejected(context, view.rejected, toX, area.top + area.height, apart, area);
  }
}

/**
 * The scale on which response and ghost fill a good part of the screen.
 * @param {MuscleView} view
 * @param {BaselineFrame | null} ghost
 * @param {number} row
 * @param {number} step the present one: it is left only for a clearly better one
 * @returns {number}
 */
function fittingStep(view, ghost, row, step) {
  const [from, to] = ghost?.header.windows_ms[row] ?? [8, 28];
  let peak = 0;
  const look = (/** @type {ArrayLike<number>} */ samples, /** @type {number} */ startMs, /** @type {number} */ stepMs) => {
    const first = Math.max(0, Math.ceil((from - startMs) / stepMs));
    const end = Math.min(samples.length, Math.floor((to - startMs) / stepMs));
    for (let i = first; i < end; i += 1) peak = Math.max(peak, Math.abs(samples[i]) || 0);
  };
  if (ghost) look(ghost.rows[row], ghost.header.start_ms, ghost.header.step_ms);
  for (const sweep of view.recent.slice(-10)) {
    if (sweep.accepted) look(sweep.samples, sweep.startMs, sweep.stepMs);
  }
  const wanted = STEPS_UV.findIndex((uv) => peak <= uv * HALF_DIVISIONS * 0.85);
  const best = wanted < 0 ? STEPS_UV.length - 1 : wanted;
  const isTooSmall = peak > STEPS_UV[step] * HALF_DIVISIONS * 0.97;
  return best < step - 1 || isTooSmall || (best < step && peak < STEPS_UV[step] * 1.3) ? best : step;
}

/** @typedef {{ left: number, top: number, width: number, height: number }} Area */

/**
 * @param {CanvasRenderingContext2D} context
 * @param {Area} area
 * @param {(ms: number) => number} toX
 * @param {(uv: number) => number} toY
 * @param {number} perDivision
 * @param {number} height
 * @param {readonly number[] | undefined} windowMs
 */
function drawGrid(context, area, toX, toY, perDivision, height, windowMs) {
  const bottom = height - BOTTOM;
  if (windowMs) {
    context.fillStyle = colour("window");
    context.fillRect(toX(windowMs[0]), area.top, toX(windowMs[1]) - toX(windowMs[0]), bottom - area.top);
  }
  context.lineWidth = 1;
  context.font = "12px sans-serif";
  for (let ms = FIRST_MS; ms <= LAST_MS; ms += MS_PER_DIVISION) {
    line(context, toX(ms), area.top, toX(ms), bottom, colour(ms === 0 ? "soft" : "grid"));
    const isFree = toX(ms) < area.left + area.width - 125;
    if (ms % 10 === 0 && isFree) label(context, String(ms), toX(ms), bottom + 15, "soft", "center");
  }
  label(context, "ms after stimulus", area.left + area.width, bottom + 15, "soft", "right");
  for (let division = -HALF_DIVISIONS; division <= HALF_DIVISIONS; division += 1) {
    const y = toY(division * perDivision);
    line(context, area.left, y, area.left + area.width, y, colour(division === 0 ? "grid-strong" : "grid"));
    if (division % 2 === 0 && Math.abs(division) < HALF_DIVISIONS) {
      label(context, voltage(division * perDivision), area.left - 6, y + 4, "soft", "right");
    }
  }
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {BaselineFrame} ghost
 * @param {number} row
 * @param {(ms: number) => number} toX
 * @param {(uv: number) => number} toY
 */
function drawGhost(context, ghost, row, toX, toY) {
  const { start_ms: startMs, step_ms: stepMs, muscles, n_columns: n } = ghost.header;
  const mean = ghost.rows[row];
  const spread = ghost.rows[muscles.length + row];
  const first = Math.max(0, Math.floor((FIRST_MS - startMs) / stepMs));
  const end = Math.min(n, Math.ceil((LAST_MS - startMs) / stepMs) + 1);
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
  trace(context, { samples: mean, startMs, stepMs }, toX, toY, FIRST_MS, LAST_MS);
  context.setLineDash([]);
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {ShownSweep} sweep
 * @param {(ms: number) => number} toX
 * @param {Area} area
 */
function drawOnset(context, sweep, toX, area) {
  if (sweep.onsetMs === null) return;
  const x = toX(sweep.onsetMs);
  context.setLineDash([2, 3]);
  line(context, x, area.top + 20, x, area.top + area.height, colour("accent"));
  context.setLineDash([]);
  note(context, `onset ${sweep.onsetMs.toFixed(1)} ms`, x - 5, area.top + 16, "accent", "right");
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {ShownSweep} sweep
 * @param {(ms: number) => number} toX
 * @param {number} top
 * @param {number} height
 * @param {Area} area
 */
function drawRejected(context, sweep, toX, top, height, area) {
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
  trace(context, sweep, toX, toY, FIRST_MS, LAST_MS);
  context.restore();
  const why = reasonsInWords(sweep.reasons);
  const told = `newest sweep, not counted (± ${voltage(Math.ceil(peak / 10) * 10)}): ${why}`;
  note(context, fitted(context, told, area.width - 12), area.left + 6, top + 15, "rejected");
}
