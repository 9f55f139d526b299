// @ts-check
/** The whole case as a picture: time across, latency down, microvolts as colour. */

import { Canvas, label, line, note } from "./canvas.js";
import { colour, el, setText } from "./dom.js";
import { clock, voltage } from "./format.js";
import { drawMarks } from "./landmarks.js";
import { NOTHING, fetchRaster } from "./past.js";
import { LIMITS_UV, colourTable, drawScale, fittingLimit } from "./shades.js";
import { takeHands } from "./timehand.js";

/** @typedef {import("./timeline.js").Timeline} Timeline */
/** @typedef {import("./past.js").Raster} Raster */
/** @typedef {import("./landmarks.js").Landmarks} Landmarks */
/** @typedef {import("./model.js").ShownSweep} ShownSweep */

const LEFT = 62;
const RIGHT = 92;
const TOP = 6;
const BOTTOM = 24;
const FIRST_MS = 4;
const LAST_MS = 40;
/** Columns that are asked for: the width of a wide screen. */
const COLUMNS = 1600;
/** A part is looked at so long before its own picture is fetched. */
const SETTLE_MS = 250;
const LIVE_COLUMNS = 600;
/** A pause of the stimulation that is longer is seen as a gap. */
const HELD_S = 3;

export class RasterView {
  /**
   * @param {Timeline} timeline
   * @param {{ chooses: () => boolean, nearest: (timeS: number, by: number) => number | null }} page
   */
  constructor(timeline, page) {
    this.timeline = timeline;
    this.caseId = "";
    this.muscle = "";
    /** @type {Landmarks | null} */ this.landmarks = null;
    /** @type {readonly number[] | null} */ this.windowMs = null;
    /** @type {Raster | null} */ this.raster = null;
    /** @type {HTMLCanvasElement | null} */ this.picture = null;
    /** @type {ShownSweep[]} newer than the picture */ this.newer = [];
    this.tail = document.createElement("canvas");
    this.limit = 3;
    this.byHand = false;
    this.asked = 0;
    this.timer = 0;
    this.isFetching = false;
    this.isLive = false; // every sweep after the picture is among the newer ones
    this.isVisible = false;
    this.canvas = new Canvas(() => this.paint());
    this.scale = el("span");
    this.state = el("p", { class: "raster-state", role: "status" });
    this.root = el("div", { class: "raster" }, [
      this.canvas.element,
      el("div", { class: "scale" }, [
        this.scale,
        el("button", { type: "button", text: "−", "aria-label": "More microvolts for the full colour", onclick: () => this.turn(1) }),
        el("button", { type: "button", text: "+", "aria-label": "Fewer microvolts for the full colour", onclick: () => this.turn(-1) }),
      ]),
      this.state,
    ]);
    this.canvas.element.setAttribute("aria-label", "Cleaned sweeps over time as colours: time across, latency down");
    takeHands(this.canvas.element, timeline, {
      area: () => ({ left: LEFT, width: this.canvas.element.clientWidth - LEFT - RIGHT }),
      ...page,
    });
    timeline.listen((what) => {
      if (what === "range") this.later();
      this.paint();
    });
  }

  /**
   * @param {string} caseId
   * @param {string} muscle
   * @param {Landmarks} landmarks
   * @param {readonly number[] | null} windowMs
   */
  show(caseId, muscle, landmarks, windowMs) {
    const isOther = caseId !== this.caseId || muscle !== this.muscle;
    this.landmarks = landmarks;
    this.windowMs = windowMs;
    if (isOther) {
      this.caseId = caseId;
      this.muscle = muscle;
      this.raster = this.picture = null;
      this.newer = [];
      this.byHand = false;
    }
    if (isOther || (!this.raster && !this.timer && !this.isFetching)) this.later(0);
    this.paint();
  }

  /**
   * A sweep that came since the picture was fetched.
   * @param {ShownSweep} sweep
   */
  add(sweep) {
    if (!this.isVisible) {
      // Nobody looks: nothing is gathered; it is fetched anew once somebody does.
      Object.assign(this, { raster: null, newer: [] });
      return;
    }
    if (this.raster && sweep.timeS < this.raster.header.to_s) return;
    if (this.newer.length < 2 * LIVE_COLUMNS) this.newer.push(sweep);
    if (this.newer.length <= LIVE_COLUMNS) this.colourNewer(this.newer.length - 1);
    else if (!this.isFetching) this.later(0);
  }

  /** @param {number} [waitMs] */
  later(waitMs = SETTLE_MS) {
    if (!this.caseId || !this.isVisible) return;
    // What goes with the newest sweep never settles.
    if (waitMs && this.timeline.follows && (this.timer || this.isFetching)) return;
    clearTimeout(this.timer);
    this.timer = window.setTimeout(() => {
      this.timer = 0;
      void this.fetch();
    }, waitMs);
  }

  /** Fetch the picture of what is looked at, unless the one at hand is as fine. */
  async fetch() {
    const { fromS, toS } = this.timeline;
    const header = this.raster?.header;
    const isCovered = header && (header.to_s >= toS || (this.isLive && toS - header.to_s < LIVE_COLUMNS));
    if (header && header.from_s <= fromS && isCovered) {
      const share = (toS - fromS) / (header.to_s - header.from_s);
      const aSweep = (header.to_s - header.from_s) / header.n_columns <= 1;
      if ((share > 0.6 || aSweep) && this.newer.length <= LIVE_COLUMNS) return;
    }
    this.asked += 1;
    const asked = this.asked;
    const isLive = toS >= this.timeline.lastS;
    this.isFetching = true;
    try {
      const columns = Math.max(1, Math.min(COLUMNS, Math.ceil(toS - fromS)));
      const raster = await fetchRaster(this.caseId, this.muscle, fromS, toS, columns);
      if (asked !== this.asked || raster.header.muscle !== this.muscle) return;
      Object.assign(this, { raster, isLive });
      this.newer = this.newer.filter((sweep) => sweep.timeS >= raster.header.to_s);
      if (!this.byHand) this.limit = fittingLimit(raster, this.windowMs);
      this.colourIn();
      setText(this.state, raster.header.n_rows ? "" : "no sweeps yet");
    } catch (error) {
      setText(this.state, `the picture could not be fetched: ${error instanceof Error ? error.message : error}`);
    }
    if (asked === this.asked) this.isFetching = false;
    this.paint();
  }

  /** @param {number} by */
  turn(by) {
    this.byHand = true;
    this.limit = Math.min(LIMITS_UV.length - 1, Math.max(0, this.limit + by));
    this.colourIn();
    this.paint();
  }

  /** Turn the microvolts into the colours of a picture of one pixel a cell. */
  colourIn() {
    const raster = this.raster;
    this.theme = document.documentElement.dataset.theme;
    if (!raster || !raster.header.n_rows) {
      this.picture = null;
      return;
    }
    const { n_columns: n, n_rows: rows, scale_uv: scale } = raster.header;
    const picture = this.picture ?? document.createElement("canvas");
    picture.width = n;
    picture.height = rows;
    const context = picture.getContext("2d");
    if (!context) return;
    const image = context.createImageData(n, rows);
    const pixels = new Uint32Array(image.data.buffer);
    const table = colourTable(this.theme === "light");
    const perStep = (127 * scale) / LIMITS_UV[this.limit];
    const rejected = table[255];
    const held = Math.ceil((HELD_S * n) / (raster.header.to_s - raster.header.from_s));
    let last = -Infinity;
    for (let column = 0; column < n; column += 1) {
      if (raster.all[column]) last = column;
      else if (column - last <= held) {
        // Columns narrower than the time between stimuli: the sweep before holds until the next.
        for (let row = 0; row < rows; row += 1) pixels[row * n + column] = pixels[row * n + column - 1];
        continue;
      }
      for (let row = 0; row < rows; row += 1) {
        const value = raster.samples[column * rows + row];
        if (value !== NOTHING) pixels[row * n + column] = table[127 + Math.max(-127, Math.min(127, Math.round(value * perStep)))];
        // Sweeps came, and none counts: every second cell is marked.
        else if (raster.all[column] && (row + column) % 4 === 0) pixels[row * n + column] = rejected;
      }
    }
    context.putImageData(image, 0, 0);
    this.picture = picture;
    this.colourNewer(0);
  }

  paint() {
    if (!this.isVisible) return;
    if (this.theme !== document.documentElement.dataset.theme) this.colourIn();
    const context = this.canvas.begin();
    if (!context) return;
    const area = { left: LEFT, top: TOP, width: this.canvas.width - LEFT - RIGHT, height: this.canvas.height - TOP - BOTTOM };
    const { fromS, toS, selectedS, stretch, hoverS } = this.timeline;
    const toX = (/** @type {number} */ timeS) => area.left + ((timeS - fromS) / (toS - fromS)) * area.width;
    const toY = (/** @type {number} */ ms) => area.top + ((ms - FIRST_MS) / (LAST_MS - FIRST_MS)) * area.height;
    context.save();
    context.beginPath();
    context.rect(area.left, area.top, area.width, area.height);
    context.clip();
    context.fillStyle = colour("ground");
    context.fillRect(area.left, area.top, area.width, area.height);
    context.imageSmoothingEnabled = false;
    const header = this.raster?.header;
    if (this.picture && header) {
      const top = toY(header.start_ms - header.step_ms / 2);
      const height = toY(header.start_ms + (header.n_rows - 0.5) * header.step_ms) - top;
      context.drawImage(this.picture, toX(header.from_s), top, toX(header.to_s) - toX(header.from_s), height);
      this.drawNewer(context, toX, top, height);
    }
    for (const ms of this.windowMs ?? []) {
      context.setLineDash([4, 4]);
      line(context, area.left, toY(ms), area.left + area.width, toY(ms), colour("soft"));
      context.setLineDash([]);
    }
    if (this.landmarks) drawMarks(context, this.landmarks, area, toX, { names: true });
    if (stretch) {
      context.strokeStyle = colour("cursor");
      context.strokeRect(toX(stretch.fromS), area.top + 1, toX(stretch.toS) - toX(stretch.fromS), area.height - 2);
    }
    if (hoverS !== null) line(context, toX(hoverS), area.top, toX(hoverS), area.top + area.height, colour("soft"));
    if (selectedS !== null) line(context, toX(selectedS), area.top, toX(selectedS), area.top + area.height, colour("cursor"));
    context.restore();
    for (let ms = 10; ms < LAST_MS; ms += 10) label(context, `${ms} ms`, area.left - 6, toY(ms) + 4, "soft", "right");
    drawTimes(context, area, fromS, toS, toX);
    drawScale(context, area, this.theme === "light", LIMITS_UV[this.limit]);
    setText(this.scale, `± ${voltage(LIMITS_UV[this.limit])}`);
    if (hoverS !== null) note(context, clock(hoverS), toX(hoverS) + 5, area.top + area.height - 6, "text");
  }

  /**
   * Colour the sweeps from a place on that came since the picture was fetched, a column each.
   * @param {number} first
   */
  colourNewer(first) {
    const header = this.raster?.header;
    const context = this.tail.getContext("2d");
    if (!header?.n_rows || !context) return;
    if (this.tail.height !== header.n_rows || this.tail.width !== LIVE_COLUMNS) {
      this.tail.width = LIVE_COLUMNS;
      this.tail.height = header.n_rows;
    }
    const table = colourTable(this.theme === "light");
    const column = context.createImageData(1, header.n_rows);
    const pixels = new Uint32Array(column.data.buffer);
    for (let i = first; i < Math.min(this.newer.length, LIVE_COLUMNS); i += 1) {
      const { samples, startMs, stepMs, accepted } = this.newer[i];
      for (let row = 0; row < header.n_rows; row += 1) {
        const value = samples[Math.round((header.start_ms + row * header.step_ms - startMs) / stepMs)] || 0;
        pixels[row] = accepted ? table[127 + Math.max(-127, Math.min(127, Math.round((127 * value) / LIMITS_UV[this.limit])))] : 0;
      }
      context.putImageData(column, i, 0);
    }
  }

  /**
   * @param {CanvasRenderingContext2D} context
   * @param {(timeS: number) => number} toX
   * @param {number} top
   * @param {number} height
   */
  drawNewer(context, toX, top, height) {
    const width = Math.max(1, toX(1) - toX(0));
    this.newer.slice(0, LIVE_COLUMNS).forEach(({ timeS }, i) => {
      const x = toX(timeS);
      if (x > LEFT - width && x < this.canvas.width) context.drawImage(this.tail, i, 0, 1, this.tail.height, x, top, width + 0.5, height);
    });
  }
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {{ left: number, top: number, width: number, height: number }} area
 * @param {number} fromS
 * @param {number} toS
 * @param {(timeS: number) => number} toX
 */
function drawTimes(context, area, fromS, toS, toX) {
  const wanted = ((toS - fromS) / Math.max(1, area.width)) * 110;
  const step = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600].find((s) => s >= wanted) ?? 7200;
  for (let timeS = Math.ceil(fromS / step) * step; timeS <= toS; timeS += step) {
    label(context, clock(timeS), toX(timeS), area.top + area.height + 16, "soft", "center");
  }
}
