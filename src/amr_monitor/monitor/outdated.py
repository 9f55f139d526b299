"""An M wave that has grown since the baseline: what is compared with it is compared wrongly."""

from collections import deque
from statistics import median

from amr_monitor.model.events import AlarmPriority, Event
from amr_monitor.monitor.alarms import AlarmDesk, AlarmKind
from amr_monitor.monitor.evidence import DROWNS_M_WAVE, AnalysedSweep
from amr_monitor.monitor.settings import MonitorSettings

ALARM_ID = "baseline_outdated"
WATCHED_SWEEPS = 20
BACK_SHARE = 0.95
"""It counts as back a little below the bound at which it was told."""


class OutdatedWatch:
    """Watch the M wave of the direct muscle over the last sweeps that can show it.

    A relaxant that wore off since the baseline, or a stimulating electrode that
    sits better now: a response that is lost would then look larger than it is.

    Parameters
    ----------
    settings : MonitorSettings
    alarms : AlarmDesk
    """

    def __init__(self, *, settings: MonitorSettings, alarms: AlarmDesk) -> None:
        self._gates = settings.detector.gates
        self._alarms = alarms
        self._recent: deque[float] = deque(maxlen=WATCHED_SWEEPS)
        self.is_outdated = False

    def restart(self, sample_index: int, time_s: float) -> list[Event]:
        """Forget what was seen: another baseline stands, or none."""
        self._recent.clear()
        self.is_outdated = False
        return self._alarms.over(ALARM_ID, sample_index, time_s)

    def push(self, sweep: AnalysedSweep, *, counts: bool) -> list[Event]:
        """Take a sweep.

        Parameters
        ----------
        sweep : AnalysedSweep
        counts : bool
            Nothing outside disqualifies it, and it has the reference's current.
        """
        drowned = any(DROWNS_M_WAVE.intersection(figures.reasons) for figures in sweep.figures)
        if not counts or drowned or sweep.m_fraction is None:
            return []
        self._recent.append(sweep.m_fraction)
        if len(self._recent) < WATCHED_SWEEPS:
            return []
        level, bound = median(self._recent), self._gates.outdated_m_fraction
        if level > bound and not self.is_outdated:
            self.is_outdated = True
            self._alarms.expect(
                ALARM_ID,
                AlarmKind(
                    priority=AlarmPriority.LOW,
                    message=f"baseline outdated: M wave at {100.0 * level:.0f} % of it; "
                    "restart the baseline while the response can still be seen",
                ),
                sweep.time_s,
            )
        elif level < BACK_SHARE * bound and self.is_outdated:
            self.is_outdated = False
            return self._alarms.over(ALARM_ID, sweep.sample_index, sweep.time_s)
        return []
