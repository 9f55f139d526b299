// @ts-check
/** Amending and voiding marks: the first one stays in the journal, what is new comes after it. */

import { command, toast } from "./ask.js";
import { labelled, select, showDialog, submit } from "./dialog.js";
import { el, setText } from "./dom.js";
import { clock } from "./format.js";
import { MARK_KEYS, VESSELS } from "./marks.js";
import { markInWords } from "./words.js";

/** @typedef {import("./messages.js").CaseStatus["marks"][number]} Mark */
/** @typedef {{ mark?: string, vessel?: string, effective_time_s?: number, void?: boolean, reason: string }} Amendment */

/**
 * Seconds of "12:34", "1:02:03" or "12:34.5"; null where it is no time.
 * @param {string} text
 * @returns {number | null}
 */
export function secondsOf(text) {
  const found = /^(?:(\d+):)?(\d{1,3}):([0-5]?\d(?:[.,]\d+)?)$/.exec(text.trim());
  if (!found) return null;
  const [, hours = "0", minutes, seconds] = found;
  return Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds.replace(",", "."));
}

/**
 * @param {number} markId
 * @param {Amendment} amendment
 */
export async function amendMark(markId, amendment) {
  const answer = await command(`/marks/${markId}/amend`, amendment);
  const amended = answer?.events.find((/** @type {any} */ event) => event.type === "mark_amended");
  if (!amended) return;
  const words = markInWords(amended.mark, amended.vessel);
  toast(amended.voided ? `Voided: ${words}` : `Amended: ${words} at ${clock(amended.effective_time_s)}`);
}

/**
 * Ask what a mark should have been.
 * @param {Mark} mark
 */
export async function openAmend(mark) {
  /** @type {Array<[string, string]>} */
  const names = MARK_KEYS.map(([, name]) => [name, markInWords(name, null)]);
  const name = select("amend-name", names, mark.name);
  const vessel = select("amend-vessel", [["", "not told"], ...VESSELS.map((each) => /** @type {[string, string]} */ ([each, each]))], mark.vessel ?? "");
  const at = /** @type {HTMLInputElement} */ (el("input", { id: "amend-time", type: "text", inputmode: "numeric", autocomplete: "off", required: true }));
  const was = clock(mark.effective_time_s);
  at.value = was;
  const reason = /** @type {HTMLInputElement} */ (el("input", { id: "amend-reason", type: "text", maxlength: "200", autocomplete: "off", required: true }));
  const vesselLabel = labelled("Vessel", vessel);
  const fault = el("p", { class: "fault", role: "alert" });
  const showVessel = () => { vesselLabel.hidden = name.value !== "vessel_moved"; };
  const check = () => {
    const isTime = secondsOf(at.value) !== null;
    at.setCustomValidity(isTime ? "" : "minutes:seconds, such as 12:34");
    setText(fault, isTime ? "" : "The time is written as minutes:seconds, such as 12:34, or 1:02:03");
  };
  name.addEventListener("change", showVessel);
  at.addEventListener("input", check);
  showVessel();
  const { closed } = showDialog("amend", `Amend mark ${mark.mark_id}: ${markInWords(mark.name, mark.vessel)}, ${was}`, [
    el("p", { class: "soft", text: "The mark stays in the journal, struck through. What follows from it is worked out again." }),
    labelled("Mark", name), vesselLabel, labelled("Counts at (time of the case)", at), fault, labelled("Reason", reason),
  ], [submit("amend", "Amend", "primary"), submit("void", "Void the mark", "plain"), submit("", "Cancel", "cancel")]);
  reason.focus();
  const choice = await closed;
  if (!choice) return;
  const why = reason.value.trim();
  if (choice === "void") return amendMark(mark.mark_id, { void: true, reason: why });
  /** @type {Amendment} */
  const amendment = { reason: why };
  if (name.value !== mark.name) amendment.mark = name.value;
  if (name.value === "vessel_moved" && vessel.value && vessel.value !== mark.vessel) amendment.vessel = vessel.value;
  if (at.value.trim() !== was) amendment.effective_time_s = secondsOf(at.value) ?? mark.effective_time_s;
  await amendMark(mark.mark_id, amendment);
}
