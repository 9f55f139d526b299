"""A run with hardware in the loop as a table for people and as JSON for programs."""

import json
from statistics import median

from amr_monitor.codec import entry_to_json
from amr_monitor.monitor.annunciation import MOST_SOUNDS_AN_HOUR, MOST_SPOKEN_A_CASE
from amr_monitor.qa.hil_figures import HilResult
from amr_monitor.qa.judgement import FALSE_VERDICTS, FaultKind, SpanJudgement
from amr_monitor.qa.quantiles import quantiles
from amr_monitor.qa.spans import ENDS_WITHIN, STARTS_WITHIN

LATE_SPANS = (
    FaultKind.INDETERMINATE_MISSING,
    FaultKind.INDETERMINATE_LATE,
    FaultKind.INDETERMINATE_REASON,
    FaultKind.INDETERMINATE_STAYS,
)
MISSING = (FaultKind.MISSED_LOSS, FaultKind.MISSED_RETURN, FaultKind.WITHHELD_OUTCOME)
NAME_COLUMNS = 28


def as_json(result: HilResult) -> dict[str, object]:
    """Return everything about a run as JSON can hold it."""
    judged = result.judgement
    return {
        "scenario": result.scenario,
        "holds": result.holds,
        "duration_s": round(result.duration_s, 1),
        "outcome": {"true": judged.outcome_true, "told": judged.outcome_told},
        "verdicts": judged.n_verdicts,
        "false_verdicts": judged.n_of(*FALSE_VERDICTS),
        "missing_verdicts": judged.n_of(*MISSING),
        "sweeps_to_loss": list(judged.loss_delays),
        "sweeps_to_return": list(judged.return_delays),
        "indeterminate": [
            {
                "muscle": span.muscle,
                "start_s": round(span.start_s, 3),
                "end_s": round(span.end_s, 3),
                "expected": list(span.expected),
                "told": list(span.told),
                "stimuli_to_start": span.stimuli_to_start,
                "stimuli_to_end": span.stimuli_to_end,
            }
            for span in judged.spans
        ],
        "delay_ms": {
            "stimulus_to_event": quantiles(result.delays.stimulus_to_event),
            "whole_sweep_to_event": quantiles(result.delays.whole_to_event),
            "stimulus_to_sweep": quantiles(result.delays.stimulus_to_sweep),
            "whole_sweep_to_sweep": quantiles(result.delays.whole_to_sweep),
            "n_events": len(result.delays.stimulus_to_event),
            "n_sweeps": len(result.delays.stimulus_to_sweep),
        },
        "events": {
            "at_client": result.n_events,
            "in_journal": result.n_events_kept,
            "lost": judged.n_of(FaultKind.EVENT_LOST) > 0,
        },
        "sweeps": {
            "judged": judged.n_sweeps,
            "at_client": result.n_sweeps_seen,
            "with_missing_samples": judged.n_of(FaultKind.SWEEP_WITH_GAP),
        },
        "room": {"sounds": judged.n_sounds, "spoken": judged.n_spoken},
        "daemon": {
            "processor_percent_of_a_core": round(result.resources.processor_percent, 1),
            "memory_mib": round(result.resources.most_memory_mib, 1),
            "memory_grown_mib": round(result.resources.grown_mib, 1),
        },
        "simulator_late_ms": result.simulator_late_ms,
        "faults": [
            {"kind": fault.kind, "time_s": fault.time_s, "words": fault.words}
            for fault in judged.faults
        ],
        "told": [json.loads(entry_to_json(entry)) for entry in result.entries],
    }


def as_table(result: HilResult) -> str:
    """Return a run as lines for a terminal: what was found, what is allowed, and the answer."""
    judged = result.judgement
    rows = [
        ("outcome, true", judged.outcome_true, ""),
        ("outcome, told", judged.outcome_told or "none", ""),
        ("verdicts", f"{judged.n_verdicts} told", ""),
        ("  false", judged.n_of(*FALSE_VERDICTS), "0"),
        ("  missing", judged.n_of(*MISSING), "0"),
        ("sweeps to a loss", _listed(judged.loss_delays), ""),
        ("sweeps to a return", _listed(judged.return_delays), ""),
        ("indeterminate stretches", len(judged.spans), ""),
        ("  not as they should be", judged.n_of(*LATE_SPANS), "0"),
        ("  stimuli to the start", _reached(judged.spans, "stimuli_to_start"), f"{STARTS_WITHIN}"),
        ("  stimuli to the end", _reached(judged.spans, "stimuli_to_end"), f"{ENDS_WITHIN}"),
        ("events", f"{result.n_events} at the client, {result.n_events_kept} kept", "the same"),
        ("sweeps", f"{judged.n_sweeps} judged, {result.n_sweeps_seen} at the client", ""),
        ("  with missing samples", judged.n_of(FaultKind.SWEEP_WITH_GAP), "0"),
        ("stimulus to event, ms", _quantiles(result.delays.stimulus_to_event), ""),
        ("  of it the chain itself", _quantiles(result.delays.whole_to_event), ""),
        ("stimulus to sweep, ms", _quantiles(result.delays.stimulus_to_sweep), ""),
        ("  of it the chain itself", _quantiles(result.delays.whole_to_sweep), ""),
        ("sounds", judged.n_sounds, f"{MOST_SOUNDS_AN_HOUR} an hour"),
        ("spoken changes", judged.n_spoken, f"{MOST_SPOKEN_A_CASE}"),
        ("daemon, processor", f"{result.resources.processor_percent:.0f} % of a core", ""),
        ("daemon, memory", f"{result.resources.most_memory_mib:.0f} MiB", ""),
    ]
    lines = [f"{result.scenario}, {result.duration_s / 60:.1f} min"]
    lines += [
        f"  {name:<{NAME_COLUMNS}}{found}{f'   (bound: {bound})' if bound else ''}"
        for name, found, bound in rows
    ]
    lines += [f"  BROKEN {_fault(fault.time_s)}{fault.words}" for fault in judged.faults]
    lines.append("holds" if result.holds else f"does not hold: {len(judged.faults)} broken")
    return "\n".join(lines)


def _fault(time_s: float | None) -> str:
    return "" if time_s is None else f"at {time_s:.1f} s: "


def _listed(numbers: tuple[int, ...]) -> str:
    return ", ".join(map(str, numbers)) or "-"


def _reached(spans: tuple[SpanJudgement, ...], name: str) -> str:
    found = [n for span in spans if (n := getattr(span, name)) is not None]
    return f"{median(found):g} (median), {max(found)} (most)" if found else "-"


def _quantiles(values: tuple[float, ...]) -> str:
    found = quantiles(values)
    told = ", ".join(f"{name} {ms:g}" for name, ms in found.items())
    return f"{told}  (n = {len(values)})" if found else "-"
