"""The columns of the tables: name, kind, and what stands in them.

A change of what a column means is a change of `FORM`: everything is done again.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

FORM = 1

Cell = str | float | int | bool | None
Row = dict[str, Cell]
Columns = dict[str, list[Cell]]


class Kind(StrEnum):
    """Of what kind the cells of a column are; each may be empty."""

    TEXT = "text"
    NUMBER = "number"
    COUNT = "count"
    FLAG = "flag"


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column of a table."""

    name: str
    kind: Kind
    meaning: str


def _columns(kinds: Mapping[Kind, Mapping[str, str]], order: str) -> tuple[Column, ...]:
    told = {
        name: Column(name=name, kind=kind, meaning=meaning)
        for kind, names in kinds.items()
        for name, meaning in names.items()
    }
    return tuple(told[name] for name in order.split())


_FILE = "path of the recording below the folder"
_CASE_ID = "hash of content and settings, as `replay` gives it"
_LEAD = "whether the case is judged on this muscle"

CASES = _columns(
    {
        Kind.TEXT: {
            "file": _FILE,
            "case_id": _CASE_ID,
            "outcome": "verdict on the case",
            "tags": "what stands beside it, separated by blanks",
            "basis": "the muscle that it rests on",
            "lead": "the muscle that the case is judged on",
            "lead_state": "of the lead at the end",
            "lead_certainty": "of that state",
            "after_mark": "the mark before the loss",
            "vessel": "that was moved then",
            "origin": "device, replay or simulated",
            "side": "of the spasm",
            "start_utc": "of the recording",
            "trigger": "how the stimuli are known",
            "sha256": "of the recording's bytes",
            "events_sha256": "of every event in JSON, one a line",
            "settings_sha256": "of the settings that can change a verdict",
            "version": "of amr-monitor",
        },
        Kind.NUMBER: {
            "after_s": "from that mark to the last response",
            "t_disappeared_s": "when the loss that stands was confirmed, on the recording's axis",
            "t_sustained_s": "when it was sustained",
            "duration_s": "of the recording",
            "sampling_rate_hz": "of the EMG channels",
            "baseline_current_ma": "of the last baseline, as all of `baseline_`",
            "baseline_amplitude_uv": "of the lead",
            "baseline_latency_ms": "of the lead, onset",
            "baseline_noise_uv": "of the lead, root mean square",
            "baseline_snr": "of the lead",
            "baseline_rate": "share of sweeps with a response in the lead",
            "last_amplitude_percent": "of the lead at the last sweep, of baseline",
            "indeterminate_s": "time in which the lead could not be judged",
        },
        Kind.COUNT: {
            "baseline_sweeps": "that it was learnt from",
            "n_epochs": "baselines that were accepted",
            "n_sweeps": "of class amr",
            "n_valid": "that counted as evidence in the lead",
            "n_changes": "confirmed and sustained, of the lead",
            "n_returns": "`reappeared` of the lead",
            "n_indeterminate": "stretches in which the lead could not be judged",
            "n_gaps": "holes in the recording",
            "n_warnings": "told of the recording",
            "n_events": "in all",
        },
        Kind.FLAG: {
            "phase_known": "whether a mark of decompression was there",
            "residual_mentalis": "a late wave of mentalis remains: F wave or AMR, cannot be told",
        },
    },
    "file case_id outcome tags basis phase_known residual_mentalis lead lead_state lead_certainty"
    " t_disappeared_s t_sustained_s after_mark vessel after_s last_amplitude_percent"
    " baseline_sweeps baseline_current_ma baseline_amplitude_uv baseline_latency_ms"
    " baseline_noise_uv baseline_snr baseline_rate n_epochs n_sweeps n_valid n_changes n_returns"
    " n_indeterminate indeterminate_s n_gaps n_warnings n_events origin side start_utc duration_s"
    " sampling_rate_hz trigger sha256 events_sha256 settings_sha256 version",
)

CHANGES = _columns(
    {
        Kind.TEXT: {
            "file": _FILE,
            "case_id": _CASE_ID,
            "type": "of the event: a change of state, or the begin or end of not knowing",
            "muscle": "that it is about",
            "from_state": "before; of not knowing, the state that it lies over",
            "to_state": "after; empty of not knowing",
            "certainty": "provisional, confirmed or sustained",
            "class": "of not knowing",
            "reasons": "separated by blanks",
            "after_mark": "the mark before a loss",
            "vessel": "that was moved then",
            "provisional_outcome": "if the case ended here",
        },
        Kind.NUMBER: {
            "time_s": "on the recording's axis",
            "after_s": "from that mark to the last response",
            "probability_present": "that the response is there",
            "log_odds_absent": "that it is gone",
            "amplitude_uv": "held to be true then",
            "amplitude_upper_bound_uv": "of what may be there unseen",
            "amplitude_percent": "of baseline",
            "onset_latency_ms": "of the response",
            "m_wave_percent": "of baseline",
        },
        Kind.COUNT: {
            "seq": "number of the event in the case",
            "sample_index": "of the stimulus",
            "valid_sweeps": "that the change rests on",
            "seen_of_last_10": "sweeps with a response",
        },
        Kind.FLAG: {"is_lead": _LEAD},
    },
    "file case_id seq sample_index time_s type muscle is_lead from_state to_state certainty class"
    " reasons probability_present log_odds_absent valid_sweeps seen_of_last_10 amplitude_uv"
    " amplitude_upper_bound_uv amplitude_percent onset_latency_ms m_wave_percent after_mark vessel"
    " after_s provisional_outcome",
)

SWEEPS = _columns(
    {
        Kind.TEXT: {
            "file": _FILE,
            "case_id": _CASE_ID,
            "muscle": "that the row is about",
            "rejected": "why the sweep is no evidence, separated by blanks; empty where it is",
            "state": "of the muscle after the sweep",
            "certainty": "of that state",
            "indeterminate": "class of not knowing, where it lies over the state",
            "held_back": "why a verdict is held back, separated by blanks",
        },
        Kind.NUMBER: {
            "time_s": "of the stimulus",
            "current_ma": "of the stimulus",
            "peak_to_peak_uv": "measured in this sweep; noise alone is never 0",
            "onset_latency_ms": "measured in this sweep",
            "noise_rms_uv": "before the stimulus",
            "mains_uv": "taken off",
            "artifact_uv": "of the stimulus, peak to peak",
            "m_wave_uv": "in the M window of this channel",
            "m_wave_percent": "of baseline",
            "artifact_percent": "of baseline",
            "amplitude_uv": "held to be true after this sweep",
            "amplitude_upper_bound_uv": "of what may be there unseen",
            "amplitude_percent": "of baseline",
            "probability_present": "that the response is there",
            "log_odds_absent": "that it is gone",
        },
        Kind.COUNT: {
            "sweep_number": "1, 2, 3 ... in the case",
            "sample_index": "of the stimulus",
        },
        Kind.FLAG: {"is_lead": _LEAD, "accepted": "whether the sweep counts as evidence"},
    },
    "file case_id sweep_number sample_index time_s current_ma muscle is_lead accepted rejected"
    " state certainty indeterminate held_back peak_to_peak_uv onset_latency_ms noise_rms_uv"
    " mains_uv artifact_uv m_wave_uv m_wave_percent artifact_percent amplitude_uv"
    " amplitude_upper_bound_uv amplitude_percent probability_present log_odds_absent",
)

ERRORS = _columns(
    {
        Kind.TEXT: {
            "file": _FILE,
            "why": "there is no verdict, in one line",
            "sha256": "of the recording's bytes; empty where they cannot be read",
        }
    },
    "file why sha256",
)

TABLES: dict[str, tuple[Column, ...]] = {
    "cases": CASES,
    "changes": CHANGES,
    "sweeps": SWEEPS,
    "errors": ERRORS,
}
"""Every table by the name of its file."""
