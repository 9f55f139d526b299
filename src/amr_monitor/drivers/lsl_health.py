"""What the stamps of a live stream say of its health, beside single holes."""

from amr_monitor.drivers.lsl_clock import StreamClock
from amr_monitor.model.source import SourceWarning, WarningCourse

MOST_OFF = 5e-4
"""No crystal is off by 500 ppm: samples get lost unseen, or the rate is wrong. [ours]"""

OFF_OVER = 3e-4
LEAST_AGE_S = 20.0
"""So long a segment must be for its pace to be believed."""

MOST_JITTER_S = 0.005


class StreamHealth:
    """Follow pace and jitter of a stream.

    Parameters
    ----------
    name : str
        For messages.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self._is_off = False
        self._told_jitter = False

    def look(self, clock: StreamClock, *, nominal_hz: float, index: int) -> list[SourceWarning]:
        """Return what is to be told of a clock by now."""
        told: list[SourceWarning] = []
        jitter_s = clock.jitter_s
        if jitter_s > MOST_JITTER_S and not clock.counts and not self._told_jitter:
            self._told_jitter = True
            message = (
                f"{self._name}: time stamps jitter by {1000.0 * jitter_s:.0f} ms; holes shorter "
                f"than {1000.0 * clock.smallest_hole_s:.0f} ms cannot be seen. Have the device "
                "send its sample counter as a channel"
            )
            told.append(SourceWarning(sample_index=index, code="stamps_jitter", message=message))
        if clock.line.is_set and clock.line.age_s >= LEAST_AGE_S:
            off = abs(clock.line.rate_hz / nominal_hz - 1.0)
            if (off > (OFF_OVER if self._is_off else MOST_OFF)) != self._is_off:
                self._is_off = not self._is_off
                course = WarningCourse.BEGINS if self._is_off else WarningCourse.ENDS
                message = (
                    f"{self._name}: tells {nominal_hz:g} Hz and delivers "
                    f"{clock.line.rate_hz:.1f} Hz; samples get lost unseen, or the rate is wrong"
                )
                told.append(
                    SourceWarning(
                        sample_index=index, code="rate_differs", message=message, course=course
                    )
                )
        return told
