"""Who is learning what: the first reference, a new epoch, a response not yet seen."""

from collections import deque
from enum import StrEnum

from amr_monitor.dsp.conditioning import SweepGeometry
from amr_monitor.model.case import CaseInfo, Muscle
from amr_monitor.model.context import BaselineConditions
from amr_monitor.model.errors import CommandRefused
from amr_monitor.model.events import MuscleBaseline
from amr_monitor.model.signal import Montage
from amr_monitor.model.status import BaselineStatus
from amr_monitor.monitor.baseline import BaselineCollector, BaselineSweep, Reference
from amr_monitor.monitor.baseline_conditions import conditions_in_words
from amr_monitor.monitor.context import ContextLog
from amr_monitor.monitor.evidence import AnalysedSweep
from amr_monitor.monitor.settings import MonitorSettings

PROGRESS_STEP = 10
WATCH_STEP = 20


class Purpose(StrEnum):
    """What the sweeps are gathered for."""

    REFERENCE = "reference"
    EPOCH = "epoch"
    FIRST_RESPONSE = "first_response"


class BaselineDesk:
    """Gather sweeps for a reference and say when there is one.

    Parameters
    ----------
    info : CaseInfo
    montage : Montage
    geometry : SweepGeometry
    settings : MonitorSettings
    leads : tuple of Muscle
    context : ContextLog
    """

    def __init__(
        self,
        *,
        info: CaseInfo,
        montage: Montage,
        geometry: SweepGeometry,
        settings: MonitorSettings,
        leads: tuple[Muscle, ...],
        context: ContextLog,
    ) -> None:
        self._info = info
        self._montage = montage
        self._geometry = geometry
        self._settings = settings
        self._leads = leads
        self._context = context
        self._newest_s = 0.0
        self._purpose: Purpose | None = None
        self._collector = self._empty()
        self._was_acceptable = False
        self._n_pushed = 0
        self._n_told = 0
        self.kept_recently: deque[bool] = deque(maxlen=10)
        self._auto = settings.baseline.auto_accept
        self._by = "monitor"
        self.epoch = 0
        self.begin(Purpose.REFERENCE)

    def _empty(self) -> BaselineCollector:
        return BaselineCollector(
            montage=self._montage,
            branch=self._info.branch,
            geometry=self._geometry,
            settings=self._settings,
        )

    def begin(self, purpose: Purpose) -> None:
        """Start to gather, from nothing."""
        self._purpose = purpose
        self._collector = self._empty()
        self._was_acceptable = False
        self._n_pushed = 0
        self._n_told = 0

    def stop(self) -> None:
        """Gather no more."""
        self._purpose = None

    @property
    def purpose(self) -> Purpose | None:
        """What is being gathered for; None for nothing."""
        return self._purpose

    @property
    def n_valid(self) -> int:
        """Sweeps gathered so far."""
        return self._collector.n_valid

    @property
    def hints(self) -> tuple[str, ...]:
        """What a person should know before accepting."""
        if not self.n_valid:
            return ()
        words = conditions_in_words(self.conditions, self._settings.baseline)
        return self._collector.hints + words

    @property
    def conditions(self) -> BaselineConditions:
        """What is known of room and M wave."""
        return self._collector.conditions(self._context.tof_in_words(self._newest_s))

    @property
    def accepted_by(self) -> str:
        """In whose name a reference is taken without a command."""
        return self._by

    def accept_when_ready(self, *, by: str) -> bool:
        """Accept as soon as there is enough: a person did so in the recording.

        Returns
        -------
        bool
            False where nothing waits to be accepted; nothing is changed then.
        """
        if self._purpose is not Purpose.REFERENCE:
            return False
        self._auto = True
        self._by = by
        return True

    def push(self, sweep: AnalysedSweep) -> bool:
        """Take a sweep that nothing outside disqualifies; tell whether it is kept."""
        if self._purpose is None:
            return False
        self._n_pushed += 1
        self._newest_s = sweep.time_s
        kept = self._collector.push(
            BaselineSweep(time_s=sweep.time_s, sweep=sweep.conditioned, figures=sweep.figures),
            current_ma=sweep.stimulus.current_ma,
            polarity=sweep.stimulus.polarity,
        )
        self.kept_recently.append(kept)
        return kept

    def is_acceptable(self, *, dura_open: bool) -> bool:
        """Whether there is enough for a reference."""
        return self._purpose is not None and self._collector.is_acceptable(dura_open=dura_open)

    def has_news(self, *, acceptable: bool) -> bool:
        """Whether progress is worth telling: every ten sweeps kept, and the first enough."""
        changed = acceptable is not self._was_acceptable
        grown = self.n_valid % PROGRESS_STEP == 0 and self.n_valid != self._n_told
        if changed or grown:
            self._was_acceptable, self._n_told = acceptable, self.n_valid
        return changed or grown

    def is_due(self, *, dura_open: bool) -> bool:
        """Whether a reference is to be taken now, without a person."""
        if self._purpose is Purpose.REFERENCE:
            return self._auto and self.is_acceptable(dura_open=dura_open)
        enough = self.is_acceptable(dura_open=False)
        if self._purpose is Purpose.FIRST_RESPONSE:
            return enough and self._n_pushed % WATCH_STEP == 0
        return enough

    def require_acceptable(self, *, dura_open: bool) -> None:
        """Refuse a reference that would rest on too little.

        Raises
        ------
        CommandRefused
            There is one already, or too few valid sweeps.
        """
        if self._purpose is not Purpose.REFERENCE:
            raise CommandRefused("a baseline is accepted already; restart it first")
        if not self.is_acceptable(dura_open=dura_open):
            rules = self._settings.baseline
            raise CommandRefused(
                f"the baseline has {self.n_valid} valid sweeps of {rules.needed_sweeps} "
                f"({rules.needed_sweeps_at_dura} once the dura is opened); "
                "go on stimulating at one current"
            )

    def reference(self) -> Reference:
        """Learn from what is gathered; the next epoch."""
        return self._collector.reference(epoch=self.epoch + 1)

    def shows_response(self, reference: Reference) -> bool:
        """Whether a lead muscle has a response in this reference."""
        return any(
            reference.calibrations[muscle].elicited
            for muscle in self._leads
            if muscle in reference.calibrations
        )

    def status(
        self, reference: Reference | None, *, dura_open: bool, muscles: tuple[MuscleBaseline, ...]
    ) -> BaselineStatus:
        """Return how far the reference is, for the screen."""
        learning = self._purpose is Purpose.REFERENCE
        return BaselineStatus(
            epoch=self.epoch,
            accepted=reference is not None,
            acceptable=learning and self.is_acceptable(dura_open=dura_open),
            valid_sweeps=self.n_valid if learning or reference is None else reference.n_sweeps,
            needed_sweeps=self._settings.baseline.needed_sweeps,
            reference_current_ma=None if reference is None else reference.current_ma,
            hints=self.hints if learning else (),
            muscles=muscles,
            conditions=self.conditions if learning else None,
        )
