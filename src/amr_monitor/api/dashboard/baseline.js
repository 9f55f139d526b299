// @ts-check
/** The baseline's panel: how far it is, how steady, its acceptance; opening and closing the case. */

import { command } from "./ask.js";
import { byId, el } from "./dom.js";
import { closeButton, restartButton } from "./ending.js";
import { clock, number, plain } from "./format.js";
import { openRoomForm } from "./room.js";
import { openSetup, progressInWords } from "./setup.js";

/** @typedef {import("./model.js").Model} Model */

let paintedBaseline = "";

/** @param {Model} model */
export function paintBaseline(model) {
  const root = byId("baseline");
  const status = model.status;
  const isOperator = model.role === "operator";
  if (!status) {
    root.hidden = true;
    return;
  }
  const baseline = status.baseline;
  // A recording has its one case; only a live source can have another.
  const mayOpen = isOperator && model.hello?.source?.duration_s == null;
  const key = JSON.stringify([status.is_open, baseline, isOperator, mayOpen, progressInWords()]);
  if (key === paintedBaseline) return;
  paintedBaseline = key;
  const children = status.is_open
    ? [...(baseline.accepted ? [] : progress(model)), ...(isOperator ? openCase(model) : [])]
    : mayOpen ? [el("h2", { text: "No case is open" }), newCase()] : [];
  root.replaceChildren(...children);
  root.hidden = children.length === 0;
}

/**
 * @param {Model} model
 * @returns {HTMLElement[]}
 */
function progress(model) {
  const baseline = /** @type {import("./messages.js").CaseStatus} */ (model.status).baseline;
  const max = Math.max(1, baseline.needed_sweeps);
  const enter = el("button", { type: "button", id: "enter-tof", text: "Enter TOF…", onclick: () => openRoomForm("TOF_count") });
  const needsTof = model.role === "operator" && baseline.conditions?.tof_known === false;
  return [
    el("h2", { text: `Baseline: ${baseline.valid_sweeps} of ${baseline.needed_sweeps} valid sweeps` }),
    el("progress", { max: String(max), value: String(Math.min(max, baseline.valid_sweeps)), "aria-label": "Baseline" }),
    ...stability(baseline),
    el("ul", { id: "hints" }, baseline.hints.map((hint) => el("li", { text: hint }))),
    el("div", { class: "row remedy" }, [setUpButton(["Set-up…", progressInWords()].filter(Boolean).join(" ")), ...(needsTof ? [enter] : [])]),
  ];
}

/**
 * @param {string} text
 * @returns {HTMLElement}
 */
function setUpButton(text) {
  return el("button", { type: "button", id: "open-setup", onclick: () => openSetup() }, [text, " ", el("kbd", { text: "B" })]);
}

/**
 * What a person looks at before accepting: bursts, drift of the M wave, train of four.
 * @param {import("./messages.js").CaseStatus["baseline"]} baseline
 * @returns {HTMLElement[]}
 */
function stability({ conditions }) {
  if (!conditions) return [];
  const { n_bursts: bursts, burst_interval_s: apart, m_wave_change_percent: drift } = conditions;
  const change = drift === null ? "not known" : `${drift > 0 ? "+" : ""}${number(drift)} %${conditions.steady ? ", steady" : ""}`;
  /** @type {Array<[string, string]>} */
  const rows = [
    ["Bursts", apart === null ? String(bursts) : `${bursts}, ${clock(apart)} apart`],
    ["M wave drift", change],
    ["TOF", conditions.tof ? plain(conditions.tof) : "not known"],
  ];
  return [el("dl", { class: "stability" }, rows.flatMap(([term, value]) => [el("dt", { text: term }), el("dd", { text: value })]))];
}

/**
 * @param {Model} model
 * @returns {HTMLElement[]}
 */
function openCase(model) {
  const baseline = /** @type {import("./messages.js").CaseStatus} */ (model.status).baseline;
  const accept = el("button", {
    type: "button", class: "primary", id: "accept-baseline", text: "Accept baseline",
    onclick: () => void command("/baseline/accept"),
  });
  const reference = baseline.reference_current_ma;
  const told = el("span", {
    class: "soft",
    text: `Baseline${reference === null ? "" : ` ${number(reference, 1)} mA`}, ${baseline.valid_sweeps} sweeps`,
  });
  const shown = [];
  if (!baseline.accepted && baseline.acceptable) shown.push(accept);
  if (baseline.accepted || baseline.valid_sweeps > 0) shown.push(restartButton());
  shown.push(closeButton());
  return [
    ...(baseline.accepted ? [el("div", { class: "row" }, [told, setUpButton("Set-up")])] : []),
    el("div", { class: "row" }, shown),
  ];
}

/** @returns {HTMLElement} */
function newCase() {
  const pseudonym = /** @type {HTMLInputElement} */ (el("input", { id: "pseudonym", maxlength: "40", pattern: "[A-Za-z0-9._\\-]*", autocomplete: "off" }));
  const side = choice("side", ["right", "left"]);
  const branch = choice("branch", ["marginal_mandibular", "zygomatic", "temporal"]);
  const mode = choice("mode", ["live", "shadow"]);
  const form = el("form", {}, [
    el("div", { class: "fields" }, [
      el("label", { for: "pseudonym", text: "Pseudonym" }), pseudonym,
      el("label", { for: "side", text: "Side" }), side,
      el("label", { for: "branch", text: "Stimulated" }), branch,
      el("label", { for: "mode", text: "Mode", title: "shadow: no verdict is shown before the case is closed" }), mode,
    ]),
    el("button", { type: "submit", class: "primary", text: "Open case" }),
  ]);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    void command("/case", { pseudonym: pseudonym.value, side: side.value, branch: branch.value, mode: mode.value });
  });
  return form;
}

/**
 * @param {string} id
 * @param {string[]} words
 * @returns {HTMLSelectElement}
 */
function choice(id, words) {
  const options = words.map((word) => el("option", { value: word, text: word.replaceAll("_", " ") }));
  return /** @type {HTMLSelectElement} */ (el("select", { id }, options));
}
