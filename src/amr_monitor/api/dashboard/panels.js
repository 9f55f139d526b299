// @ts-check
/** Alarms, and the line over everything: where the samples come from, and which case it is. */

import { command } from "./ask.js";
import { byId, el, setText } from "./dom.js";
import { clock, plain } from "./format.js";
import { openRoomForm } from "./room.js";

/** @typedef {import("./model.js").Model} Model */

let paintedAlarms = "";

/** @param {Model} model */
export function paintAlarms(model) {
  const root = byId("alarms");
  const alarms = model.status?.alarms ?? [];
  const isOperator = model.role === "operator";
  root.hidden = alarms.length === 0;
  const key = JSON.stringify([alarms, isOperator]);
  if (key === paintedAlarms) return;
  paintedAlarms = key;
  const signs = { high: "▲▲▲", medium: "▲▲", low: "▲" };
  const first = firstToAcknowledge(alarms);
  toAcknowledge = isOperator ? first : undefined;
  root.replaceChildren(...alarms.map((alarm) => {
    return el("div", { class: "alarm", "data-priority": alarm.priority, "data-alarm": alarm.alarm_id }, [
      el("span", {}, [
        el("b", { text: `${signs[alarm.priority]} ${alarm.priority.toUpperCase()} ` }),
        `since ${clock(alarm.since_time_s)}`,
      ]),
      alarm.acknowledged
        ? el("span", { class: "soft", text: "acknowledged" })
        : isOperator
          ? el("button", { type: "button", onclick: () => acknowledge(alarm) }, ["Acknowledge", ...(alarm === first ? [" ", el("kbd", { text: "A" })] : [])])
          : el("span", { class: "soft", text: "not acknowledged" }),
      el("p", { text: alarm.message }),
      ...(alarm.alarm_id === "slow_fall" && isOperator ? [slowFall()] : []),
    ]);
  }));
}

/** @typedef {import("./messages.js").CaseStatus["alarms"][number]} Alarm */

/** @type {Alarm | undefined} */
let toAcknowledge;

/**
 * The gravest that nobody has acknowledged, the oldest of equals.
 * @param {readonly Alarm[]} alarms
 * @returns {Alarm | undefined}
 */
function firstToAcknowledge(alarms) {
  const open = alarms.filter((alarm) => !alarm.acknowledged);
  const gravest = ["high", "medium", "low"].find((priority) => open.some((alarm) => alarm.priority === priority));
  return open.find((alarm) => alarm.priority === gravest);
}

/** @param {Alarm} alarm */
function acknowledge(alarm) {
  void command(`/alarms/${encodeURIComponent(alarm.alarm_id)}/acknowledge`);
}

/** Acknowledge the gravest alarm that waits for it. */
export function acknowledgeFirst() {
  if (toAcknowledge) acknowledge(toAcknowledge);
}

/**
 * What a person can do about a slow fall, beside its alarm.
 * @returns {HTMLElement}
 */
function slowFall() {
  return el("div", { class: "row remedy" }, [
    el("button", { type: "button", text: "Enter anaesthesia…", onclick: () => openRoomForm("MAC") }),
    el("span", { class: "soft", text: "then acknowledge: a person accepts the fall" }),
  ]);
}

/** @param {Model} model */
export function paintCaseLine(model) {
  const { hello } = model;
  const origin = hello?.origin ?? "none";
  const banner = byId("origin");
  banner.dataset.origin = origin;
  setText(banner, { simulated: "SIMULATED", replay: "REPLAY", device: "LIVE PATIENT", none: "NO SOURCE" }[origin]);
  const parts = caseParts(model);
  const line = byId("case-line");
  const key = JSON.stringify(parts);
  if (line.dataset.painted !== key) {
    line.dataset.painted = key;
    line.replaceChildren(...parts.map(([term, value]) => el("div", { "data-part": term.toLowerCase() }, [el("span", { text: term }), el("b", { text: value })])));
  }
  const role = byId("role");
  // Without tokens nobody is named here: the button beside it tells whose name the commands carry.
  role.hidden = !hello || hello.user === "local";
  setText(role, hello ? `${hello.user} (${hello.role})` : "");
  byId("shadow").hidden = !model.isShadow;
}

/**
 * @param {Model} model
 * @returns {Array<[string, string]>}
 */
function caseParts({ status, closed, openedAtS, nowS }) {
  if (!status?.case) return [["Case", "none is open"]];
  const { pseudonym, side, mode } = status.case;
  /** @type {Array<[string, string]>} */
  const parts = [
    ["Case", pseudonym || "no pseudonym"],
    ["Side", side ? side.toUpperCase() : "not told"],
    ["Lead muscle", status.lead ? plain(status.lead) : "none"],
    ["Elapsed", clock((closed?.time_s ?? nowS) - openedAtS)],
  ];
  if (status.is_open) parts.push(["Phase", plain(status.phase)]);
  else parts.push(["Case closed", closed ? [closed.outcome, ...closed.tags].map(plain).join(", ") : ""]);
  if (mode === "shadow") parts.push(["Mode", "SHADOW"]);
  return parts;
}
