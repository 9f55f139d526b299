"""When a monitor must say that it cannot know, and for which reasons.

Only what leaves no doubt is listed: a judge may ask for each of these spans.
Disturbances that a monitor may or may not see through (hum, a weak drill,
bursts of EMG) stand in the truth of each sweep as confounders, and not here.
"""

from dataclasses import dataclass

import numpy as np

from amr_monitor.model.case import Muscle, Reason
from amr_monitor.model.stimulation import StimulusClass
from amr_monitor.simulation.confounders import (
    Cautery,
    CurrentChanged,
    Drill,
    ForeignStimuli,
    LeadElectrodeOff,
    Relaxant,
    ResidualRelaxant,
    StimulusLost,
    Tetanus,
)
from amr_monitor.simulation.faults import PlacedFault
from amr_monitor.simulation.stream import InvalidSamples
from amr_monitor.simulation.surgery import Surgery

NO_STIMULUS = (
    Reason.STIMULUS_FAILED,
    Reason.M_WAVE_MISSING,
    Reason.ARTIFACT_MISSING,
    Reason.M_WAVE_LOW,
)
NO_ELECTRODE = (
    Reason.LEAD_CHANNEL_CHANGED,
    Reason.LEAD_CHANNEL_UNPROVEN,
    Reason.ARTIFACT_MISSING,
    Reason.FLAT,
    Reason.QUIET,
    Reason.NOISY,
    Reason.MAINS,
    Reason.SATURATED,
)
INTERFERED = (Reason.INTERFERENCE, Reason.SATURATED, Reason.NOISY, Reason.RECOVERY)
CROWDED = (Reason.OTHER_STIMULUS, Reason.AFTER_TETANUS)
LOWERED = (Reason.BELOW_REFERENCE,)
RELAXED = (Reason.RELAXANT, Reason.M_WAVE_LOW, Reason.M_WAVE_MISSING, Reason.STIMULUS_FAILED)
INVALID = (Reason.NOT_A_NUMBER,)

AFTER_TETANUS_S = 30.0
LOUD_OVER_NOISE = 6.0
"""A drill of so many times the noise, RMS on every channel, hides any AMR."""

LOOKS = 200
"""Moments of a drill at which its loudness is looked at."""

CROWDING_HZ = 8.0
"""Stimuli from this rate on leave no sweep without one."""

LOWEST_KNOWN_M = 0.45
CLEAR_M = 0.7
"""Below the first share of the M wave nobody can know; between both a monitor may."""

HOLD_S = 2.0
"""After cautery or a drill a monitor may hold back for so long: amplifiers recover."""

RECOVERY_TAUS = 3.0
"""The last two thirds of an amplifier's recovery may be small enough to see through."""

LARGEST_UNKNOWN_CURRENT = 0.9
SWEEP_BEFORE_S = 0.5
GRID_S = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Expectation:
    """A span in which a monitor cannot know.

    Attributes
    ----------
    muscle : Muscle
    start_s, end_s : float
    clear_s : float
        From here on nothing is in the way of knowing; before that a monitor may
        still hold back.
    reasons : tuple of Reason
        Any of them is right.
    """

    muscle: Muscle
    start_s: float
    end_s: float
    clear_s: float
    reasons: tuple[Reason, ...]


def expected_indeterminate(surgery: Surgery) -> tuple[Expectation, ...]:
    """Return every span in which a monitor must say that it cannot know, in order."""
    spans: list[Expectation] = []
    for traits in surgery.patient.muscles:
        muscle = traits.muscle
        if not surgery.scenario.trajectory(muscle).elicited:
            # Of a muscle that never answered nothing is told that could be held back.
            continue
        for start_s, end_s, reasons in _spans(surgery, muscle):
            end_s = min(end_s, surgery.duration_s)
            if end_s > start_s:
                spans.append(
                    Expectation(
                        muscle=muscle,
                        start_s=start_s,
                        end_s=end_s,
                        clear_s=_clear_s(surgery, end_s, reasons),
                        reasons=reasons,
                    )
                )
    return tuple(sorted(spans, key=lambda span: (span.start_s, span.muscle)))


def _clear_s(surgery: Surgery, end_s: float, reasons: tuple[Reason, ...]) -> float:
    """Return from when on nothing is in the way of knowing."""
    if reasons is INTERFERED:
        return min(end_s + HOLD_S, surgery.duration_s)
    if Reason.NOT_A_NUMBER in reasons:
        # A sweep begins before its stimulus.
        return min(end_s + SWEEP_BEFORE_S, surgery.duration_s)
    if reasons is RELAXED:
        time_s = np.arange(end_s, surgery.duration_s, GRID_S)
        clear = surgery.faults.unblocked(time_s, surgery.timeline) >= CLEAR_M
        return float(time_s[int(clear.argmax())]) if clear.any() else surgery.duration_s
    return end_s


Span = tuple[float, float, tuple[Reason, ...]]


def _spans(surgery: Surgery, muscle: Muscle) -> list[Span]:
    faults = surgery.faults
    spans: list[Span] = [(p.start_s, p.end_s, NO_STIMULUS) for p, _ in faults.of(StimulusLost)]
    direct = [traits.muscle for traits in surgery.patient.muscles if traits.is_direct]
    for placed, off in faults.of(LeadElectrodeOff):
        if off.muscle is muscle:
            spans.append((placed.start_s, placed.end_s, NO_ELECTRODE + NO_STIMULUS))
        elif off.muscle in direct:
            # Without its M wave nobody knows whether the stimulus reached the nerve.
            spans.append((placed.start_s, placed.end_s, NO_STIMULUS))
    for placed, invalid in faults.of(InvalidSamples):
        if invalid.muscle in (None, muscle):
            spans.append((placed.start_s, placed.end_s, INVALID + NO_STIMULUS))
        elif invalid.muscle in direct:
            spans.append((placed.start_s, placed.end_s, INVALID + NO_STIMULUS))
    spans += [
        (p.start_s, p.end_s + p.values["recovery_s"] / RECOVERY_TAUS, INTERFERED)
        for p, _ in faults.of(Cautery)
    ]
    spans += [
        (p.start_s, p.end_s, INTERFERED)
        for p, _ in faults.of(Drill)
        if _is_loud_everywhere(surgery, p)
    ]
    spans += [
        (p.start_s, p.end_s, CROWDED)
        for p, foreign in faults.of(ForeignStimuli)
        # A click in the ear reaches no electrode.
        if foreign.stimulus_class is not StimulusClass.BAEP_CLICK
        and p.values["rate_hz"] >= CROWDING_HZ
    ]
    spans += [(p.start_s, p.end_s + AFTER_TETANUS_S, CROWDED) for p, _ in faults.of(Tetanus)]
    spans += [
        (p.start_s, p.end_s, LOWERED)
        for p, changed in faults.of(CurrentChanged)
        if changed.told and p.values["factor"] < LARGEST_UNKNOWN_CURRENT
    ]
    return spans + _relaxed(surgery)


def _is_loud_everywhere(surgery: Surgery, drill: PlacedFault) -> bool:
    """Return whether what the drill brings through the amplifier is loud in every channel."""
    # Odd steps, so that no line of the drill stands still in them.
    time_s = drill.start_s + (drill.end_s - drill.start_s) * np.linspace(0.01, 0.99, LOOKS) ** 1.01
    return all(
        float(np.sqrt(np.mean(np.square(interference.drill_uv(drill, time_s)))))
        > LOUD_OVER_NOISE * traits.noise_uv
        for interference, traits in zip(surgery.interferences, surgery.patient.muscles, strict=True)
    )


def _relaxed(surgery: Surgery) -> list[Span]:
    """Return where a relaxant leaves too little of the M wave."""
    if not surgery.faults.of(Relaxant) and not surgery.faults.of(ResidualRelaxant):
        return []
    time_s = np.arange(0.0, surgery.duration_s, GRID_S)
    low = surgery.faults.unblocked(time_s, surgery.timeline) < LOWEST_KNOWN_M
    edges = np.flatnonzero(np.diff(np.concatenate([[False], low, [False]]).astype(np.int64)))
    return [
        (float(time_s[first]), float(time_s[last - 1]) + GRID_S, RELAXED)
        for first, last in zip(edges[::2], edges[1::2], strict=True)
    ]
