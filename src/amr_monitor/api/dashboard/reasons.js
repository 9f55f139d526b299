// @ts-check
// Written by docs/generate_protocol.py from monitor/words.py: do not edit.

/** @type {{ [reason: string]: string }} */
export const REASONS = {
  saturated: "amplifier saturated",
  flat: "channel flat",
  noisy: "interference",
  quiet: "channel too quiet",
  mains: "mains hum",
  emg_activity: "muscle active by itself",
  artifact_missing: "no stimulus artifact",
  m_wave_missing: "no M wave: stimulus does not reach the nerve",
  not_a_number: "no valid samples from this channel",
  other_stimulus: "other stimulus in the sweep",
  after_tetanus: "recovery after tetanus",
  interference: "interference on all channels",
  recovery: "recovery after interference",
  sweeps_rejected: "rejected by the recording program",
  m_wave_low: "M wave low",
  lead_channel_unproven: "lead channel has no proof of life",
  lead_channel_changed: "electrode of this channel changed or off",
  below_reference: "current below reference",
  current_unknown: "current unknown",
  stimulus_failed: "stimulus failed",
  stimulation_silent: "no stimuli",
  slow_fall: "slow fall: anaesthesia?",
  relaxant: "relaxant",
  evidence_limited: "evidence limited: not all that is needed was recorded",
  evidence_stale: "evidence old",
  not_monitorable: "not monitorable",
  challenge: "raised current",
};
