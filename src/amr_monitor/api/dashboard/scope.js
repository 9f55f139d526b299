// @ts-check
/** The newest sweep over the baseline's ghost, scaled like on an EMG machine. */

import { Canvas, note, trace } from "./canvas.js";
import { Cursors } from "./cursors.js";
import { colour, el, setAttribute, setText } from "./dom.js";
import { clock } from "./format.js";
import { bind } from "./keys.js";
import { RawTrace } from "./raw_trace.js";
import { HALF_DIVISIONS, Scales } from "./scales.js";
import { drawGhost, drawGrid, drawOnset, drawPeaks, drawRaw, drawRejected, nameWindow } from "./scope_drawing.js";
import { MUSCLES } from "./words.js";

/** @typedef {import("./model.js").MuscleView} MuscleView */
/** @typedef {import("./frames.js").BaselineFrame} BaselineFrame */
/** @typedef {import("./scope_drawing.js").Frame} Frame */

const LEFT = 58;
const RIGHT = 10;
const TOP = 8;
const BOTTOM = 24;
/** Share of the height that a rejected sweep gets for itself. */
const APART = 0.26;

/** @type {Set<Scope>} every scope of the page: the keys turn them together */
const scopes = new Set();

export class Scope {
  /** @param {string} muscle */
  constructor(muscle) {
    const name = MUSCLES[muscle];
    this.canvas = new Canvas(() => this.repaint());
    this.canvas.element.setAttribute("aria-label", `Newest sweep of ${name} over its baseline`);
    this.scales = new Scales();
    this.raw = new RawTrace(muscle, () => this.repaint());
    this.shownScale = el("output", { "aria-label": `Scale of ${name}` });
    this.readout = el("output", { class: "cursor-readout", hidden: true });
    this.cursors = new Cursors(this.canvas.element, this.readout, { ...this.scales.range, changed: () => this.repaint() });
    this.auto = el("button", { type: "button", text: "auto", title: "Automatic scale (key U)", onclick: () => this.setAuto() });
    this.rawButton = el("button", { type: "button", text: "raw", title: "The sweep as it was received, too", "aria-pressed": "false", onclick: () => this.raw.toggle() });
    this.cursorButton = el("button", { type: "button", text: "cursors", "aria-pressed": "false", title: "Two cursors (key K): drag them; arrow keys move one by 0.1 ms, with Shift by 1 ms; the space bar changes to the other", onclick: () => this.cursors.toggle() });
    this.root = el("div", { class: "scope" }, [
      this.canvas.element,
      el("div", { class: "scale", role: "group", "aria-label": `Scale and cursors of ${name}` }, [
        this.shownScale,
        el("small", { text: "+ up", title: "Positive is drawn upwards" }),
        el("span", { class: "turn" }, [
          turning("−", "More microvolts a division (key −)", () => this.turnUv(1)), "µV",
          turning("+", "Fewer microvolts a division (key +)", () => this.turnUv(-1)),
        ]),
        el("span", { class: "turn" }, [
          turning("−", "More milliseconds a division (key .)", () => this.turnMs(1)), "ms",
          turning("+", "Fewer milliseconds a division (key ,)", () => this.turnMs(-1)),
        ]),
        this.auto, this.cursorButton, this.rawButton,
      ]),
      this.readout,
    ]);
    /** @type {[MuscleView, BaselineFrame | null, number, number] | null} */
    this.last = null;
    scopes.add(this);
  }

  setAuto() {
    this.scales.setAutomatic();
    this.repaint();
  }

  /** @param {number} by */
  turnUv(by) {
    this.scales.turnUv(by);
    this.repaint();
  }

  /** @param {number} by */
  turnMs(by) {
    this.scales.turnMs(by);
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
    const ghost = baseline && row >= 0 ? baseline : null;
    this.scales.fit(view, ghost, row);
    setText(this.shownScale, this.scales.words);
    this.auto.hidden = this.scales.isAutomatic;
    this.rawButton.hidden = !this.raw.isOffered;
    setAttribute(this.rawButton, "aria-pressed", String(this.raw.isOn));
    setAttribute(this.cursorButton, "aria-pressed", String(this.cursors.isOn));
    const frame = this.frame(view.rejected !== null);
    const { area, toX, toY } = frame;
    const windowMs = ghost?.header.windows_ms[row];
    drawGrid(context, frame, windowMs);
    context.save();
    context.beginPath();
    context.rect(area.left, area.top, area.width, area.height);
    context.clip();
    if (ghost) drawGhost(context, frame, ghost, row);
    const shown = view.accepted;
    const isOld = view.rejected !== null;
    const raw = this.raw.of(shown);
    if (raw) drawRaw(context, frame, raw);
    if (shown) {
      context.strokeStyle = colour(isOld ? "trace-old" : "trace");
      context.lineWidth = 2.2;
      trace(context, shown, toX, toY, frame.first, frame.last);
      if (!isOld) {
        drawOnset(context, frame, shown);
        if (windowMs) drawPeaks(context, frame, shown, windowMs);
      }
    }
    context.restore();
    this.cursors.range = { first: frame.first, last: frame.last };
    this.cursors.draw(context, shown, area, toX);
    if (windowMs) nameWindow(context, frame, windowMs, isOld ? null : shown);
    if (shown && isOld) {
      note(context, `last sweep that counts, ${clock(nowS - shown.timeS)} ago`, area.left + 6, area.top + 32, "soft");
    }
    if (view.rejected) drawRejected(context, frame, view.rejected);
  }

  /**
   * @param {boolean} hasRejected
   * @returns {Frame}
   */
  frame(hasRejected) {
    const { width, height } = this.canvas;
    const { first, last } = this.scales.range;
    const perDivisionUv = this.scales.perDivisionUv;
    const bottom = height - BOTTOM;
    const apart = hasRejected ? (bottom - TOP) * APART : 0;
    const area = { left: LEFT, top: TOP, width: width - LEFT - RIGHT, height: bottom - TOP - apart };
    const middle = area.top + area.height / 2;
    return {
      area, bottom, first, last, perDivisionUv,
      perDivisionMs: this.scales.perDivisionMs,
      toX: (ms) => area.left + ((ms - first) / (last - first)) * area.width,
      toY: (uv) => middle - (uv / (perDivisionUv * HALF_DIVISIONS)) * (area.height / 2),
    };
  }
}

/**
 * @param {string} text
 * @param {string} name
 * @param {() => void} turn
 * @returns {HTMLElement}
 */
function turning(text, name, turn) {
  return el("button", { type: "button", text, "aria-label": name, title: name, onclick: turn });
}

/** Take the keys of the scales: of the scope in focus, or of all. */
export function setUpScopeKeys() {
  const turn = (/** @type {(scope: Scope) => void} */ deed) => () => {
    for (const scope of scopes) if (!scope.root.isConnected) scopes.delete(scope);
    const focused = [...scopes].find((scope) => scope.root.contains(document.activeElement));
    for (const scope of focused ? [focused] : scopes) deed(scope);
  };
  for (const key of ["+", "="]) bind(key, turn((scope) => scope.turnUv(-1)));
  for (const key of ["-", "−"]) bind(key, turn((scope) => scope.turnUv(1)));
  bind(",", turn((scope) => scope.turnMs(-1)));
  bind(".", turn((scope) => scope.turnMs(1)));
  bind("u", turn((scope) => scope.setAuto()));
}
