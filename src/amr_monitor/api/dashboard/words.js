// @ts-check
/**
 * Plain words for the words of the protocol. What a state means is decided by the
 * server (`words`); here is only how a name is written.
 */

import { clock, number, plain, plainUnit } from "./format.js";
import { REASONS } from "./reasons.js";

/** @typedef {import("./messages.js").Event} Event */

/** @type {{ [name: string]: string }} */
export const MUSCLES = {
  orbicularis_oculi: "orbicularis oculi",
  frontalis: "frontalis",
  mentalis: "mentalis",
};

/** @type {{ [mark: string]: string }} marks that are not written as they are named */
const MARKS = { csf_drained: "CSF drained", re_exploration: "re-exploration", handover: "hand-over" };

/**
 * @param {readonly string[]} reasons
 * @returns {string}
 */
export function reasonsInWords(reasons) {
  return reasons.map((reason) => REASONS[reason] ?? plain(reason)).join(", ");
}

/**
 * "vessel moved AICA".
 * @param {string} mark
 * @param {string | null} vessel
 * @returns {string}
 */
export function markInWords(mark, vessel) {
  const name = MARKS[mark] ?? plain(mark);
  return vessel ? `${name} ${vessel}` : name;
}

/**
 * "last response 4 s after vessel moved AICA": never "because of".
 * @param {{ mark: string, vessel: string | null, seconds: number, within_tolerance: boolean } | null} after
 * @returns {string}
 */
export function afterMarkInWords(after) {
  if (!after) return "";
  const seconds = Math.abs(after.seconds);
  const order = after.seconds < 0 ? "before" : "after";
  const told = `last response ${number(seconds)} s ${order} ${markInWords(after.mark, after.vessel)}`;
  return after.within_tolerance ? `${told} (within mark tolerance, confirm)` : told;
}

/** @typedef {{ sign: string, text: string, weight: "strong" | "plain" | "soft", state?: string }} Line */

/**
 * One event as a line of the list.
 * @param {Event} event
 * @returns {Line}
 */
export function eventInWords(event) {
  switch (event.type) {
    case "amr_state_changed": {
      // Drawn and not worded: it may well be taken back.
      if (event.certainty === "provisional") {
        return { sign: "◇", text: `${MUSCLES[event.muscle]}: a change of state is being weighed`, weight: "soft", state: event.to };
      }
      const words = event.words || `${plain(event.from)} → ${plain(event.to)}`;
      const after = event.to === "disappeared" ? afterMarkInWords(event.after_mark) : "";
      const text = `${MUSCLES[event.muscle]}: ${words} (${event.certainty})${after && `; ${after}`}`;
      return { sign: "◆", text, weight: "strong", state: event.to };
    }
    case "indeterminate_started": {
      const why = reasonsInWords(event.reasons) || event.class;
      const last = `last known: ${plain(event.last_state)}, ${clock(event.last_state_age_s)} ago`;
      const note = event.note ? `; ${event.note}` : "";
      return { sign: "?", text: `${MUSCLES[event.muscle]}: cannot tell (${why}); ${last}${note}`, weight: "plain", state: "unknown" };
    }
    case "indeterminate_ended":
      return { sign: "?", text: `${MUSCLES[event.muscle]}: sweeps count again, fresh evidence is gathered`, weight: "soft", state: "unknown" };
    case "response_at_higher_current":
      return { sign: "◆", text: `${MUSCLES[event.muscle]}: response at ${number(event.current_ma, 1)} mA, above the reference of ${number(event.reference_current_ma, 1)} mA (${event.seen_of_last_10} of the last 10)`, weight: "strong", state: "reappeared" };
    case "phase_marked": {
      const note = event.text ? `: ${event.text}` : "";
      const late = event.time_s - event.effective_time_s;
      const back = late >= 1 ? `, ${clock(late)} earlier` : "";
      return { sign: "▸", text: `${markInWords(event.mark, event.vessel)}${note}${back} (${event.by})`, weight: "strong" };
    }
    case "mark_amended": {
      const what = event.voided ? "voided" : `amended to ${markInWords(event.mark, event.vessel)} at ${clock(event.effective_time_s)}`;
      return { sign: "▸", text: `mark ${event.mark_id} ${what}: ${event.reason} (${event.by})`, weight: "plain" };
    }
    case "case_opened":
      return { sign: "•", text: `case opened${event.pseudonym ? `: ${event.pseudonym}` : ""}`, weight: "plain" };
    case "case_closed":
      return { sign: "■", text: `case closed: ${plain(event.outcome)}${event.tags.length ? ` (${event.tags.map(plain).join(", ")})` : ""}`, weight: "strong" };
    case "baseline_progress":
      return { sign: "•", text: `baseline: ${event.valid_sweeps} of ${event.needed_sweeps} valid sweeps${event.acceptable ? ", can be accepted" : ""}`, weight: "soft" };
    case "baseline_accepted":
      return { sign: "•", text: `baseline accepted: ${event.valid_sweeps} sweeps at ${event.reference_current_ma === null ? "unknown current" : `${number(event.reference_current_ma, 1)} mA`} (${event.by})${event.hints.map((hint) => `; ${hint}`).join("")}`, weight: "strong" };
    case "baseline_restarted":
      return { sign: "•", text: `baseline restarted${event.reason ? `: ${event.reason}` : ""}`, weight: "plain" };
    case "epoch_started":
      return { sign: "•", text: `epoch ${event.epoch} started: ${event.reason}`, weight: "plain" };
    case "stimulation_changed":
      return { sign: "ϟ", text: event.message, weight: "plain" };
    case "reading_entered": {
      const said = event.text ? ` (${event.text})` : "";
      const beside = event.monitor_reading ? `monitor: ${plain(event.monitor_reading)}` : "no verdict beside it";
      return { sign: "✎", text: `${MUSCLES[event.muscle]}: ${event.by} reads ${plain(event.reading)}${said}; ${beside}`, weight: "strong" };
    }
    case "context_changed":
      return { sign: "•", text: `${[plain(event.name), event.value, plainUnit(event.unit)].filter(Boolean).join(" ")} (${event.by})`, weight: "plain" };
    case "alarm_raised":
      return { sign: "▲", text: `${event.priority} alarm: ${event.message}`, weight: "strong" };
    case "alarm_acknowledged":
      return { sign: "▲", text: `alarm ${event.alarm_id} acknowledged (${event.by})`, weight: "soft" };
    case "alarm_ended":
      return { sign: "▲", text: `alarm ${event.alarm_id} ended`, weight: "soft" };
    case "gap":
      return { sign: "┆", text: `samples missing${event.missing_s === null ? "" : `, ${number(event.missing_s, 2)} s`}: ${event.reason}`, weight: "plain" };
    case "monitor_failed":
      return { sign: "▲", text: `MONITOR FAILED: ${event.message}; recording goes on, verdicts do not`, weight: "strong" };
    case "source_stalled":
      return { sign: "┆", text: `source stalled: no samples for ${number(event.silent_s, 1)} s`, weight: "plain" };
    case "source_lost":
      return { sign: "▲", text: `source lost: ${event.message}`, weight: "strong" };
    case "source_recovered":
      return { sign: "┆", text: `source back after ${number(event.silent_s, 1)} s`, weight: "plain" };
    case "source_warned":
      return { sign: "┆", text: event.message, weight: "plain" };
    case "recorder_file_opened":
      return { sign: "•", text: `recording into ${event.file}${event.reason ? ` (${event.reason})` : ""}`, weight: "soft" };
    case "recorder_file_closed":
      return { sign: event.fault ? "▲" : "•", text: `recorded ${event.file}${event.fault ? `: ${event.fault}` : ""}`, weight: event.fault ? "strong" : "soft" };
    case "recorder_stalled":
      return { sign: "▲", text: `the recording waits for the disk: ${event.message}`, weight: "strong" };
    case "recorder_recovered":
      return { sign: "•", text: `the recording goes on after ${number(event.stalled_s, 1)} s; nothing is lost`, weight: "plain" };
    case "recorder_lost":
      return { sign: "▲", text: `NOT RECORDED: ${event.message}`, weight: "strong" };
    case "disk_low":
      return { sign: "▲", text: `the disk has room for ${number(event.hours_left, 1)} h more of recording`, weight: "strong" };
  }
}

/**
 * What stands in the place of a verdict in shadow mode says nothing: not even that there was one.
 * @param {Event} event
 * @returns {boolean}
 */
export function isWithheld(event) {
  return event.type === "source_warned" && event.code === "withheld";
}
