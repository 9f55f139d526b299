// @ts-check
/** One muscle's verdict, readable from three metres, and the evidence beside its sweeps. */

import { byId, el, setAttribute, setText, strokes } from "./dom.js";
import { Evidence, whyNotMonitorable } from "./evidence.js";
import { pictured } from "./freeze.js";
import { clock, number, plain, voltage } from "./format.js";
import { Scope } from "./scope.js";
import { Waterfall } from "./waterfall.js";
import { MUSCLES, afterMarkInWords, reasonsInWords } from "./words.js";

/** @typedef {import("./model.js").Model} Model */
/** @typedef {import("./model.js").MuscleView} MuscleView */

/** A picture for each state beside the words: response waves, or the lack of them. */
/** @type {{ [state: string]: string }} */
const GLYPHS = {
  learning: "M6 32H14M26 32H34M46 32H54M66 32H74M86 32H90",
  not_elicited: "M6 32H90",
  present: "M4 32H26L36 8L50 56L62 18L70 32H92",
  attenuated: "M4 32H30L38 22L48 42L56 27L62 32H92",
  disappeared: "M4 32H92M4 18V46M92 18V46",
  reappeared: "M4 32H44L54 10L66 54L76 22L82 32H92M20 20L8 32L20 44",
  persistent: "M4 32H12L20 10L32 54L42 20L50 32L58 10L70 54L80 20L86 32H92",
  unknown: "M34 20C34 8 62 8 62 20C62 32 48 30 48 42M48 54V55",
};

/** What follows the headline is not made smaller than this share of it on its line. */
const SMALLEST_BESIDE = 0.5;

export class MusclePanel {
  /** @param {string} muscle */
  constructor(muscle) {
    this.muscle = muscle;
    this.glyphKey = "";
    this.fitKey = "";
    this.glyph = el("div");
    this.lead = el("span", { class: "tag", text: "LEAD MUSCLE" });
    this.cause = el("span", { class: "tag" });
    this.limit = el("span", { class: "tag limit", text: "NOT MONITORABLE" });
    this.headline = el("b");
    this.colon = el("span");
    this.rest = el("span");
    this.detail = el("span", {}, [this.colon, this.rest]);
    this.words = el("p", { class: "words" }, [this.headline, this.detail]);
    this.after = el("p", { class: "after" });
    this.keyValue = el("strong");
    this.keyTerm = el("span");
    this.keyFigure = el("div", { class: "key-figure" }, [this.keyValue, this.keyTerm]);
    this.scope = new Scope(muscle);
    this.waterfall = new Waterfall();
    this.evidence = new Evidence();
    this.root = el("article", { class: "muscle", "data-muscle": muscle, "aria-label": MUSCLES[muscle] }, [
      el("div", { class: "verdict" }, [
        this.glyph,
        el("div", { class: "verdict-text" }, [
          el("div", { class: "name" }, [el("span", { text: MUSCLES[muscle] }), this.lead, this.cause, this.limit]),
          this.words,
          this.after,
        ]),
        this.keyFigure,
      ]),
      el("div", { class: "body" }, [
        this.scope.root,
        this.waterfall.root,
        this.evidence.root,
      ]),
    ]);
    new ResizeObserver(() => this.fit(true)).observe(this.words);
  }

  /**
   * @param {MuscleView} view
   * @param {Model} model
   */
  paint(view, model) {
    const status = view.status;
    const isUnknown = status ? status.indeterminate !== null : view.indeterminate !== null;
    const state = status?.state ?? view.change?.to ?? "learning";
    const shown = isUnknown ? "unknown" : state;
    setAttribute(this.root, "data-state", shown);
    setAttribute(this.root, "data-cause", isUnknown ? (status?.indeterminate ?? view.indeterminate?.class ?? null) : null);
    setAttribute(this.root, "data-certainty", status?.certainty ?? view.change?.certainty ?? "confirmed");
    // The journal's own words of the newest change, beside the live ones: tests compare them.
    setAttribute(this.root, "data-event-seq", view.change ? String(view.change.seq) : null);
    setAttribute(this.root, "data-event-words", view.change?.words ?? null);
    this.root.classList.toggle("lead", status?.is_lead ?? false);
    this.lead.hidden = !status?.is_lead;
    this.cause.hidden = !isUnknown;
    setText(this.cause, (status?.indeterminate ?? view.indeterminate?.class ?? "").toUpperCase());
    this.paintGlyph(shown, (status?.certainty ?? "confirmed") === "provisional");
    this.paintWords(view.words || "waiting for sweeps");
    const learnt = model.status?.baseline.muscles.find((muscle) => muscle.muscle === this.muscle);
    const limit = whyNotMonitorable(learnt);
    this.limit.hidden = !limit;
    setText(this.after, [limit, secondLine(view, model, isUnknown)].filter(Boolean).join(" · "));
    this.paintKeyFigure(view, isUnknown);
    this.evidence.paint(view, model);
    const row = model.baseline?.header.muscles.findIndex((name) => name === this.muscle) ?? -1;
    const [still, atS] = pictured(view, model);
    this.scope.paint(still, model.baseline, row, atS);
    this.waterfall.paint(still, model.baseline, row, atS);
  }

  /**
   * @param {string} state
   * @param {boolean} dashed
   */
  paintGlyph(state, dashed) {
    const key = `${state} ${dashed}`;
    if (key === this.glyphKey) return;
    this.glyphKey = key;
    this.glyph.replaceChildren(strokes(GLYPHS[state], { dashed, label: plain(state) }));
  }

  /**
   * The words as the server gave them; what stands before the first colon is the headline.
   * @param {string} words
   */
  paintWords(words) {
    const colon = words.indexOf(": ");
    setText(this.headline, colon < 0 ? words : words.slice(0, colon));
    setText(this.colon, colon < 0 ? "" : ":");
    setText(this.rest, colon < 0 ? "" : words.slice(colon + 1));
    this.fit(false);
  }

  /**
   * Make the words as large as the line lets them be.
   * @param {boolean} isResized
   */
  fit(isResized) {
    const key = `${this.words.textContent?.length} ${this.root.className}`;
    if (!isResized && key === this.fitKey) return;
    this.fitKey = key;
    this.colon.hidden = false;
    const height = this.words.clientHeight;
    const width = this.words.clientWidth;
    if (!height || !width) return;
    const largest = height / 1.1;
    const set = (/** @type {number} */ size, /** @type {number} */ small, /** @type {string} */ wrap) => {
      this.detail.style.whiteSpace = wrap;
      // In letters of their own size the two are set apart: a colon would begin the second.
      this.colon.hidden = true;
      // Letters do not grow in step with their size: what is still too wide is taken back.
      for (let scale = 1; scale > 0.7; scale -= 0.03) {
        this.headline.style.fontSize = `${Math.floor(size * scale)}px`;
        this.detail.style.fontSize = `${Math.floor(small * scale)}px`;
        if (this.words.scrollWidth <= width && this.words.scrollHeight <= height) return;
      }
    };
    this.detail.style.whiteSpace = "pre";
    this.headline.style.fontSize = this.detail.style.fontSize = `${Math.floor(largest)}px`;
    const headline = this.headline.offsetWidth;
    const detail = this.detail.offsetWidth;
    if (headline + detail <= width) return;
    if (!detail) return set((largest * width) / headline, largest, "pre");
    const share = (width - headline) / detail;
    if (share > SMALLEST_BESIDE) return set(largest, largest * share, "pre");
    // Too much for one line: the detail takes two, and the headline what they leave.
    for (let part = 0.44; part > 0.2; part -= 0.03) {
      const left = width - detail * part * 0.58;
      const size = Math.min(largest, (largest * left) / headline);
      if (size > largest * 0.74) return set(size, largest * part, "pre-wrap");
    }
    return set(largest * 0.6, largest * 0.22, "pre-wrap");
  }

  /**
   * The one figure that is worth reading from afar.
   * @param {MuscleView} view
   * @param {boolean} isUnknown
   */
  paintKeyFigure(view, isUnknown) {
    const status = view.status;
    const isGone = status?.state === "disappeared";
    const value = isGone ? status.amplitude_upper_bound_uv : status?.amplitude_percent_of_baseline;
    const isShown = !isUnknown && status !== null && value != null && status?.state !== "learning";
    this.keyFigure.hidden = !isShown;
    if (!isShown || value == null) return;
    setText(this.keyValue, isGone ? `< ${voltage(Math.ceil(value))}` : `${number(value)} %`);
    setText(this.keyTerm, isGone ? "residual amplitude" : "of baseline amplitude");
  }
}

/**
 * After which mark, since when, how certain: what the state rests on.
 * @param {MuscleView} view
 * @param {Model} model
 * @param {boolean} isUnknown
 * @returns {string}
 */
function secondLine(view, model, isUnknown) {
  const { status, change } = view;
  if (!status || status.state === "learning") return "";
  const since = `since ${clock(status.since_time_s)}`;
  const sweeps = `${status.valid_sweeps} valid sweeps`;
  if (isUnknown) return `last known state held ${since}, ${sweeps}`;
  const isGone = status.state === "disappeared";
  const after = isGone && change?.to === status.state ? afterMarkInWords(change.after_mark) : "";
  const parts = [after, status.state === "not_elicited" ? "" : status.certainty];
  if (!after) parts.push(since, sweeps);
  if (status.reasons.length) parts.push(`held back: ${reasonsInWords(status.reasons)}`);
  return parts.filter(Boolean).join(" · ");
}

/** @type {Map<string, MusclePanel>} */
const panels = new Map();

/** Show or hide the cursors of every muscle. */
export function toggleCursors() {
  const isOn = [...panels.values()].some((panel) => panel.scope.cursors.isOn);
  for (const { scope } of panels.values()) if (scope.cursors.isOn === isOn) scope.cursors.toggle();
}

/** @param {Model} model */
export function paintMuscles(model) {
  const root = byId("muscles");
  root.hidden = model.isShadow;
  for (const [muscle, view] of model.muscles) {
    let panel = panels.get(muscle);
    if (!panel) {
      panel = new MusclePanel(muscle);
      panels.set(muscle, panel);
      root.append(panel.root);
    }
    panel.paint(view, model);
  }
  for (const [muscle, panel] of panels) {
    if (model.muscles.has(muscle)) continue;
    panel.root.remove();
    panels.delete(muscle);
  }
  const lead = [...panels.values()].find((panel) => panel.root.classList.contains("lead"));
  if (lead && root.querySelector(".muscle") !== lead.root) root.prepend(lead.root);
  root.querySelector(".empty")?.remove();
  if (!panels.size) root.append(el("p", { class: "empty", text: "Waiting for a source" }));
}
