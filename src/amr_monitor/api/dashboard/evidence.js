// @ts-check
/** What a verdict rests on, in figures with their units. */

import { el, setText } from "./dom.js";
import { number, voltage } from "./format.js";

/** @typedef {import("./model.js").Model} Model */
/** @typedef {import("./model.js").MuscleView} MuscleView */

export class Evidence {
  constructor() {
    this.list = el("dl", { class: "evidence", "aria-label": "Evidence" });
    this.root = el("div", { class: "evidence-box" }, [this.list]);
    /** @type {Map<string, { root: HTMLElement, term: HTMLElement, value: HTMLElement }>} */
    this.figures = new Map();
  }

  /**
   * @param {MuscleView} view
   * @param {Model} model
   */
  paint(view, model) {
    const status = view.status;
    const sweep = view.recent.at(-1);
    const bound = status?.amplitude_upper_bound_uv;
    const isGone = status?.state === "disappeared";
    const percent = status?.amplitude_percent_of_baseline;
    this.figure("amplitude", "Amplitude", [microvolts(status?.amplitude_uv), percent == null ? "" : `${number(percent)} %`].filter(Boolean).join(" · "));
    this.figure("residual", isGone ? "Residual below" : "Upper bound", bound == null ? "–" : voltage(Math.ceil(bound)));
    this.figure("onset", "Onset", latency(status?.onset_latency_ms, status?.onset_latency_sd_ms));
    this.figure("m-wave", "M wave", unit(number(status?.m_wave_percent_of_baseline), "%"));
    this.figure("accepted", "Accepted", status ? `${status.accepted_of_last_10} of last 10` : "–");
    const baseline = model.status?.baseline.muscles.find((muscle) => muscle.muscle === status?.muscle);
    this.figure("snr", "SNR at baseline", number(baseline?.elicited ? baseline.snr : null, 1));
    this.figure("decision", "Needed for a loss", wait(baseline, baseline?.expected_sweeps_to_decision));
    this.figure("sustain", "sustained in", wait(baseline, baseline?.sweeps_to_sustain));
    this.figure("current", "Current", unit(number(model.currentMa, 1), "mA"));
    this.figure("p2p", "This sweep, p-p", microvolts(sweep?.peakToPeakUv));
    this.figure("probability", "P(response there)", probability(status?.probability_present), "operator only; not a chance of cure");
    for (const key of ["decision", "sustain"]) {
      const wanted = this.figures.get(key);
      if (wanted) wanted.root.hidden = isGone && status?.certainty === "sustained";
    }
    const row = this.figures.get("probability");
    if (row) {
      row.root.hidden = model.role !== "operator";
      if (row.root.hidden) setText(row.value, "");
    }
  }

  /**
   * @param {string} key
   * @param {string} term
   * @param {string} value
   * @param {string} [remark]
   */
  figure(key, term, value, remark) {
    let shown = this.figures.get(key);
    if (!shown) {
      shown = { root: el("div", { "data-row": key }), term: el("dt"), value: el("dd", { "data-figure": key }) };
      shown.root.append(shown.term, shown.value);
      if (remark) shown.root.append(el("dd", { class: "remark" }, [el("small", { text: remark })]));
      this.figures.set(key, shown);
      this.list.append(shown.root);
    }
    setText(shown.term, term);
    setText(shown.value, value);
  }
}

/**
 * @param {string} value
 * @param {string} name
 * @returns {string}
 */
function unit(value, name) {
  return value === "–" ? value : `${value} ${name}`;
}

/**
 * @param {number | null | undefined} value
 * @returns {string}
 */
function microvolts(value) {
  return value == null ? "–" : voltage(Math.round(value));
}

/**
 * A latency with its standard deviation, as far as that is known.
 * @param {number | null | undefined} ms
 * @param {number | null | undefined} sdMs
 * @returns {string}
 */
function latency(ms, sdMs) {
  if (ms == null || sdMs == null) return unit(number(ms, 1), "ms");
  return `${number(ms, 1)} ± ${number(Math.max(sdMs, 0.1), 1)} ms`;
}

/** @typedef {import("./messages.js").CaseStatus["baseline"]["muscles"][number]} MuscleBaseline */

/**
 * How many silent sweeps a loss would take in this patient.
 * @param {MuscleBaseline | undefined} baseline
 * @param {number | null | undefined} sweeps
 * @returns {string}
 */
function wait(baseline, sweeps) {
  if (!baseline?.elicited) return "–";
  return !baseline.monitorable || sweeps == null ? "not monitorable" : `${sweeps} sweeps`;
}

/**
 * Why no loss can be told of a muscle, in the server's words; "" where it can.
 * @param {MuscleBaseline | undefined} baseline
 * @returns {string}
 */
export function whyNotMonitorable(baseline) {
  if (!baseline?.elicited || baseline.monitorable) return "";
  return baseline.hints.find((hint) => hint.startsWith("not monitorable")) ?? ["not monitorable", ...baseline.hints].join(": ");
}

/**
 * Never 0 and never 1: nothing here is that certain.
 * @param {number | null | undefined} value
 * @returns {string}
 */
function probability(value) {
  if (value == null) return "–";
  if (value < 0.001) return "< 0.001";
  return value > 0.999 ? "> 0.999" : value.toFixed(3);
}
