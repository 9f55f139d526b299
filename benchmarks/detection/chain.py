"""The shipped chain on drawn sweeps: baseline, evidence, states; what it told when."""

from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass

import numpy as np

from amr_monitor.dsp.analysis import ChannelEvidence, SweepWeight, channel_evidence, channel_figures
from amr_monitor.dsp.calibration import MuscleCalibration, calibrate
from amr_monitor.model.case import AmrState, Certainty
from amr_monitor.model.stimulation import Stimulus
from amr_monitor.monitor.changes import IndeterminateChange, StateChange
from amr_monitor.monitor.evidence import (
    AnalysedSweep,
    SweepCircumstances,
    SweepEvidence,
    sweep_evidence,
)
from amr_monitor.monitor.muscle import MuscleTracker
from amr_monitor.monitor.settings import MonitorSettings
from amr_monitor.simulation.potentials import Array
from benchmarks.detection.population import LEAD
from benchmarks.detection.recording import (
    RAIL_UV,
    DrawnSweeps,
    VirtualRecording,
    chosen_sweeps,
)
from benchmarks.detection.responses import UNCHANGED, BoolArray, ShapeChange

BATCH_SWEEPS = 300
PROVISIONAL_OR_BETTER = {Certainty.PROVISIONAL, Certainty.CONFIRMED}
FEWEST_CLEAN_SHARE = 0.5
CIRCUMSTANCES = SweepCircumstances(
    outside=(), relative_current=1.0, challenge_ma=None, relaxant=False, alive_proven=True
)


def learn(
    recording: VirtualRecording, n_sweeps: int, settings: MonitorSettings
) -> MuscleCalibration:
    """Draw sweeps with the full response until so many are clean; learn from them."""
    detector = settings.detector
    drawn = recording.sweeps(np.ones(n_sweeps))
    figures = channel_figures(drawn.conditioned, 0, LEAD, RAIL_UV, recording.geometry, detector)
    flagged = np.any(list(figures.flags.values()), axis=0)
    if flagged.mean() > FEWEST_CLEAN_SHARE:
        raise ValueError("a drawn patient has more flagged than clean sweeps at baseline")
    kept = chosen_sweeps(drawn.conditioned, ~flagged)
    return calibrate(kept, 0, LEAD, recording.geometry, detector)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class JudgedSweeps:
    """Drawn sweeps and what the chain makes of each alone."""

    drawn: DrawnSweeps
    evidence: ChannelEvidence

    @property
    def accepted(self) -> BoolArray:
        """Whether each sweep passes the gates of its own channel."""
        return np.asarray(~np.any(list(self.evidence.figures.flags.values()), axis=0))


def judged(
    recording: VirtualRecording,
    calibration: MuscleCalibration,
    gain: Array,
    settings: MonitorSettings,
    change: ShapeChange = UNCHANGED,
) -> Iterator[JudgedSweeps]:
    """Draw the next sweeps and weigh them, batch by batch."""
    detector = settings.detector
    for first in range(0, gain.size, BATCH_SWEEPS):
        drawn = recording.sweeps(gain[first : first + BATCH_SWEEPS], change)
        figures = channel_figures(drawn.conditioned, 0, LEAD, RAIL_UV, recording.geometry, detector)
        yield JudgedSweeps(
            drawn=drawn,
            evidence=channel_evidence(
                drawn.conditioned, figures, calibration, drawn.m_fraction, detector
            ),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A change that was told after a sweep.

    Attributes
    ----------
    sweep : int
        0 for the first that the tracker took.
    change : StateChange or IndeterminateChange
    """

    sweep: int
    change: StateChange | IndeterminateChange


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Course:
    """What the tracker held after each of some sweeps; all of shape (n_sweeps,)."""

    accepted: BoolArray
    probability_present: Array
    log_odds_absent: Array
    upper_bound_uv: Array
    amplitude_uv: Array
    lost: BoolArray


class Watch:
    """One muscle followed from its baseline on.

    Parameters
    ----------
    calibration : MuscleCalibration
    settings : MonitorSettings
    """

    def __init__(self, calibration: MuscleCalibration, settings: MonitorSettings) -> None:
        self._settings = settings
        self.told: list[Told] = []
        self.n_sweeps = 0
        self.vessel_moved_s: float | None = None
        self.tracker = MuscleTracker(
            muscle=LEAD, calibration=calibration, settings=settings, time_s=0.0
        )
        self.tracker.begin()

    @property
    def is_watching(self) -> bool:
        """Whether the baseline showed a response at all."""
        return self.tracker.state is not AmrState.NOT_ELICITED

    def push(self, judged_sweeps: JudgedSweeps) -> Course:
        """Take sweeps, one a second, and return what was held after each."""
        weights, drawn = judged_sweeps.evidence.sweeps(), judged_sweeps.drawn
        n = len(drawn)
        columns = np.zeros((4, n))
        flags = np.zeros((2, n), dtype=bool)
        tracker = self.tracker
        for row in range(n):
            sweep = self._evidence(weights[row], drawn, row)
            for change in tracker.push(sweep, vessel_moved_s=self.vessel_moved_s):
                if isinstance(change, StateChange | IndeterminateChange):
                    self.told.append(Told(sweep=self.n_sweeps, change=change))
            self.n_sweeps += 1
            scale = tracker.scale
            columns[:, row] = (
                scale.loss.probability_present,
                scale.log_odds_absent,
                scale.amplitude_upper_bound_uv,
                scale.amplitude_uv,
            )
            flags[:, row] = sweep.accepted, tracker.is_lost
        return Course(
            accepted=flags[0],
            probability_present=columns[0],
            log_odds_absent=columns[1],
            upper_bound_uv=columns[2],
            amplitude_uv=columns[3],
            lost=flags[1],
        )

    def _evidence(self, weight: SweepWeight, drawn: DrawnSweeps, row: int) -> SweepEvidence:
        time_s = float(self.n_sweeps + 1)
        analysed = AnalysedSweep(
            stimulus=Stimulus(sample_index=round(time_s * 10_000.0)),
            time_s=time_s,
            conditioned=drawn.conditioned,
            figures=(weight.figures,),
            evidence={LEAD: weight},
            m_fraction=float(drawn.m_fraction[row]),
        )
        return sweep_evidence(analysed, LEAD, CIRCUMSTANCES, self._settings.detector.gates)

    def branched(self) -> "Watch":
        """Return a watch that goes on from here by itself."""
        shared = {id(part): part for part in (self.tracker.calibration, self._settings)}
        return deepcopy(self, shared)

    def first(self, state: AmrState, certainty: Certainty, *, since: int = 0) -> int | None:
        """Return the sweep after which a change to a state was first told.

        One that was confirmed at once counts as provisional too; a provisional
        change that is withdrawn is none to the state that it goes back to.
        """
        enough = PROVISIONAL_OR_BETTER if certainty is Certainty.PROVISIONAL else {certainty}
        for told in self.told:
            change = told.change
            if told.sweep < since or not isinstance(change, StateChange):
                continue
            came = change.to_state is state and change.from_state is not state
            if change.certainty is Certainty.SUSTAINED:
                came = change.to_state is state
            if came and change.certainty in enough:
                return told.sweep
        return None
