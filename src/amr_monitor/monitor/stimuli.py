"""What each stimulus is for, and whether the stimulator still runs."""

from amr_monitor.model.stimulation import Stimulus, StimulusClass
from amr_monitor.model.sweep import Sweep
from amr_monitor.monitor.settings import StimulusSettings

RATE_TOLERANCE = 1.02


class StimulusWatch:
    """Follow all stimuli in order; classify those that nobody classified.

    Parameters
    ----------
    settings : StimulusSettings
    """

    def __init__(self, *, settings: StimulusSettings) -> None:
        self._settings = settings
        self._last_s: float | None = None
        self._last_amr_s: float | None = None
        self._train_from_s = 0.0
        self._tetanus_until_s = float("-inf")
        self._run_length = 0
        self.n_stimuli = 0

    def push(self, stimulus: Stimulus, time_s: float) -> bool:
        """Take the next stimulus of any class.

        Returns
        -------
        bool
            Whether the abnormal muscle response may be looked for after it:
            clicks that go on do not hide that the stimulator has stopped.
        """
        self.n_stimuli += 1
        protocol = self._settings.protocol
        interval_s = float("inf") if self._last_s is None else time_s - self._last_s
        if stimulus.stimulus_class is StimulusClass.TETANUS:
            self._tetanus_until_s = time_s + protocol.tetanus_recovery_s
        elif interval_s > 1.0 / protocol.lowest_tetanus_rate_hz:
            self._train_from_s = time_s
        elif self._is_tetanus(time_s) and stimulus.stimulus_class is None:
            self._tetanus_until_s = time_s + protocol.tetanus_recovery_s
        elif stimulus.stimulus_class is None:
            # A fast train that goes on for long is another modality, not a tetanus.
            self._tetanus_until_s = float("-inf")
        self._last_s = time_s
        if stimulus.stimulus_class is None:
            is_amr = interval_s >= 1.0 / (protocol.highest_amr_rate_hz * RATE_TOLERANCE)
        else:
            is_amr = stimulus.stimulus_class is StimulusClass.AMR
        if is_amr:
            pause_s = time_s - self._last_amr_s if self._last_amr_s is not None else float("inf")
            going_on = pause_s <= self._settings.continuous_gap_s
            self._run_length = self._run_length + 1 if going_on else 1
            self._last_amr_s = time_s
        return is_amr

    def samples_resume(self, time_s: float) -> None:
        """Note the end of a gap: what was not received is no silence of the stimulator."""
        if self._last_amr_s is not None:
            self._last_amr_s = max(self._last_amr_s, time_s)

    def _is_tetanus(self, time_s: float) -> bool:
        return time_s - self._train_from_s < self._settings.protocol.longest_tetanus_s

    @property
    def is_continuous(self) -> bool:
        """Whether the running protocol is a continuous one, not a burst."""
        return self._run_length >= self._settings.continuous_stimuli

    @property
    def last_amr_s(self) -> float | None:
        """From when on the stimulator is silent, if it is; None before any stimulus."""
        return self._last_amr_s

    def follows_tetanus(self, time_s: float) -> bool:
        """Whether a stimulus falls into the recovery after a tetanus."""
        return time_s < self._tetanus_until_s

    def class_of(self, sweep: Sweep, time_s: float) -> StimulusClass:
        """Return what the stimulus of a sweep is for.

        By its marker or trigger code; else by the interval to its nearest
        neighbour.
        """
        if sweep.stimulus.stimulus_class is not None:
            return sweep.stimulus.stimulus_class
        if not sweep.other_stimuli_ms:
            return StimulusClass.AMR
        protocol = self._settings.protocol
        rate_hz = 1000.0 / max(min(abs(other) for other in sweep.other_stimuli_ms), 1e-3)
        if rate_hz <= protocol.highest_amr_rate_hz * RATE_TOLERANCE:
            return StimulusClass.AMR
        if rate_hz >= protocol.lowest_tetanus_rate_hz and self._is_tetanus(time_s):
            return StimulusClass.TETANUS
        return StimulusClass.OTHER
