"""Sample indices and seconds: gaps take no index, but they take time."""

from bisect import bisect_right
from math import ceil, inf


class TimeAxis:
    """Convert between received samples and the recording's own time.

    Parameters
    ----------
    rate_hz : float
    first_time_s : float
        Time of sample 0.
    """

    def __init__(self, *, rate_hz: float, first_time_s: float) -> None:
        self._rates_hz = [rate_hz]
        self._firsts = [0]
        self._onsets_s = [first_time_s]

    def add_gap(self, sample_index: int, resumes_at_s: float) -> float:
        """Begin a segment after a gap; return how much time it skips."""
        skipped_s = resumes_at_s - self.time_s(sample_index)
        self._firsts.append(sample_index)
        self._onsets_s.append(resumes_at_s)
        self._rates_hz.append(self._rates_hz[-1])
        return skipped_s

    def change_rate(self, rate_hz: float) -> None:
        """Let the newest segment have another sampling rate, from its first sample on."""
        self._rates_hz[-1] = rate_hz

    def time_s(self, sample_index: float) -> float:
        """Return the time of a sample, rounded to a microsecond."""
        segment = max(0, bisect_right(self._firsts, sample_index) - 1)
        passed = (sample_index - self._firsts[segment]) / self._rates_hz[segment]
        return round(self._onsets_s[segment] + passed, 6)

    def index_at(self, time_s: float) -> float:
        """Return the first sample at or after a time in the newest segment.

        A time that lies in a gap is reached by the first sample after it.
        Infinite times stay infinite.
        """
        if time_s == inf:
            return inf
        for segment in range(len(self._firsts) - 1, -1, -1):
            if time_s >= self._onsets_s[segment] or segment == 0:
                index = self._firsts[segment] + ceil(
                    (time_s - self._onsets_s[segment]) * self._rates_hz[segment] - 1e-6
                )
                if segment + 1 < len(self._firsts):
                    index = min(index, self._firsts[segment + 1])
                return max(index, self._firsts[segment])
        return inf
