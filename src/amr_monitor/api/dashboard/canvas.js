// @ts-check
/** A canvas that follows its size and the screen's density, and a trace on it. */

import { colour, el } from "./dom.js";

export class Canvas {
  /** @param {() => void} resized */
  constructor(resized) {
    this.element = /** @type {HTMLCanvasElement} */ (el("canvas", { role: "img" }));
    this.width = 0;
    this.height = 0;
    new ResizeObserver(() => resized()).observe(this.element);
  }

  /**
   * Clear and return the context in CSS pixels, or null while it has no size.
   * @returns {CanvasRenderingContext2D | null}
   */
  begin() {
    const density = window.devicePixelRatio || 1;
    this.width = this.element.clientWidth;
    this.height = this.element.clientHeight;
    const context = this.element.getContext("2d");
    if (!context || this.width < 40 || this.height < 40) return null;
    const [width, height] = [Math.round(this.width * density), Math.round(this.height * density)];
    if (this.element.width !== width || this.element.height !== height) {
      this.element.width = width;
      this.element.height = height;
    }
    context.setTransform(density, 0, 0, density, 0, 0);
    context.clearRect(0, 0, this.width, this.height);
    return context;
  }
}

/**
 * Stroke a waveform; a sample that is no number leaves a hole.
 * @param {CanvasRenderingContext2D} context
 * @param {{ samples: ArrayLike<number>, startMs: number, stepMs: number }} sweep
 * @param {(ms: number) => number} toX
 * @param {(uv: number) => number} toY
 * @param {number} firstMs
 * @param {number} lastMs
 */
export function trace(context, { samples, startMs, stepMs }, toX, toY, firstMs, lastMs) {
  const first = Math.max(0, Math.floor((firstMs - startMs) / stepMs));
  const end = Math.min(samples.length, Math.ceil((lastMs - startMs) / stepMs) + 1);
  context.lineJoin = "round";
  context.beginPath();
  let isDown = false;
  for (let i = first; i < end; i += 1) {
    const value = samples[i];
    if (Number.isFinite(value)) {
      const [x, y] = [toX(startMs + i * stepMs), toY(value)];
      if (isDown) context.lineTo(x, y);
      else context.moveTo(x, y);
    }
    isDown = Number.isFinite(value);
  }
  context.stroke();
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {number} x1
 * @param {number} y1
 * @param {number} x2
 * @param {number} y2
 * @param {string} style
 */
export function line(context, x1, y1, x2, y2, style) {
  context.strokeStyle = style;
  context.beginPath();
  context.moveTo(Math.round(x1) + 0.5, Math.round(y1) + 0.5);
  context.lineTo(Math.round(x2) + 0.5, Math.round(y2) + 0.5);
  context.stroke();
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {string} text
 * @param {number} x
 * @param {number} y
 * @param {string} tint
 * @param {CanvasTextAlign} [align]
 */
export function label(context, text, x, y, tint, align = "left") {
  context.font = "13px sans-serif";
  context.textAlign = align;
  context.fillStyle = colour(tint);
  context.fillText(text, x, y);
}

/**
 * A label that stays readable over a trace.
 * @param {CanvasRenderingContext2D} context
 * @param {string} text
 * @param {number} x
 * @param {number} y
 * @param {string} tint
 * @param {CanvasTextAlign} [align]
 */
export function note(context, text, x, y, tint, align = "left") {
  context.font = "13px sans-serif";
  const width = context.measureText(text).width;
  context.globalAlpha = 0.8;
  context.fillStyle = colour("panel");
  context.fillRect((align === "right" ? x - width : x) - 3, y - 13, width + 6, 17);
  context.globalAlpha = 1;
  label(context, text, x, y, tint, align);
}

/**
 * A text that is cut where it would be too wide.
 * @param {CanvasRenderingContext2D} context
 * @param {string} text
 * @param {number} width
 * @returns {string}
 */
export function fitted(context, text, width) {
  context.font = "13px sans-serif";
  if (context.measureText(text).width <= width) return text;
  let length = text.length - 1;
  while (length > 1 && context.measureText(`${text.slice(0, length)}…`).width > width) length -= 1;
  return `${text.slice(0, length).trimEnd()}…`;
}
