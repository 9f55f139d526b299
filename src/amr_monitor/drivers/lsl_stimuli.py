"""The stimuli of a live stream: trigger, markers, artifact, in this order of trust.

What `stimuli` finds in a whole recording is found here as it comes: nothing
later than a stimulus's own marker and artifact decides where it lies.
"""

from bisect import insort
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from amr_monitor.drivers.lsl_agreement import Agreement
from amr_monitor.drivers.lsl_artifacts import LiveArtifacts
from amr_monitor.drivers.lsl_assembly import Stretch
from amr_monitor.drivers.lsl_recent import RecentSamples
from amr_monitor.drivers.lsl_trigger import LiveTrigger
from amr_monitor.drivers.stimuli import MATCH_S, current_after, stimulus_at, with_current
from amr_monitor.dsp.artifact_edges import GATE_MS, MOST_ACCEPTED, ArtifactAligner, window_offsets
from amr_monitor.dsp.cutting import MARKER_DELAY_S
from amr_monitor.dsp.triggers import TriggerSettings
from amr_monitor.formats.trigger_code import quantised
from amr_monitor.model.source import SourceWarning, WarningCourse
from amr_monitor.model.stimulation import Stimulus, TriggerQuality
from amr_monitor.monitor.annotations import StimulusText

RECENT_S = 4.0
PIECE_S = 0.25
"""Stretches are taken in pieces of at most this: the newest samples must hold all of one."""

LATEST_S = MARKER_DELAY_S - 0.5
"""A stimulus that is known later than this has no sweep any more."""

EDGES_REMEMBERED = 20
OWN_TEXT_SHARE = 0.5
SILENT_TRIGGER_TEXTS = 5
"""After so many markers without one pulse the trigger channel is taken to be dead."""

LONE_TEXTS = 10


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class _Text:
    position: float
    number: int
    said: StimulusText


class LiveStimuli:
    """Place stimuli on the samples of one layout.

    Parameters
    ----------
    name : str
        For messages.
    rate_hz : float
    n_channels : int
    has_trigger : bool
    settings : TriggerSettings
    marker_wait_s : float
        Where markers alone tell, samples wait so long for theirs.
    """

    def __init__(
        self,
        *,
        name: str,
        rate_hz: float,
        n_channels: int,
        has_trigger: bool,
        settings: TriggerSettings,
        marker_wait_s: float,
    ) -> None:
        self._name = name
        self._rate_hz = rate_hz
        self._settings = settings
        self._marker_wait = marker_wait_s * rate_hz
        self._match = MATCH_S * rate_hz
        self._refractory = settings.refractory_ms * rate_hz / 1000.0
        self._recent = RecentSamples(n_channels=n_channels, n_samples=round(RECENT_S * rate_hz))
        self._trigger = LiveTrigger(rate_hz=rate_hz, settings=settings) if has_trigger else None
        self._edges: deque[float] = deque()
        self._has_own: deque[bool] = deque(maxlen=EDGES_REMEMBERED)
        self._lone: deque[bool] = deque(maxlen=EDGES_REMEMBERED)
        self._texts: list[_Text] = []
        self._n_texts = 0
        self._trigger_is_dead = False
        self._aligner = ArtifactAligner(rate_hz=rate_hz)
        self._before, self._after = window_offsets(rate_hz)
        self._agreement = Agreement()
        self._rises: deque[float] = deque(maxlen=MOST_ACCEPTED)
        self._artifacts = LiveArtifacts(
            rate_hz=rate_hz, refractory_ms=settings.refractory_ms, recent=self._recent
        )
        self._last_said = StimulusText()
        self._current_ma: float | None = None
        self._last_given = -np.inf
        self._standing: dict[str, str] = {}
        self._warnings: list[SourceWarning] = []

    # ------------------------------------------------ what comes in

    def push(self, stretch: Stretch) -> list[Stimulus]:
        """Take samples; return the stimuli that are placed by them, in order."""
        given: list[Stimulus] = []
        n_piece = max(round(PIECE_S * self._rate_hz), 1)
        for low in range(0, stretch.samples_uv.shape[1], n_piece):
            first = stretch.first_index + low
            self._recent.push(first, stretch.samples_uv[:, low : low + n_piece])
            if self._trigger is not None and stretch.trigger is not None:
                part = stretch.trigger[low : low + n_piece]
                # What is learnt of late has no sweep any more, nor across a gap.
                oldest = max(
                    self._recent.end_index - LATEST_S * self._rate_hz, self._recent.segment_index
                )
                found = self._trigger.push(first, part)
                self._edges.extend(edge for edge in found if edge >= oldest)
            given += self.advance()
        return given

    def text(self, position: float, said: StimulusText) -> list[Stimulus]:
        """Take what a marker says of a stimulus; return those that are placed by it."""
        self._n_texts += 1
        insort(self._texts, _Text(position=float(position), number=self._n_texts, said=said))
        return self.advance()

    def gap(self, sample_index: int) -> list[Stimulus]:
        """Begin a segment; return the stimuli that still wait before it."""
        given = [self._given(edge, wait_is_over=True) for edge in self._edges]
        self._edges.clear()
        given_texts = list(self._by_markers(is_over=True)) if self._uses_markers else []
        self._recent.gap(sample_index)
        self._artifacts.gap(sample_index)
        if self._trigger is not None:
            self._trigger.gap(sample_index)
        return [*self._in_order(given), *self._in_order(given_texts)]

    def settle(self) -> list[Stimulus]:
        """Give what waits for texts: nothing comes for now."""
        given = [self._given(edge, wait_is_over=True) for edge in self._edges]
        self._edges.clear()
        return self._in_order(given)

    # ------------------------------------------------ what goes out

    @property
    def hold_index(self) -> int:
        """Samples from here on wait, so that no stimulus comes after its own sample."""
        newest = self._recent.end_index
        hold = newest
        if self._trigger is not None:
            # An edge lies between the last sample and the next one.
            hold = newest - 1
        if self._edges:
            hold = min(hold, int(self._edges[0]))
        if self._uses_markers:
            hold = min(hold, int(newest - self._marker_wait))
            if self._texts and self._settings.align_by_artifact:
                earliest = self._texts[0].position + GATE_MS[0] * self._rate_hz / 1000.0
                longest = newest - LATEST_S * self._rate_hz
                hold = min(hold, max(int(earliest), int(longest)))
        elif self._uses_artifacts:
            hold = min(hold, self._artifacts.next_index)
        return max(hold, self._recent.segment_index)

    def take_warnings(self) -> list[SourceWarning]:
        """Return what is to be told, once."""
        told, self._warnings = self._warnings, []
        return told

    def end_warnings(self) -> None:
        """Let every condition end: the stream is another from here."""
        for code in list(self._standing):
            self._stand(code, "", stands=False)

    @property
    def quality(self) -> TriggerQuality:
        """How stimuli are tied to the samples, as it should be."""
        if self._trigger is not None:
            return TriggerQuality.SAMPLE_LOCKED
        if self._settings.align_by_artifact or self._uses_artifacts:
            return TriggerQuality.STREAM_SYNCED
        return TriggerQuality.SOFTWARE

    def advance(self) -> list[Stimulus]:
        """Return what can be placed by now, in order."""
        given: list[Stimulus] = []
        self._watch_trigger()
        if self._uses_markers:
            given += self._by_markers(is_over=False)
        elif self._uses_artifacts:
            given += [stimulus_at(p, StimulusText()) for p in self._artifacts.advance()]
        newest = self._recent.end_index
        while self._edges:
            edge = self._edges[0]
            if self._waits_for_texts and newest < edge + self._match and self._own(edge) is None:
                break
            self._edges.popleft()
            given.append(self._given(edge, wait_is_over=False))
        self._forget_old_texts()
        return self._in_order(given)

    # ------------------------------------------------ trigger, with texts for class and current

    @property
    def _uses_markers(self) -> bool:
        if self._trigger is None:
            return self._n_texts > 0 or not self._settings.artifact_alone
        return self._trigger_is_dead

    @property
    def _uses_artifacts(self) -> bool:
        return self._trigger is None and self._settings.artifact_alone and not self._n_texts

    @property
    def _texts_are_each_ones(self) -> bool:
        """Whether each stimulus has a text of its own; else they stand at changes."""
        return sum(self._has_own) >= OWN_TEXT_SHARE * len(self._has_own)

    @property
    def _waits_for_texts(self) -> bool:
        return self._n_texts > 0 and self._texts_are_each_ones

    def _watch_trigger(self) -> None:
        """Give up a trigger without a pulse where markers tell of stimuli, until it has one."""
        if self._trigger is None:
            return
        past = sum(text.position < self._recent.end_index for text in self._texts)
        is_dead = self._trigger_is_dead or past >= SILENT_TRIGGER_TEXTS
        self._trigger_is_dead = is_dead and not self._trigger.has_levels
        self._stand(
            "trigger_never_rises",
            f"{self._name}: the trigger channel never rises; stimuli are taken from markers",
            stands=self._trigger_is_dead,
        )

    def _own(self, edge: float) -> _Text | None:
        near = [text for text in self._texts if abs(text.position - edge) <= self._match]
        others = [other for other in self._edges if other != edge]
        mine = [
            text
            for text in near
            if all(abs(text.position - edge) <= abs(text.position - other) for other in others)
        ]
        return min(mine, key=lambda text: abs(text.position - edge), default=None)

    def _given(self, edge: float, *, wait_is_over: bool) -> Stimulus:
        own = self._own(edge)
        until = edge if own is None else max(edge, own.position)
        while self._texts and self._texts[0].position <= until:
            text = self._texts.pop(0)
            self._lone.append(text is not own)
            self._hear(text.said)
        if self._n_texts and not wait_is_over:
            self._has_own.append(own is not None)
        if own is not None:
            said = own.said
        else:
            said = StimulusText() if self._texts_are_each_ones else self._last_said
        self._tell_lone_texts()
        return stimulus_at(edge, with_current(said, self._current_ma))

    def _hear(self, said: StimulusText) -> None:
        self._last_said = said
        self._current_ma = current_after(said, self._current_ma)

    def _forget_old_texts(self) -> None:
        if self._uses_markers:
            return
        oldest = self._recent.end_index - 2.0 * self._match
        if self._trigger is None or not self._trigger.has_levels:
            return
        while self._texts and self._texts[0].position < oldest:
            if self._edges and self._edges[0] <= self._texts[0].position + self._match:
                break
            self._hear(self._texts.pop(0).said)
            self._lone.append(True)
        self._tell_lone_texts()

    def _tell_lone_texts(self) -> None:
        self._stand(
            "markers_without_trigger",
            f"{self._name}: markers tell of stimuli that the trigger channel does not show; see "
            "to the trigger cable",
            stands=len(self._lone) >= LONE_TEXTS and sum(self._lone) > 0.5 * len(self._lone),
        )

    # ------------------------------------------------ markers, moved onto the artifact

    def _by_markers(self, *, is_over: bool) -> Iterator[Stimulus]:
        newest = self._recent.end_index
        n_after = self._after if self._settings.align_by_artifact else 1
        while self._texts and (is_over or int(self._texts[0].position) + n_after <= newest):
            text = self._texts.pop(0)
            shift = self._shift(text)
            if shift is None:
                continue
            self._hear(text.said)
            position = max(text.position + shift, float(self._recent.segment_index))
            yield stimulus_at(round(position, 6), with_current(text.said, self._current_ma))

    def _shift(self, text: _Text) -> float | None:
        """Return by how much a marker is moved; None where it came too late to be of use."""
        index = int(text.position)
        if index < self._recent.end_index - LATEST_S * self._rate_hz:
            self._warn("marker_too_late", "a marker came too late for its sweep to be cut")
            return None
        if not self._settings.align_by_artifact:
            return 0.0
        window = self._recent.window(index - self._before, self._before + self._after)
        if window is None:
            return 0.0
        alignment = self._aligner.align(
            window, fraction=text.position - index, current_ma=text.said.current_ma
        )
        if alignment.by_artifact:
            # An amplifier's filter puts half of the height off, and the foot hardly.
            self._rises.append(alignment.rise_samples)
        shift_ms = alignment.shift_samples * 1000.0 / self._rate_hz
        verdict = self._agreement.push(shift_ms if alignment.by_artifact else None)
        self._stand(
            "marker_artifact_drift",
            f"{self._name}: markers and artifacts drift apart, by {verdict.drift_ms:+.1f} ms so "
            "far; see to the program that sends the markers",
            stands=verdict.has_drifted,
        )
        self._stand(
            "stimuli_by_marker_alone",
            f"{self._name}: stimuli are placed by markers alone, no artifact confirms them; "
            "latencies are not to be trusted",
            stands=verdict.is_marker_alone,
        )
        rise_samples = float(np.median(self._rises)) if self._rises else 0.0
        return alignment.shift_samples - 0.5 * rise_samples

    # ------------------------------------------------ order and telling

    def _in_order(self, stimuli: list[Stimulus]) -> list[Stimulus]:
        """Leave out what repeats a stimulus or comes before one that was given."""
        kept: list[Stimulus] = []
        for stimulus in sorted(stimuli, key=lambda each: each.position):
            if stimulus.position - self._last_given >= self._refractory:
                placed = quantised(stimulus)
                kept.append(placed)
                self._last_given = placed.position
        return kept

    def _stand(self, code: str, message: str, *, stands: bool) -> None:
        if stands == (code in self._standing):
            return
        course = WarningCourse.BEGINS if stands else WarningCourse.ENDS
        if stands:
            self._standing[code] = message
        else:
            message = f"over: {self._standing.pop(code)}"
        self._warn(code, message, course=course)

    def _warn(self, code: str, message: str, *, course: WarningCourse = WarningCourse.ONCE) -> None:
        self._warnings.append(
            SourceWarning(
                sample_index=self._recent.end_index, code=code, message=message, course=course
            )
        )
