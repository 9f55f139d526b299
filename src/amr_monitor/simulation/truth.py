"""The truth of a simulated surgery, stimulus by stimulus, and what it makes of the case."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from amr_monitor.model.case import LEAD_MUSCLES, Muscle, Outcome
from amr_monitor.model.stimulation import StimulusClass
from amr_monitor.simulation.confounders import (
    Anaesthesia,
    Bolus,
    Cautery,
    Drill,
    ElectrodePop,
    Irrigation,
    LeadElectrodeOff,
    MainsRise,
    ResponseChange,
)
from amr_monitor.simulation.faults import PlacedFault
from amr_monitor.simulation.potentials import Array
from amr_monitor.simulation.response import BoolArray, MuscleResponses
from amr_monitor.simulation.stream import InvalidSamples
from amr_monitor.simulation.surgery import Surgery
from amr_monitor.simulation.timeline import TimedMark, Timeline
from amr_monitor.simulation.transport import draw_transport

SWEEP_REACH_S = (-0.075, 0.08)
"""What lies in this stretch around a stimulus disturbs its sweep."""

WHOLE_SWEEP_S = (-0.5, 0.1)
"""A sweep that misses a sample in this stretch is none."""

FOREIGN_REACH_S = (-0.1, 0.1)
AFTER_TETANUS_S = 30.0
CAUTERY_HOLD_S = 1.0
LOWEST_CURRENT = 0.98
HIGHEST_CURRENT = 1.02
RELAXED = 0.7
"""Below this share of its M wave a silence proves nothing, a response does."""

UNUSABLE_M = 0.5
"""Below this share of its M wave a stimulus proves nothing at all."""

HIGHEST_MAC_SHARE = 0.95
"""Above this share of the AMR the anaesthesia is not told as a confounder."""

LOUD_MAINS_UV = 30.0

CONFOUNDERS = (
    "stimulus_lost",
    "lead_electrode_off",
    "cautery",
    "drill",
    "neurotonic",
    "electrode_pop",
    "foreign_stimulus",
    "after_tetanus",
    "below_reference",
    "above_reference",
    "relaxant",
    "slow_anaesthesia",
    "mains",
    "silent_run",
    "afterdischarge",
    "f_wave",
    "gap",
    "invalid_samples",
    "irrigation",
    "bolus",
    "electrode_drift",
    "response_change",
    "polarity_changed",
    "blink_reflex",
    "current_spread",
    "late_wave_conducted",
    "current_untold",
)
"""Names in the truth, in the order in which they are told."""

NO_EVIDENCE = frozenset(
    {
        "stimulus_lost",
        "lead_electrode_off",
        "cautery",
        "drill",
        "neurotonic",
        "foreign_stimulus",
        "after_tetanus",
        "below_reference",
        "gap",
        "invalid_samples",
    }
)
"""Those that make a sweep worthless whatever it shows."""

BLOCK_SWEEPS = 60
SEEN_TOLERANCE_UV = 5.0
RETURN_SWEEPS = 10
ATTENUATED_GAIN = 0.4


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class MuscleTruth:
    """One muscle at every AMR stimulus.

    Attributes
    ----------
    muscle : Muscle
    gain : ndarray of float64, shape (n_sweeps,)
        What the AMR is capable of, 1 at first: 0 is truly gone.
    amplitude_uv : ndarray of float64, shape (n_sweeps,)
        Peak to peak of the AMR in this sweep without noise; 0 where it did not fire.
    onset_ms : ndarray of float64, shape (n_sweeps,)
        NaN where it did not fire.
    confounders : tuple of tuple of str
        Of `CONFOUNDERS`, one tuple a sweep.
    usable : ndarray of bool, shape (n_sweeps,)
        The sweep can be evidence.
    """

    muscle: Muscle
    gain: Array
    amplitude_uv: Array
    onset_ms: Array
    confounders: tuple[tuple[str, ...], ...]
    usable: BoolArray

    @property
    def present(self) -> BoolArray:
        """The AMR was there in this sweep."""
        return self.amplitude_uv > 0.0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Truth:
    """Everything that was true of one surgery.

    Attributes
    ----------
    time_s : ndarray of float64, shape (n_sweeps,)
        Of the AMR stimuli.
    current_ma : ndarray of float64, shape (n_sweeps,)
    delivered : ndarray of bool, shape (n_sweeps,)
        The current reached the nerve.
    muscles : tuple of MuscleTruth
    lead : Muscle
        The muscle that the case is judged on.
    outcome : Outcome
        By the table of the monitor's documentation, from the truth alone.
    tags : tuple of str
    phase_known : bool
    """

    time_s: Array
    current_ma: Array
    delivered: BoolArray
    muscles: tuple[MuscleTruth, ...]
    lead: Muscle
    outcome: Outcome
    tags: tuple[str, ...]
    phase_known: bool

    def of(self, muscle: Muscle) -> MuscleTruth:
        """Return the truth of one muscle."""
        return next(truth for truth in self.muscles if truth.muscle is muscle)


def truth_of(
    surgery: Surgery,
    *,
    marks: tuple[TimedMark, ...] | None = None,
    holes_s: tuple[tuple[float, float], ...] | None = None,
) -> Truth:
    """Return the truth of a surgery, as far as a recording of it can show.

    Parameters
    ----------
    surgery : Surgery
    marks : tuple of TimedMark or None
        Those that the recording carries; None for those that arrive.
    holes_s : tuple of (float, float) or None
        Stretches that were not recorded; None for those that the stream loses.
    """
    transport = draw_transport(surgery)
    if marks is None:
        marks = transport.kept_marks(surgery.marks)
    if holes_s is None:
        holes_s = transport.breaks_s
    sweeps = np.flatnonzero(surgery.pulses.are(StimulusClass.AMR))
    time_s = surgery.pulses.time_s[sweeps]
    in_hole = _near(time_s, list(holes_s), WHOLE_SWEEP_S)
    muscles = tuple(
        _muscle_truth(surgery, k, sweeps, in_hole) for k in range(len(surgery.responses))
    )
    recorded = [truth.muscle for truth in muscles]
    leads = [muscle for muscle in LEAD_MUSCLES[surgery.scenario.branch] if muscle in recorded]
    elicited = [m for m in leads if muscles[recorded.index(m)].gain[:1].any()]
    others = [m for m in recorded if muscles[recorded.index(m)].gain[:1].any()]
    lead = (elicited or ([] if leads else others) or leads or recorded)[0]
    outcome, tags, phase_known = expected_outcome(muscles[recorded.index(lead)], time_s, marks)
    return Truth(
        time_s=time_s,
        current_ma=surgery.pulses.current_ma[sweeps],
        delivered=surgery.shared.reached[sweeps],
        muscles=muscles,
        lead=lead,
        outcome=outcome,
        tags=tags,
        phase_known=phase_known,
    )


def expected_outcome(
    lead: MuscleTruth, time_s: Array, marks: tuple[TimedMark, ...]
) -> tuple[Outcome, tuple[str, ...], bool]:
    """Return outcome and tags of the case, and whether its phases are known.

    The judgement block is the last 60 usable sweeps after the last
    `decompression complete` and before `dura closed`; without any mark of
    decompression, the last 60 of all.
    """
    started_s = [
        mark.time_s
        for mark in marks
        if mark.text.startswith(("decompression started", "vessel moved"))
    ]
    complete_s = _last(marks, "decompression complete")
    if complete_s is not None and (_last(marks, "re exploration") or -1.0) > complete_s:
        complete_s = None
    closed_s = _last(marks, "dura closed")
    phase_known = bool(started_s)
    in_block = lead.usable.copy()
    if phase_known:
        in_block &= time_s >= (np.inf if complete_s is None else complete_s)
        in_block &= time_s < (np.inf if closed_s is None else closed_s)
    block = np.flatnonzero(in_block)[-BLOCK_SWEEPS:]
    first_s = min(started_s, default=0.0)
    if not lead.gain[:1].any():
        return Outcome.NOT_ELICITED, (), phase_known
    if block.size < BLOCK_SWEEPS:
        return Outcome.INDETERMINATE, (), phase_known
    seen = lead.present & lead.usable & (lead.amplitude_uv >= SEEN_TOLERANCE_UV)
    absent_at_start = not lead.gain[time_s < first_s][-1:].any() if phase_known else False
    if seen[block].any():
        return (
            Outcome.PERSISTENT,
            _persistent_tags(lead, block, absent_at_start=absent_at_start),
            phase_known,
        )
    if (seen & (time_s >= first_s)).any():
        tags = ("early_loss_returned",) if absent_at_start else ()
        return Outcome.DISAPPEARED, tags, phase_known
    return (
        Outcome.DISAPPEARED_BEFORE_DECOMPRESSION,
        (_early_tag(lead, time_s, marks),),
        phase_known,
    )


def _persistent_tags(
    lead: MuscleTruth, block: npt.NDArray[np.int64], *, absent_at_start: bool
) -> tuple[str, ...]:
    tags = []
    gone = np.convolve(lead.gain == 0.0, np.ones(RETURN_SWEEPS), mode="valid") >= RETURN_SWEEPS
    if gone.any():
        tags.append("returned")
    if absent_at_start:
        tags.append("early_loss")
    if float(np.mean(lead.gain[block])) < ATTENUATED_GAIN:
        tags.append("attenuated")
    return tuple(tags)


def _early_tag(lead: MuscleTruth, time_s: Array, marks: tuple[TimedMark, ...]) -> str:
    lost_s = time_s[np.flatnonzero(lead.gain > 0.0)[-1]]
    csf_s, dura_s = _last(marks, "csf drained"), _last(marks, "dura opened")
    if csf_s is not None and lost_s >= csf_s:
        return "csf"
    return "dura" if dura_s is not None and lost_s >= dura_s else "unknown"


def _last(marks: tuple[TimedMark, ...], said: str) -> float | None:
    times = [mark.time_s for mark in marks if mark.text.lower().startswith(said)]
    return max(times, default=None)


def _muscle_truth(
    surgery: Surgery, k: int, sweeps: npt.NDArray[np.int64], in_hole: BoolArray
) -> MuscleTruth:
    responses, traits = surgery.responses[k], surgery.patient.muscles[k]
    time_s = surgery.pulses.time_s[sweeps]
    flags = _confounders(surgery, responses, traits.muscle, sweeps)
    flags |= _rarer_confounders(surgery, k, sweeps)
    flags["gap"] = in_hole
    loud_uv = traits.mains_uv + sum(
        placed.values["amplitude_uv"] * placed.covers(time_s)
        for placed, _ in surgery.faults.of(MainsRise)
    )
    flags["mains"] = np.broadcast_to(loud_uv, time_s.shape) > LOUD_MAINS_UV
    usable = ~np.any([flags[name] for name in NO_EVIDENCE], axis=0)
    usable &= surgery.shared.m_factor[sweeps] >= UNUSABLE_M
    names = np.array(CONFOUNDERS)
    table = np.array([flags[name] for name in CONFOUNDERS])
    return MuscleTruth(
        muscle=traits.muscle,
        gain=responses.amr_gain[sweeps],
        amplitude_uv=responses.amr_amplitude_uv[sweeps],
        onset_ms=responses.amr_onset_ms[sweeps],
        confounders=tuple(tuple(names[column].tolist()) for column in table.T),
        usable=usable,
    )


def _confounders(
    surgery: Surgery, responses: MuscleResponses, muscle: Muscle, sweeps: npt.NDArray[np.int64]
) -> dict[str, BoolArray]:
    faults, pulses, shared = surgery.faults, surgery.pulses, surgery.shared
    time_s = pulses.time_s[sweeps]
    foreign_s = pulses.time_s[~pulses.are(StimulusClass.AMR, StimulusClass.TETANUS)]
    tetanus_s = pulses.time_s[pulses.are(StimulusClass.TETANUS)]
    factor = faults.current_factor(time_s, told=True)
    electrode = [(p, f) for p, f in faults.of(LeadElectrodeOff) if f.muscle is muscle]
    pops = [(p, f) for p, f in faults.of(ElectrodePop) if f.muscle is muscle]
    neurotonic_s = faults.neurotonic_train(muscle, surgery.streams).time_s
    mac = faults.excitability(time_s, surgery.timeline)
    return {
        "stimulus_lost": ~shared.reached[sweeps],
        "lead_electrode_off": _near(time_s, [(p.start_s, p.end_s) for p, _ in electrode]),
        "cautery": _near(
            time_s,
            [
                (p.start_s, p.end_s + p.values["recovery_s"] + CAUTERY_HOLD_S)
                for p, _ in faults.of(Cautery)
            ],
        ),
        "drill": _near(time_s, [(p.start_s, p.end_s) for p, _ in faults.of(Drill)]),
        "neurotonic": _holds_any(time_s, neurotonic_s, SWEEP_REACH_S),
        "electrode_pop": _near(time_s, [(p.start_s, p.start_s + 0.5) for p, _ in pops]),
        "foreign_stimulus": _holds_any(time_s, foreign_s, FOREIGN_REACH_S),
        "after_tetanus": _holds_any(time_s, tetanus_s, (-AFTER_TETANUS_S, 0.5)),
        "below_reference": factor < LOWEST_CURRENT,
        "above_reference": factor > HIGHEST_CURRENT,
        "relaxant": shared.unblocked[sweeps] < RELAXED,
        "slow_anaesthesia": mac < HIGHEST_MAC_SHARE
        if faults.of(Anaesthesia)
        else np.zeros(time_s.size, dtype=bool),
        "silent_run": shared.silent[sweeps],
        "afterdischarge": responses.afterdischarges[sweeps],
        "f_wave": responses.has_f_wave[sweeps],
    }


def _rarer_confounders(
    surgery: Surgery, k: int, sweeps: npt.NDArray[np.int64]
) -> dict[str, BoolArray]:
    faults, timeline = surgery.faults, surgery.timeline
    look_alike, muscle = surgery.look_alikes[k], surgery.patient.muscles[k].muscle
    time_s = surgery.pulses.time_s[sweeps]
    return {
        "invalid_samples": _near(
            time_s,
            [
                (p.start_s, p.end_s)
                for p, f in faults.of(InvalidSamples)
                if f.muscle in (None, muscle)
            ],
            WHOLE_SWEEP_S,
        ),
        "irrigation": _near(
            time_s,
            [(p.start_s, p.end_s + p.values["recovery_s"]) for p, _ in faults.of(Irrigation)],
        ),
        "bolus": _near(
            time_s,
            [(p.start_s, p.start_s + _bolus_s(p, timeline)) for p, _ in faults.of(Bolus)],
        ),
        "electrode_drift": faults.signal_share(muscle, time_s, timeline) < 1.0,
        "response_change": _near(
            time_s, [(p.start_s, p.end_s) for p, _ in faults.of(ResponseChange)]
        ),
        "polarity_changed": faults.polarity(time_s) < 0.0,
        "current_untold": surgery.pulses.current_factor[sweeps]
        != faults.current_factor(time_s, told=True),
        "blink_reflex": look_alike.blinks[sweeps],
        "current_spread": look_alike.spreads[sweeps],
        "late_wave_conducted": look_alike.conducted[sweeps],
    }


def _bolus_s(bolus: PlacedFault, timeline: Timeline) -> float:
    minutes = bolus.values["onset_minutes"] + bolus.values["recovery_minutes"]
    return timeline.shortened_s(minutes, least_s=75.0)


def _near(
    time_s: Array,
    stretches_s: list[tuple[float, float]],
    reach_s: tuple[float, float] = SWEEP_REACH_S,
) -> BoolArray:
    """Return which sweeps a stretch touches."""
    touched = np.zeros(time_s.size, dtype=bool)
    for start_s, end_s in stretches_s:
        touched |= (time_s + reach_s[1] > start_s) & (time_s + reach_s[0] < end_s)
    return touched


def _holds_any(time_s: Array, others_s: Array, reach_s: tuple[float, float]) -> BoolArray:
    """Return which sweeps hold any of the moments `others_s`, which are sorted."""
    low = np.searchsorted(others_s, time_s + reach_s[0])
    high = np.searchsorted(others_s, time_s + reach_s[1])
    holds: BoolArray = high > low
    return holds
