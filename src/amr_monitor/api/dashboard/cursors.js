// @ts-check
/** A pair of cursors over a sweep: two times, their amplitudes, and the differences. */

import { line, note } from "./canvas.js";
import { colour, setText } from "./dom.js";
import { number } from "./format.js";

/** @typedef {import("./model.js").ShownSweep} ShownSweep */
/** @typedef {{ left: number, top: number, width: number, height: number }} Area */

const STEP_MS = 0.1;
const LONG_STEP_MS = 1;

export class Cursors {
  /**
   * @param {HTMLElement} surface what is pointed at and has the keys while in focus
   * @param {HTMLElement} readout
   * @param {{ first: number, last: number, changed: () => void }} range in milliseconds
   */
  constructor(surface, readout, { first, last, changed }) {
    this.readout = readout;
    this.range = { first, last };
    this.changed = changed;
    this.isOn = false;
    /** @type {[number, number]} */ this.ms = [10, 15];
    this.active = 0;
    /** @type {((x: number) => number) | null} */ this.toMs = null;
    surface.tabIndex = 0;
    surface.addEventListener("pointerdown", (event) => this.grasp(event, surface));
    surface.addEventListener("pointermove", (event) => {
      if (surface.hasPointerCapture(event.pointerId)) this.point(event.offsetX);
    });
    surface.addEventListener("keydown", (event) => this.onKey(event));
  }

  toggle() {
    this.isOn = !this.isOn;
    this.changed();
  }

  /**
   * The nearer cursor follows the pointer.
   * @param {PointerEvent} event
   * @param {HTMLElement} surface
   */
  grasp(event, surface) {
    if (!this.isOn || !this.toMs) return;
    const ms = this.toMs(event.offsetX);
    this.active = Math.abs(ms - this.ms[0]) <= Math.abs(ms - this.ms[1]) ? 0 : 1;
    surface.setPointerCapture(event.pointerId);
    this.point(event.offsetX);
  }

  /** @param {number} x */
  point(x) {
    if (this.isOn && this.toMs) this.move(this.toMs(x));
  }

  /** @param {number} ms */
  move(ms) {
    const kept = Math.min(this.range.last, Math.max(this.range.first, ms));
    this.ms[this.active] = Math.round(kept / STEP_MS) * STEP_MS;
    this.changed();
  }

  /** @param {KeyboardEvent} event */
  onKey(event) {
    const turn = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (!this.isOn || (!turn && event.key !== " ")) return;
    event.preventDefault();
    event.stopPropagation();
    if (turn) this.move(this.ms[this.active] + turn * (event.shiftKey ? LONG_STEP_MS : STEP_MS));
    else {
      this.active = 1 - this.active;
      this.changed();
    }
  }

  /**
   * @param {CanvasRenderingContext2D} context
   * @param {ShownSweep | null} sweep
   * @param {Area} area
   * @param {(ms: number) => number} toX
   */
  draw(context, sweep, area, toX) {
    const span = this.range.last - this.range.first;
    this.toMs = (x) => this.range.first + ((x - area.left) / area.width) * span;
    this.readout.hidden = !this.isOn;
    if (!this.isOn) return;
    this.ms.forEach((ms, i) => {
      const x = toX(ms);
      if (ms < this.range.first || ms > this.range.last) return;
      context.lineWidth = i === this.active ? 2 : 1;
      line(context, x, area.top, x, area.top + area.height, colour("cursor"));
      note(context, "AB"[i], x + 4, area.top + area.height * 0.75, "cursor");
    });
    context.lineWidth = 1;
    setText(this.readout, inWords(this.ms, sweep));
  }
}

/**
 * @param {[number, number]} ms
 * @param {ShownSweep | null} sweep
 * @returns {string}
 */
function inWords(ms, sweep) {
  const [a, b] = ms.map((at) => sampleAt(sweep, at));
  const each = (/** @type {string} */ name, /** @type {number} */ at, /** @type {number | null} */ uv) => `${name} ${number(at, 1)} ms ${number(uv, 1)} µV`;
  const rise = a === null || b === null ? null : b - a;
  return `${each("A", ms[0], a)} · ${each("B", ms[1], b)} · B−A ${number(ms[1] - ms[0], 1)} ms ${number(rise, 1)} µV`;
}

/**
 * The nearest sample of a sweep; null where it has none.
 * @param {ShownSweep | null} sweep
 * @param {number} ms
 * @returns {number | null}
 */
function sampleAt(sweep, ms) {
  const value = sweep?.samples[Math.round((ms - sweep.startMs) / sweep.stepMs)];
  return value === undefined || !Number.isFinite(value) ? null : value;
}
