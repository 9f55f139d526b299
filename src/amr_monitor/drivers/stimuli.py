"""Which stimuli a recording holds: trigger, annotations, artifact, in this order of trust."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from amr_monitor.drivers.recording import TimeAxis
from amr_monitor.dsp.artifact_edges import (
    GATE_MS,
    MOST_ACCEPTED,
    Alignment,
    ArtifactAligner,
    artifact_train,
    window_offsets,
)
from amr_monitor.dsp.cutting import onset_column
from amr_monitor.dsp.triggers import TriggerSettings
from amr_monitor.model.errors import SourceFormatError
from amr_monitor.model.signal import FloatArray
from amr_monitor.model.source import SourceWarning
from amr_monitor.model.stimulation import Stimulus, StimulusClass, TriggerQuality
from amr_monitor.model.sweep import sweep_offsets
from amr_monitor.monitor.annotations import StimulusText

MATCH_S = 0.1
"""A text so near a trigger edge tells of that stimulus: markers are up to 20 ms late."""

OWN_TEXT_SAMPLES = 0.5
"""Our own recorder writes the time of a text to a ten-millionth of a second."""

FEWEST_TEXTS_SHARE = 0.5
"""With fewer texts than this share of the stimuli, texts stand where something changes."""

TRUSTED_SHARE = 0.5
"""With an artifact at fewer markers than this, markers are left where they are."""

FILTER_DELAY_MS = 0.4
"""By how much an amplifier's low pass puts the artifact off."""

FEWEST_ARTIFACTS = 10

ReadUv = Callable[[int, int], FloatArray]


@dataclass(frozen=True, slots=True, kw_only=True)
class TextAt:
    """A stimulus that a text tells of.

    Attributes
    ----------
    position : float
        In samples.
    said : StimulusText
    by_artifact : bool
        An artifact near it gave the position.
    """

    position: float
    said: StimulusText
    by_artifact: bool = False


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TriggerEdges:
    """Edges of a trigger channel on the grid of the EMG.

    Attributes
    ----------
    positions : ndarray of float64, shape (n_stimuli,)
        Sorted.
    step_samples : float
        Interval of a digital input that is slower than the EMG; 0 where the
        edges are as fine as its samples, or finer.
    polarities : ndarray of int64, shape (n_stimuli,), or None
        Of a recording of our own: its texts hold for each stimulus, word for
        word, until the next one.
    """

    positions: npt.NDArray[np.float64]
    step_samples: float = 0.0
    polarities: npt.NDArray[np.int64] | None = None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FoundStimuli:
    """The stimuli of a recording and how well they are tied to its samples.

    Attributes
    ----------
    stimuli : tuple of Stimulus
        Sorted.
    quality : TriggerQuality
    warnings : tuple of SourceWarning
    """

    stimuli: tuple[Stimulus, ...]
    quality: TriggerQuality
    warnings: tuple[SourceWarning, ...] = ()

    @property
    def positions(self) -> npt.NDArray[np.float64]:
        """Onsets in samples."""
        return np.array([stimulus.position for stimulus in self.stimuli], dtype=np.float64)

    def has_sweep(self, axis: TimeAxis, start_ms: float, end_ms: float) -> npt.NDArray[np.bool_]:
        """Tell which stimuli have all samples of their window."""
        before, after = sweep_offsets(axis.rate_hz, start_ms, end_ms)
        onsets = np.array([onset_column(stimulus) for stimulus in self.stimuli], dtype=np.int64)
        firsts = np.array([segment.first_index for segment in axis.segments])
        ends = np.array([segment.end_index for segment in axis.segments])
        at = np.searchsorted(firsts, self.positions, side="right") - 1
        return (onsets - before >= firsts[at]) & (onsets + after <= ends[at])


def find_stimuli(
    *,
    edges: TriggerEdges | None,
    silent_triggers: Sequence[str],
    texts: Sequence[TextAt],
    read_uv: ReadUv,
    axis: TimeAxis,
    settings: TriggerSettings,
    name: str,
) -> FoundStimuli:
    """Find the stimuli by what the recording has, the most trusted first.

    Parameters
    ----------
    edges : TriggerEdges or None
        None where there is no trigger channel that rises.
    silent_triggers : sequence of str
        Labels of trigger channels that never rise.
    texts : sequence of TextAt
        Stimuli that texts tell of, sorted, inside the recording.
    read_uv, axis
        Of the EMG, for the artifact.
    settings : TriggerSettings
    name : str
        For messages.

    Raises
    ------
    SourceFormatError
        Nothing tells of a stimulus.
    """
    if edges is not None:
        return _by_trigger(edges, texts, read_uv=read_uv, axis=axis, settings=settings, name=name)
    if texts:
        return _by_texts(texts, read_uv=read_uv, axis=axis, settings=settings, name=name)
    if settings.artifact_alone:
        return _by_artifact(read_uv=read_uv, axis=axis, settings=settings, name=name)
    if silent_triggers:
        labels = " and ".join(repr(label) for label in silent_triggers)
        raise SourceFormatError(
            f"{name}: holds no stimulus: its trigger channel {labels} never rises and no "
            "annotation begins with 'stim'; was the trigger cable connected?"
        )
    raise SourceFormatError(
        f"{name}: holds no stimulus: no channel is a trigger and no annotation begins with "
        "'stim'; name the trigger channel in [montage] of the config, or set artifact_alone in "
        "[trigger]"
    )


def _by_trigger(
    edges: TriggerEdges,
    texts: Sequence[TextAt],
    *,
    read_uv: ReadUv,
    axis: TimeAxis,
    settings: TriggerSettings,
    name: str,
) -> FoundStimuli:
    positions = edges.positions
    if edges.polarities is not None:
        return FoundStimuli(
            stimuli=as_recorded(positions, edges.polarities, texts),
            quality=TriggerQuality.SAMPLE_LOCKED,
        )
    if edges.step_samples and settings.align_by_artifact:
        # A slow digital input says in which of its samples the stimulus lies, no more.
        step_ms = edges.step_samples * 1000.0 / axis.rate_hz
        coarse = [TextAt(position=p, said=StimulusText()) for p in positions.tolist()]
        moved, _ = aligned(
            coarse,
            read_uv=read_uv,
            axis=axis,
            gate_ms=(-step_ms, step_ms + FILTER_DELAY_MS),
        )
        positions = np.sort([text.position for text in moved])
    stimuli, n_lone = from_trigger(positions, texts, rate_hz=axis.rate_hz)
    warnings = []
    if n_lone:
        warnings.append(
            SourceWarning(
                sample_index=0,
                code="annotations_without_trigger",
                message=f"{name}: {n_lone} of {len(texts)} stimulus annotations have no trigger "
                f"edge within {1000.0 * MATCH_S:g} ms; the trigger is believed",
            )
        )
    return FoundStimuli(
        stimuli=stimuli, quality=TriggerQuality.SAMPLE_LOCKED, warnings=tuple(warnings)
    )


def _by_texts(
    texts: Sequence[TextAt],
    *,
    read_uv: ReadUv,
    axis: TimeAxis,
    settings: TriggerSettings,
    name: str,
) -> FoundStimuli:
    rest = {"rate_hz": axis.rate_hz, "refractory_ms": settings.refractory_ms}
    kept = apart(texts, **rest)
    quality = TriggerQuality.SOFTWARE
    if settings.align_by_artifact:
        moved, quality = aligned(kept, read_uv=read_uv, axis=axis)
        if quality is TriggerQuality.STREAM_SYNCED:
            moved = without_doubles(kept, moved, rate_hz=axis.rate_hz)
        kept = apart(sorted(moved, key=lambda text: text.position), **rest)
    stimuli = []
    current_ma = None
    for text in kept:
        current_ma = current_after(text.said, current_ma)
        stimuli.append(stimulus_at(text.position, with_current(text.said, current_ma)))
    warnings = []
    if quality is TriggerQuality.SOFTWARE:
        warnings.append(
            SourceWarning(
                sample_index=0,
                code="stimuli_by_annotation_alone",
                message=f"{name}: stimuli are placed by annotations alone, no artifact confirms "
                "them; latencies are not to be trusted",
            )
        )
    return FoundStimuli(stimuli=tuple(stimuli), quality=quality, warnings=tuple(warnings))


def _by_artifact(
    *, read_uv: ReadUv, axis: TimeAxis, settings: TriggerSettings, name: str
) -> FoundStimuli:
    stretches = [(segment.first_index, segment.n_samples) for segment in axis.segments]
    positions = artifact_train(
        read_uv, stretches, rate_hz=axis.rate_hz, refractory_ms=settings.refractory_ms
    )
    if len(positions) < FEWEST_ARTIFACTS:
        raise SourceFormatError(
            f"{name}: holds no stimulus: no trigger, no annotation that begins with 'stim', and "
            f"only {len(positions)} artifacts stand out of the EMG"
        )
    return FoundStimuli(
        stimuli=tuple(stimulus_at(p, StimulusText()) for p in np.round(positions, 6).tolist()),
        quality=TriggerQuality.STREAM_SYNCED,
        warnings=(
            SourceWarning(
                sample_index=0,
                code="stimuli_by_artifact_alone",
                message=f"{name}: {len(positions)} stimuli are taken from their artifacts alone; "
                "a stimulus that the stimulator failed to give cannot be told",
            ),
        ),
    )


def from_trigger(
    positions: npt.NDArray[np.float64], texts: Sequence[TextAt], *, rate_hz: float
) -> tuple[tuple[Stimulus, ...], int]:
    """Give the edges of a trigger the class and current of the texts near them.

    Parameters
    ----------
    positions : ndarray of float64, shape (n_stimuli,)
        In samples, sorted.
    texts : sequence of TextAt
        Sorted.
    rate_hz : float

    Returns
    -------
    tuple of Stimulus
        One per edge. A text belongs to the nearest edge within 100 ms. An edge
        without a text has the current of the last text before it: a stimulator
        keeps its current until it is changed. It has its class, too, where
        texts stand at changes alone (fewer texts than half of the edges);
        where each stimulus has its own, an edge without one is left to its
        rate.
    int
        Texts with no edge near them.
    """
    own = _nearest_texts(positions, texts, most=MATCH_S * rate_hz)
    at_changes = len(texts) < FEWEST_TEXTS_SHARE * len(positions)
    stimuli = []
    last = StimulusText()
    current_ma = None  # of the nerve's stimulator
    told = 0
    for i, position in enumerate(positions.tolist()):
        while told < len(texts) and texts[told].position <= position:
            last = texts[told].said
            current_ma = current_after(last, current_ma)
            told += 1
        if i in own:
            last = own[i].said
            current_ma = current_after(last, current_ma)
            said = last
        else:
            said = last if at_changes else StimulusText()
        stimuli.append(stimulus_at(position, with_current(said, current_ma)))
    return tuple(stimuli), len(texts) - len(own)


def as_recorded(
    positions: npt.NDArray[np.float64],
    polarities: npt.NDArray[np.int64],
    texts: Sequence[TextAt],
) -> tuple[Stimulus, ...]:
    """Return the stimuli of a recording of our own as the live monitor had them.

    The recorder writes a text for each stimulus that is not like the one
    before it, and for others as long as there is room. Nothing is guessed.
    """
    own = _nearest_texts(positions, texts, most=OWN_TEXT_SAMPLES)
    said = StimulusText()
    stimuli = []
    for i, (position, polarity) in enumerate(
        zip(positions.tolist(), polarities.tolist(), strict=True)
    ):
        said = own[i].said if i in own else said
        stimuli.append(replace(stimulus_at(position, said), polarity=polarity))
    return tuple(stimuli)


def _nearest_texts(
    positions: npt.NDArray[np.float64], texts: Sequence[TextAt], *, most: float
) -> dict[int, TextAt]:
    """Return, by number of the edge, the text that belongs to it: each text to one edge."""
    if not len(positions):
        return {}
    told = np.array([text.position for text in texts], dtype=np.float64)
    after = np.searchsorted(positions, told)
    left = np.maximum(after - 1, 0)
    right = np.minimum(after, len(positions) - 1)
    is_left = np.abs(positions[left] - told) <= np.abs(positions[right] - told)
    nearest = np.where(is_left, left, right)
    distances = np.abs(positions[nearest] - told)
    own: dict[int, TextAt] = {}
    for text, at, distance in zip(texts, nearest.tolist(), distances.tolist(), strict=True):
        taken = own.get(at)
        if distance <= most and (taken is None or distance <= abs(positions[at] - taken.position)):
            own[at] = text
    return own


def stimulus_at(position: float, said: StimulusText) -> Stimulus:
    """Return the stimulus at a position in samples."""
    index = int(np.floor(position))
    return Stimulus(
        sample_index=index,
        fraction=min(position - index, np.nextafter(1.0, 0.0)),
        stimulus_class=said.stimulus_class,
        current_ma=said.current_ma,
    )


def apart(texts: Sequence[TextAt], *, rate_hz: float, refractory_ms: float) -> list[TextAt]:
    """Leave out texts that repeat the one before them."""
    kept: list[TextAt] = []
    for text in texts:
        if not kept or text.position - kept[-1].position >= refractory_ms * rate_hz / 1000.0:
            kept.append(text)
    return kept


def without_doubles(
    before: Sequence[TextAt], after: Sequence[TextAt], *, rate_hz: float
) -> list[TextAt]:
    """Leave out markers that repeat another one: without an artifact, beside one that has it.

    Parameters
    ----------
    before, after : sequence of TextAt
        The same markers, before and after they were moved onto artifacts.
    rate_hz : float

    Returns
    -------
    list of TextAt
        A marker is taken for a repetition where it has no artifact, and one of
        the same words within 100 ms has: in a train each has its own.
    """
    most = MATCH_S * rate_hz
    kept = []
    for i, text in enumerate(after):
        near = [
            j
            for j in (i - 1, i + 1)
            if 0 <= j < len(after)
            and abs(before[j].position - before[i].position) <= most
            and after[j].said == text.said
        ]
        if text.by_artifact or not any(after[j].by_artifact for j in near):
            kept.append(text)
    return kept


def aligned(
    texts: Sequence[TextAt],
    *,
    read_uv: ReadUv,
    axis: TimeAxis,
    gate_ms: tuple[float, float] = GATE_MS,
) -> tuple[list[TextAt], TriggerQuality]:
    """Move markers onto the artifacts near them.

    Returns
    -------
    list of TextAt
        In the same order. Where most markers have no artifact near them, none
        is moved.
    TriggerQuality
        `stream-synced` where artifacts were found, else `software`.
    """
    windows = _Windows(texts, read_uv=read_uv, axis=axis, gate_ms=gate_ms)
    aligner = ArtifactAligner(rate_hz=axis.rate_hz, gate_ms=gate_ms)
    for i in range(min(len(texts), MOST_ACCEPTED)):
        windows.align(aligner, i)  # only to learn what the artifact looks like
    aligner.n_accepted = 0
    moved = []
    n_seen = 0
    for i, text in enumerate(texts):
        found = windows.align(aligner, i)
        n_seen += found is not None
        shift = 0.0 if found is None else found.shift_samples
        segment = axis.segment_of(text.position)
        position = min(
            max(text.position + shift, float(segment.first_index)),
            np.nextafter(segment.end_index, 0.0),
        )
        is_seen = found is not None and found.by_artifact
        moved.append(TextAt(position=round(position, 6), said=text.said, by_artifact=is_seen))
    if aligner.n_accepted < TRUSTED_SHARE * max(n_seen, 1):
        return list(texts), TriggerQuality.SOFTWARE
    return moved, TriggerQuality.STREAM_SYNCED


class _Windows:
    """Reads what an alignment needs around each marker."""

    def __init__(
        self,
        texts: Sequence[TextAt],
        *,
        read_uv: ReadUv,
        axis: TimeAxis,
        gate_ms: tuple[float, float],
    ) -> None:
        self._texts = texts
        self._read_uv = read_uv
        self._axis = axis
        self._before, self._after = window_offsets(axis.rate_hz, gate_ms=gate_ms)

    def align(self, aligner: ArtifactAligner, i: int) -> Alignment | None:
        """Return where the artifact of a marker is; None where its window is not all recorded."""
        text = self._texts[i]
        index = int(text.position)
        segment = self._axis.segment_of(index)
        first = index - self._before
        if first < segment.first_index or index + self._after > segment.end_index:
            return None
        return aligner.align(
            self._read_uv(first, self._before + self._after),
            fraction=text.position - index,
            current_ma=text.said.current_ma,
        )


def current_after(said: StimulusText, current_ma: float | None) -> float | None:
    """Return the current of the nerve's stimulator after a text.

    A click says nothing of it, and a Z-L response is evoked by another electrode.
    """
    if said.stimulus_class in _OF_THE_NERVE and said.current_ma is not None:
        return said.current_ma
    return current_ma


def with_current(said: StimulusText, current_ma: float | None) -> StimulusText:
    """Return what is said of a stimulus, with the nerve's current where it says none."""
    if said.current_ma is None and said.stimulus_class in _OF_THE_NERVE:
        return replace(said, current_ma=current_ma)
    return said


_OF_THE_NERVE = (None, StimulusClass.AMR, StimulusClass.TETANUS)
