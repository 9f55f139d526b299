// @ts-check
/** The raw sweeps that stand beside a verdict in the journal, each over itself cleaned. */

import { Canvas, label, line, trace } from "./canvas.js";
import { byId, colour, el, setText } from "./dom.js";
import { clock, voltage } from "./format.js";
import { request } from "./server.js";
import { MUSCLES, reasonsInWords } from "./words.js";

const LEFT = 62;
const RIGHT = 10;
const FIRST_MS = -5;
const LAST_MS = 50;

/** @typedef {{ start_ms: number, step_ms: number, samples_uv: Array<number | null> }} Samples */
/** @typedef {{ sweep_number: number, sample_index: number, time_s: number, muscle: string, accepted: boolean, reasons: string[], raw: Samples, cleaned: Samples }} Told */

export class Raws {
  /** @param {(timeS: number) => void} chosen called with the time of the sweep that is looked at */
  constructor(chosen) {
    this.chosen = chosen;
    /** @type {Told[][]} one list of muscles a sweep, oldest first */ this.sweeps = [];
    this.at = 0;
    this.asked = 0;
    this.title = el("h2");
    this.place = el("span", { class: "soft" });
    this.canvas = new Canvas(() => this.paint());
    this.canvas.element.setAttribute("aria-label", "The raw sweep and the same cleaned");
    byId("raws").replaceChildren(
      el("div", { class: "panel-head" }, [
        this.title,
        el("div", { class: "row" }, [
          el("button", { type: "button", text: "◀", "aria-label": "The sweep before", onclick: () => this.step(-1) }),
          this.place,
          el("button", { type: "button", text: "▶", "aria-label": "The sweep after", onclick: () => this.step(1) }),
        ]),
      ]),
      el("figure", {}, [this.canvas.element]),
      el("p", { class: "legend", text: "dashed: as it was received · solid: mains and slow tail taken off" }),
    );
  }

  /**
   * Show what stands beside an event; nothing where nothing does.
   * @param {string} caseId
   * @param {number} seq
   */
  async show(caseId, seq) {
    this.asked += 1;
    const asked = this.asked;
    const told = await request("GET", `/cases/${encodeURIComponent(caseId)}/sweeps?seq=${seq}&limit=120`).catch(() => ({ sweeps: [] }));
    if (asked !== this.asked) return;
    /** @type {Map<number, Told[]>} */
    const sweeps = new Map();
    for (const each of /** @type {Told[]} */ (told.sweeps)) {
      sweeps.set(each.sample_index, [...(sweeps.get(each.sample_index) ?? []), each]);
    }
    this.sweeps = [...sweeps.values()];
    byId("raws").hidden = !this.sweeps.length;
    byId("raws").dataset.seq = String(seq);
    setText(this.title, `Raw sweeps beside event ${seq}`);
    this.at = this.sweeps.length - 1;
    this.paint();
  }

  /** @param {number} by */
  step(by) {
    this.at = Math.min(this.sweeps.length - 1, Math.max(0, this.at + by));
    this.paint();
    const sweep = this.sweeps[this.at]?.[0];
    if (sweep) this.chosen(sweep.time_s);
  }

  paint() {
    const muscles = this.sweeps[this.at] ?? [];
    setText(this.place, `${this.at + 1} of ${this.sweeps.length}`);
    const context = muscles.length ? this.canvas.begin() : null;
    if (!context) return;
    const height = (this.canvas.height - 22) / muscles.length;
    muscles.forEach((told, i) => this.paintOne(context, told, i * height, height));
    const toX = this.toX();
    for (let ms = 0; ms < LAST_MS; ms += 10) label(context, ms === 20 ? "20 ms" : String(ms), toX(ms), this.canvas.height - 6, "soft", "center");
  }

  toX() {
    const width = this.canvas.width - LEFT - RIGHT;
    return (/** @type {number} */ ms) => LEFT + ((ms - FIRST_MS) / (LAST_MS - FIRST_MS)) * width;
  }

  /**
   * @param {CanvasRenderingContext2D} context
   * @param {Told} told
   * @param {number} top
   * @param {number} height
   */
  paintOne(context, told, top, height) {
    const toX = this.toX();
    const [raw, cleaned] = [told.raw, told.cleaned].map(({ start_ms: startMs, step_ms: stepMs, samples_uv: samples }) => ({ startMs, stepMs, samples: Float32Array.from(samples, (uv) => uv ?? NaN) }));
    const peak = peakAfter(cleaned, 4);
    const offset = level(raw);
    const middle = top + 18 + (height - 22) / 2;
    const toY = (/** @type {number} */ uv) => middle - (uv / peak) * ((height - 26) / 2);
    line(context, LEFT, middle, this.canvas.width - RIGHT, middle, colour("grid-strong"));
    line(context, toX(0), top + 18, toX(0), top + height, colour("grid-strong"));
    context.save();
    context.beginPath();
    context.rect(LEFT, top + 16, this.canvas.width - LEFT - RIGHT, height - 16);
    context.clip();
    context.lineWidth = 1.2;
    context.strokeStyle = colour("raw");
    context.setLineDash([4, 2]);
    trace(context, raw, toX, (uv) => toY(uv - offset), FIRST_MS, LAST_MS);
    context.setLineDash([]);
    context.lineWidth = 1.8;
    context.strokeStyle = colour(told.accepted ? "trace" : "rejected");
    trace(context, cleaned, toX, toY, FIRST_MS, LAST_MS);
    context.restore();
    label(context, `±${voltage(Math.round(peak))}`, LEFT - 6, top + 30, "soft", "right");
    const why = told.accepted ? "" : `, not counted: ${reasonsInWords(told.reasons)}`;
    label(context, `${MUSCLES[told.muscle] ?? told.muscle}, sweep ${told.sweep_number}, ${clock(told.time_s)}${why}`, LEFT, top + 12, "soft");
  }
}

/** @typedef {{ startMs: number, stepMs: number, samples: Float32Array }} Trace */

/**
 * The level that a raw trace lies on before the stimulus, so that both lie on one line.
 * @param {Trace} trace
 * @returns {number}
 */
function level({ startMs, stepMs, samples }) {
  const before = samples.subarray(0, Math.max(1, Math.floor(-1 - startMs / stepMs))).filter(Number.isFinite);
  return before.length ? before.reduce((sum, uv) => sum + uv, 0) / before.length : 0;
}

/**
 * @param {Trace} trace
 * @param {number} fromMs
 * @returns {number}
 */
function peakAfter({ startMs, stepMs, samples }, fromMs) {
  let peak = 20;
  for (let i = Math.max(0, Math.ceil((fromMs - startMs) / stepMs)); i < samples.length; i += 1) peak = Math.max(peak, Math.abs(samples[i]) || 0);
  return peak * 1.1;
}
