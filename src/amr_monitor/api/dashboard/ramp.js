// @ts-check
/** The ramp as the server reads it: response and M wave against the current, and what follows. */

import { Canvas, label, line, note } from "./canvas.js";
import { colour, el } from "./dom.js";
import { number, plain, voltage } from "./format.js";

/** @typedef {import("./answers.js").Ramp} Ramp */
/** @typedef {Ramp["steps"][number]} Step */

const LEFT = 62;
const RIGHT = 62;
const TOP = 30;
const BOTTOM = 26;
const SIGN = 5;

export class RampChart {
  constructor() {
    this.canvas = new Canvas(() => this.paint());
    this.canvas.element.setAttribute("aria-label", "Response and M wave against the current; the table beside it has the figures");
    this.lines = el("ul", { class: "ramp-lines", "aria-label": "What the ramp shows", "aria-live": "polite" });
    this.rows = el("tbody");
    this.root = el("section", { class: "ramp", "aria-label": "Ramp of the current" }, [
      el("h3", { text: "Ramp: turn the current up, 5 or more sweeps a step" }),
      el("div", { class: "ramp-chart" }, [this.canvas.element]),
      this.lines,
      el("div", { class: "ramp-table", tabindex: "0", role: "region", "aria-label": "Figures of the ramp" }, [
        el("table", {}, [
          el("thead", {}, [el("tr", {}, ["mA", "sweeps", "response p-p", "comes in", "M wave"].map((text) => el("th", { scope: "col", text })))]),
          this.rows,
        ]),
      ]),
    ]);
    /** @type {Ramp | null} */ this.ramp = null;
    this.painted = "";
  }

  /** @param {Ramp} ramp */
  show(ramp) {
    const key = JSON.stringify(ramp);
    if (key === this.painted) return;
    this.painted = key;
    this.ramp = ramp;
    this.lines.replaceChildren(
      ...ramp.words.map((text) => el("li", { class: text.startsWith("proposed") ? "proposed" : "known" }, [text])),
      ...ramp.unknown.map((text) => el("li", { class: "open" }, [text])),
    );
    this.rows.replaceChildren(...ramp.steps.map((step) => el("tr", { class: step.enough ? "" : "soft" }, [
      el("th", { scope: "row", text: number(step.current_ma, 1) }),
      el("td", { text: step.enough ? String(step.sweeps) : `${step.sweeps}, too few` }),
      el("td", { text: voltage(Math.round(step.amplitude_uv)) }),
      el("td", { text: `${number(100 * step.response_rate)} %` }),
      el("td", { text: step.m_wave_uv === null ? "–" : millivolts(step.m_wave_uv) }),
    ])));
    this.paint();
  }

  paint() {
    const context = this.canvas.begin();
    if (!context || !this.ramp) return;
    const { steps, noise_uv: noise, lead, direct } = this.ramp;
    const { width, height } = this.canvas;
    const bottom = height - BOTTOM;
    const mostMa = Math.max(5, ...steps.map((step) => step.current_ma)) * 1.08;
    const mostUv = niceTop(Math.max(20, ...steps.map((step) => step.amplitude_uv)));
    const mostM = niceTop(Math.max(500, ...steps.map((step) => step.m_wave_uv ?? 0)));
    const toX = (/** @type {number} */ ma) => LEFT + (ma / mostMa) * (width - LEFT - RIGHT);
    const toY = (/** @type {number} */ share) => bottom - share * (bottom - TOP);
    context.lineWidth = 1;
    for (let i = 0; i <= 4; i += 1) {
      const y = toY(i / 4);
      line(context, LEFT, y, width - RIGHT, y, colour(i ? "grid" : "grid-strong"));
      label(context, voltage((mostUv * i) / 4), LEFT - 6, y + 4, "accent", "right");
      if (direct) label(context, millivolts((mostM * i) / 4), width - RIGHT + 6, y + 4, "m-wave");
    }
    const stepMa = mostMa > 24 ? 5 : mostMa > 11 ? 2 : 1;
    for (let ma = 0; ma < mostMa; ma += stepMa) label(context, ma ? String(ma) : "0 mA", toX(ma), bottom + 16, "soft", "center");
    label(context, `● response in ${lead ? plain(lead) : "–"}, p-p`, LEFT, 14, "accent");
    if (direct) label(context, `□ M wave in ${plain(direct)}`, width - RIGHT, 14, "m-wave", "right");
    if (noise !== null) {
      context.setLineDash([2, 4]);
      line(context, LEFT, toY(noise / mostUv), width - RIGHT, toY(noise / mostUv), colour("soft"));
      context.setLineDash([]);
      note(context, "noise alone", width - RIGHT - 4, toY(noise / mostUv) - 5, "soft", "right");
    }
    const mWaves = steps.filter((step) => step.m_wave_uv !== null);
    curve(context, mWaves, (step) => [toX(step.current_ma), toY((step.m_wave_uv ?? 0) / mostM)], "m-wave", "square");
    curve(context, steps, (step) => [toX(step.current_ma), toY(step.amplitude_uv / mostUv)], "accent", "circle");
    this.mark(context, this.ramp.threshold_ma, "threshold", toX, bottom, false);
    this.mark(context, this.ramp.proposed_ma, "proposed", toX, bottom, true);
  }

  /**
   * @param {CanvasRenderingContext2D} context
   * @param {number | null} ma
   * @param {string} name
   * @param {(ma: number) => number} toX
   * @param {number} bottom
   * @param {boolean} isStrong
   */
  mark(context, ma, name, toX, bottom, isStrong) {
    if (ma === null) return;
    context.lineWidth = isStrong ? 2 : 1;
    context.setLineDash(isStrong ? [] : [5, 4]);
    line(context, toX(ma), TOP, toX(ma), bottom, colour(isStrong ? "text" : "soft"));
    context.setLineDash([]);
    note(context, `${name} ${number(ma, 1)} mA`, toX(ma) + 5, isStrong ? TOP + 14 : bottom - 8, isStrong ? "text" : "soft");
  }
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {Step[]} steps
 * @param {(step: Step) => [number, number]} toPoint
 * @param {string} tint
 * @param {"circle" | "square"} sign hollow where a step has too few sweeps; a square always is
 */
function curve(context, steps, toPoint, tint, sign) {
  context.strokeStyle = context.fillStyle = colour(tint);
  context.lineWidth = 1.6;
  context.setLineDash(sign === "square" ? [6, 4] : []);
  context.beginPath();
  for (const step of steps) context.lineTo(...toPoint(step));
  context.stroke();
  context.setLineDash([]);
  for (const step of steps) {
    const [x, y] = toPoint(step);
    context.beginPath();
    if (sign === "square") context.rect(x - SIGN, y - SIGN, 2 * SIGN, 2 * SIGN);
    else context.arc(x, y, SIGN, 0, 2 * Math.PI);
    if (step.enough && sign === "circle") context.fill();
    context.stroke();
  }
}

/**
 * @param {number} uv
 * @returns {string}
 */
function millivolts(uv) {
  return `${(uv / 1000).toFixed(uv < 9950 ? 2 : 1)} mV`;
}

/**
 * The end of an axis that holds a value, in round quarters.
 * @param {number} value
 * @returns {number}
 */
function niceTop(value) {
  const decade = 10 ** Math.floor(Math.log10(value));
  return ([1, 2, 4, 8, 10, 20].find((factor) => factor * decade >= value * 1.05) ?? 20) * decade;
}
