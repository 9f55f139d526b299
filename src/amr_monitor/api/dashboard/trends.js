// @ts-check
/** Trends over the case on one time axis: what was measured, what is held to be true, and how sure. */

import uPlot from "./vendor/uplot-1.6.32/uPlot.esm.js";
import { colour, el, setText } from "./dom.js";
import { QUANTITIES, drawDots, drawTitle, scaled, seriesOf } from "./figures.js";
import { clock, number } from "./format.js";
import { drawGround, drawMarks } from "./landmarks.js";
import { takeHands } from "./timehand.js";
import { reasonsInWords } from "./words.js";

/** @typedef {import("./timeline.js").Timeline} Timeline */
/** @typedef {import("./track.js").Track} Track */
/** @typedef {import("./track.js").MuscleColumns} MuscleColumns */
/** @typedef {import("./figures.js").Quantity} Quantity */
/** @typedef {import("./landmarks.js").Landmarks} Landmarks */

const AXIS_WIDTH = 48;
const RIGHT = 28;
const AXIS_HEIGHT = 24;

export class Trends {
  /**
   * @param {Timeline} timeline
   * @param {{ isOperator: () => boolean, shown: readonly string[], chooses: () => boolean }} page
   */
  constructor(timeline, page) {
    this.timeline = timeline;
    this.page = page;
    this.shown = new Set(page.shown);
    /** @type {Track | null} */ this.track = null;
    this.muscle = "";
    /** @type {Landmarks} */ this.landmarks = { phases: [], marks: [], gaps: [], unknown: new Map() };
    /** @type {Array<{ plot: uPlot, quantity: Quantity, styles: string[] }>} */ this.plots = [];
    this.chips = el("div", { class: "chips", role: "group", "aria-label": "What the trends show" });
    this.readout = el("output", { class: "trend-readout" });
    this.stack = el("div", { class: "trend-stack", role: "application", "aria-label": "Trends: arrow keys move, plus and minus zoom, Home shows the whole case, comma and full stop go to the sweep before and after" });
    this.root = el("div", { class: "trends" }, [el("div", { class: "trend-head" }, [this.chips, this.readout]), this.stack]);
    this.layoutKey = "";
    new ResizeObserver(() => this.layOut()).observe(this.stack);
    takeHands(this.stack, timeline, {
      area: () => ({ left: AXIS_WIDTH, width: this.stack.clientWidth - AXIS_WIDTH - RIGHT }),
      chooses: page.chooses,
      nearest: (timeS, by) => {
        const row = this.track?.nearest(timeS, by) ?? -1;
        return row < 0 || !this.track ? null : this.track.timeS[row];
      },
    });
    timeline.listen((what) => {
      if (what === "range") this.lookThere();
      else if (what === "hover") this.tellHover();
      else this.redraw();
    });
    this.makeChips();
  }

  makeChips() {
    this.chips.replaceChildren(...QUANTITIES.filter((quantity) => !quantity.operatorOnly || this.page.isOperator()).map((quantity) => {
      const chip = el("button", { type: "button", text: quantity.title, "data-quantity": quantity.name, "aria-pressed": String(this.shown.has(quantity.name)) });
      chip.addEventListener("click", () => {
        if (!this.shown.delete(quantity.name)) this.shown.add(quantity.name);
        if (!this.shown.size) this.shown.add(quantity.name);
        this.makeChips();
        this.layOut();
      });
      return chip;
    }));
  }

  /**
   * @param {Track} track
   * @param {string} muscle
   * @param {Landmarks} landmarks
   */
  show(track, muscle, landmarks) {
    this.landmarks = landmarks;
    this.track = track;
    this.muscle = muscle;
    this.layOut();
    this.fill();
  }

  /** The quantities that are drawn now, from top to bottom. */
  get drawn() {
    return QUANTITIES.filter(({ name, operatorOnly }) => this.shown.has(name) && (!operatorOnly || this.page.isOperator()));
  }

  layOut() {
    const width = this.stack.clientWidth;
    const height = this.stack.clientHeight;
    const theme = document.documentElement.dataset.theme ?? "";
    const key = [width, height, theme, this.muscle, ...this.drawn.map((quantity) => quantity.name)].join();
    if (key === this.layoutKey || width < 120 || height < 60 || !this.track) return;
    this.layoutKey = key;
    for (const { plot } of this.plots) plot.destroy();
    const weights = this.drawn.reduce((sum, quantity) => sum + (quantity.weight ?? 1), 0);
    const share = (height - AXIS_HEIGHT) / weights;
    this.plots = this.drawn.map((quantity, i) => {
      const isLast = i === this.drawn.length - 1;
      const plotHeight = Math.floor(share * (quantity.weight ?? 1)) + (isLast ? AXIS_HEIGHT : 0);
      return this.makePlot(quantity, width, plotHeight, { isFirst: i === 0, isLast });
    });
    this.fill();
  }

  /**
   * @param {Quantity} quantity
   * @param {number} width
   * @param {number} height
   * @param {{ isFirst: boolean, isLast: boolean }} place
   */
  makePlot(quantity, width, height, { isFirst, isLast }) {
    const styles = this.track ? quantity.series(this.columns(), this.track).map(({ style }) => style) : [];
    const axis = { stroke: () => colour("soft"), font: "12px sans-serif", grid: { stroke: () => colour("grid"), width: 1 }, ticks: { stroke: () => colour("grid"), width: 1, size: 4 } };
    const [low, high] = quantity.limits ?? [null, null];
    /** @type {uPlot.Options} */
    const options = {
      width, height, pxAlign: 1,
      padding: [isFirst ? 4 : 5, RIGHT, isLast ? 0 : 5, 0],
      legend: { show: false },
      cursor: { show: false, drag: { x: false, y: false } },
      scales: {
        x: { time: false, range: () => [this.timeline.fromS, this.timeline.toS] },
        y: { range: (_plot, min, max) => scaled(min, max === null ? max : Math.min(max, quantity.most ?? max), low, high, quantity.leastSpan ?? 1) },
      },
      axes: [
        { ...axis, size: isLast ? AXIS_HEIGHT : 0, values: (_plot, splits) => (isLast ? splits.map((timeS) => clock(timeS)) : []), incrs: STEPS_S, space: 90 },
        { ...axis, size: AXIS_WIDTH, space: 26 },
      ],
      series: [{}, ...styles.map((style) => seriesOf(style))],
      hooks: {
        drawClear: [(plot) => this.drawBehind(plot, isLast)],
        draw: [(plot) => this.drawOver(plot, styles, isFirst), (plot) => drawTitle(plot, quantity.title)],
      },
    };
    const plot = new uPlot(options, [[]], this.stack);
    plot.root.dataset.quantity = quantity.name;
    return { plot, quantity, styles };
  }

  /** @returns {MuscleColumns} */
  columns() {
    const found = this.track?.muscles.get(this.muscle) ?? this.track?.muscles.values().next().value;
    return found ?? NO_COLUMNS;
  }

  fill() {
    if (!this.track) return;
    for (const { plot, quantity } of this.plots) {
      const series = quantity.series(this.columns(), this.track).map(({ values }) => values);
      plot.setData(/** @type {uPlot.AlignedData} */ (this.track.plotted(series)), true);
    }
  }

  lookThere() {
    const { fromS: min, toS: max } = this.timeline;
    for (const { plot } of this.plots) plot.setScale("x", { min, max });
  }

  redraw() {
    for (const { plot } of this.plots) plot.redraw(false, false);
  }

  /**
   * @param {uPlot} plot
   * @param {boolean} isLast
   */
  drawBehind(plot, isLast) {
    drawGround(plot.ctx, this.landmarks, this.muscle, plot.bbox, (timeS) => plot.valToPos(timeS, "x", true), { names: isLast, unit: devicePixelRatio });
  }

  /**
   * @param {uPlot} plot
   * @param {readonly string[]} styles
   * @param {boolean} isFirst
   */
  drawOver(plot, styles, isFirst) {
    const context = plot.ctx;
    const area = plot.bbox;
    const unit = devicePixelRatio;
    const toX = (/** @type {number} */ timeS) => plot.valToPos(timeS, "x", true);
    context.save();
    context.setLineDash([]);
    context.beginPath();
    context.rect(area.left, area.top, area.width, area.height);
    context.clip();
    styles.forEach((style, i) => {
      if (style === "dots") drawDots(plot, i + 1, unit);
    });
    if (isFirst) this.drawRejected(context, area, toX, unit);
    drawMarks(context, this.landmarks, area, toX, { names: isFirst, unit, titled: 100 * unit });
    const { selectedS, stretch } = this.timeline;
    if (stretch) {
      context.fillStyle = colour("chosen");
      context.fillRect(toX(stretch.fromS), area.top, toX(stretch.toS) - toX(stretch.fromS), area.height);
    }
    if (selectedS !== null) {
      context.fillStyle = colour("cursor");
      context.fillRect(toX(selectedS) - unit, area.top, 2 * unit, area.height);
    }
    context.restore();
  }

  /**
   * Sweeps that do not count, as ticks at the foot of the first plot.
   * @param {CanvasRenderingContext2D} context
   * @param {{ left: number, top: number, width: number, height: number }} area
   * @param {(timeS: number) => number} toX
   * @param {number} unit
   */
  drawRejected(context, area, toX, unit) {
    if (!this.track) return;
    const { accepted } = this.columns();
    context.fillStyle = colour("rejected");
    this.track.timeS.forEach((timeS, i) => {
      if (!accepted[i]) context.fillRect(toX(timeS), area.top + area.height - 7 * unit, Math.max(1, unit), 7 * unit);
    });
  }

  /** The figures of the sweep under the pointer. */
  tellHover() {
    const at = this.timeline.hoverS ?? this.timeline.selectedS;
    const row = at === null || !this.track ? -1 : this.track.nearest(at);
    if (row < 0 || !this.track) return setText(this.readout, "");
    const { figures, accepted, reasons } = this.columns();
    const parts = [
      clock(this.track.timeS[row]),
      `sweep ${this.track.numbers[row]}`,
      accepted[row] ? `${number(figures.peak_to_peak_uv[row])} µV p-p` : `not counted: ${reasonsInWords(reasons[row])}`,
      figures.amplitude_uv[row] === null ? "" : `held ${number(figures.amplitude_uv[row])} µV, at most ${number(figures.amplitude_upper_bound_uv[row])}`,
      figures.onset_latency_ms[row] === null ? "" : `onset ${number(figures.onset_latency_ms[row], 1)} ms`,
      this.page.isOperator() && figures.probability_present[row] !== null ? `P ${number(figures.probability_present[row], 3)}` : "",
      figures.m_wave_percent[row] === null ? "" : `M ${number(figures.m_wave_percent[row])} %`,
      `noise ${number(figures.noise_rms_uv[row], 1)} µV`,
      this.track.currentMa[row] === null ? "" : `${number(this.track.currentMa[row], 1)} mA`,
    ];
    setText(this.readout, parts.filter(Boolean).join(" · "));
  }
}

/** Steps of the time axis in seconds. */
const STEPS_S = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200];

/** @type {MuscleColumns} */
const NO_COLUMNS = {
  figures: { peak_to_peak_uv: [], amplitude_uv: [], amplitude_upper_bound_uv: [], onset_latency_ms: [], probability_present: [], m_wave_percent: [], noise_rms_uv: [] },
  accepted: [], reasons: [],
};
