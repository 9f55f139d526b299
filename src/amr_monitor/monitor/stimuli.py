"""What each stimulus is for, and whether the stimulator still runs."""

from collections import deque
from math import inf

from amr_monitor.model.stimulation import Stimulus, StimulusClass
from amr_monitor.monitor.settings import StimulusSettings

RATE_TOLERANCE = 1.02
CROWDED_S = (-0.030, 0.080)
KEPT_STIMULI = 128
FEWEST_OF_A_TRAIN = 4
"""Fewer pulses at the rate of a tetanus are bounces or doubles of one stimulus. [ours]"""


class StimulusWatch:
    """Follow all stimuli in order; classify those that nobody classified.

    Parameters
    ----------
    settings : StimulusSettings
    """

    def __init__(self, *, settings: StimulusSettings) -> None:
        self._settings = settings
        self._recent: deque[tuple[float, StimulusClass | None]] = deque(maxlen=KEPT_STIMULI)
        self._last_untold_s: float | None = None
        self._last_amr_s: float | None = None
        self._train_from_s = 0.0
        self._train_pulses = 0
        self._tetanus_until_s = -inf
        self._run_length = 0
        self._was_continuous = False
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
        told = stimulus.stimulus_class
        self._recent.append((time_s, told))
        protocol = self._settings.protocol
        if told is StimulusClass.TETANUS:
            self._tetanus_until_s = time_s + protocol.tetanus_recovery_s
        if told is not None:
            # A stimulus whose class is told says nothing of the rate of the others.
            return told is StimulusClass.AMR and self._count_amr(time_s)
        interval_s = inf if self._last_untold_s is None else time_s - self._last_untold_s
        self._last_untold_s = time_s
        if interval_s > 1.0 / protocol.lowest_tetanus_rate_hz:
            self._train_from_s, self._train_pulses = time_s, 1
        elif (pulses := self._train_pulses + 1) < FEWEST_OF_A_TRAIN:
            # A bounce of the trigger line, or a stimulus given twice.
            self._train_pulses = pulses
        elif self._is_tetanus(time_s):
            self._tetanus_until_s = time_s + protocol.tetanus_recovery_s
        else:
            # A fast train that goes on for long is another modality, not a tetanus.
            self._tetanus_until_s = -inf
        slow = interval_s >= 1.0 / (protocol.highest_amr_rate_hz * RATE_TOLERANCE)
        return slow and self._count_amr(time_s)

    def _count_amr(self, time_s: float) -> bool:
        pause_s = inf if self._last_amr_s is None else time_s - self._last_amr_s
        going_on = pause_s <= self._settings.continuous_gap_s
        self._run_length = self._run_length + 1 if going_on else 1
        self._was_continuous |= self._run_length >= self._settings.continuous_stimuli
        self._last_amr_s = time_s
        return True

    def samples_resume(self, time_s: float) -> None:
        """Note the end of a gap: what was not received is no silence of the stimulator."""
        if self._last_amr_s is not None:
            self._last_amr_s = max(self._last_amr_s, time_s)

    def _is_tetanus(self, time_s: float) -> bool:
        is_train = self._train_pulses >= FEWEST_OF_A_TRAIN - 1
        lasted_s = time_s - self._train_from_s
        return is_train and lasted_s < self._settings.protocol.longest_tetanus_s

    @property
    def is_continuous(self) -> bool:
        """Whether the running protocol is a continuous one, not a burst."""
        rules = self._settings
        needed = (
            rules.continuous_again_stimuli if self._was_continuous else rules.continuous_stimuli
        )
        return self._run_length >= needed

    @property
    def last_amr_s(self) -> float | None:
        """From when on the stimulator is silent, if it is; None before any stimulus."""
        return self._last_amr_s

    def follows_tetanus(self, time_s: float) -> bool:
        """Whether a stimulus falls into the recovery after a tetanus."""
        return time_s < self._tetanus_until_s

    def class_of(self, stimulus: Stimulus, time_s: float) -> StimulusClass:
        """Return what a stimulus is for.

        By its marker or trigger code; else by the interval to its nearest
        neighbour that has none either.
        """
        if stimulus.stimulus_class is not None:
            return stimulus.stimulus_class
        gap_s = inf
        for other_s, told in reversed(self._recent):
            if other_s != time_s and told in (None, StimulusClass.AMR):
                gap_s = min(gap_s, abs(other_s - time_s))
                if other_s < time_s:
                    break
        protocol = self._settings.protocol
        rate_hz = 1.0 / max(gap_s, 1e-6)
        if rate_hz <= protocol.highest_amr_rate_hz * RATE_TOLERANCE:
            return StimulusClass.AMR
        if rate_hz >= protocol.lowest_tetanus_rate_hz and self._is_tetanus(time_s):
            return StimulusClass.TETANUS
        return StimulusClass.OTHER

    def is_crowded(self, time_s: float) -> bool:
        """Whether another stimulus falls into the noise or response windows.

        A click in the ear is none: it reaches no electrode.
        """
        for other_s, told in reversed(self._recent):
            if other_s - time_s <= CROWDED_S[0]:
                return False
            near = other_s != time_s and other_s - time_s < CROWDED_S[1]
            if near and told is not StimulusClass.BAEP_CLICK:
                return True
        return False
