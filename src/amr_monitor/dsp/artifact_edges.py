"""Stimulus onsets from the artifact, where no trigger channel gives them.

A marker says roughly when; the leading edge of the artifact says when to a
fraction of a sample (peers lose up to 42 % of an averaged response to a jitter
of 1 ms). What must not be taken for that edge is the M wave, 2-4 ms later, and
bursts. The edge is told from them by three things (ours): nothing steep comes
before it, its jump is complete within a fraction of a millisecond, and its
heights over the channels are those of the edges accepted so far.
"""

from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from amr_monitor.model.signal import FloatArray

JUMP_MS = 0.2
"""Over which a jump is taken: a pulse of 0.2 ms after an amplifier's low pass."""

QUIET_MS = 1.0
"""Before the edge nothing may jump, and after it the jump must have been the most of it."""

STANDS_OUT = 10.0
"""Height of an edge over the noise of such jumps, robust standard deviations."""

QUIET_SHARE = 1.0 / 3.0
"""What came before may have jumped this much, compared with the edge."""

COMPLETE_SHARES = (0.5, 0.8)
"""The jump against all that the channel departs within QUIET_MS: an M wave goes on rising.
The second figure holds where a sample is so long that an M wave rises far in one, too."""

GATE_MS = (-25.0, 5.0)
"""Where an artifact may lie around its marker: markers are up to 20 ms late."""

NOISE_MS = 50.0
"""How much before the gate tells the noise."""

LEAST_NOISE_UV = 0.2
"""A coarse converter may show none at all."""

ALIKE = 3.0
"""Heights within this factor of those accepted so far are the same artifact."""

BEFORE_M_WAVE_MS = (1.0, 6.0)
"""An edge so long before a clearer one: the clearer one is the M wave."""

FEWEST_ACCEPTED = 5
FEWEST_STEADY = 10
MOST_ACCEPTED = 31
STEADY_MS = 2.0
"""Where markers keep their distance to the artifact, an edge further off is none."""

TRAIN_CHUNK_S = 5.0
LOST_AFTER = 10
"""So many edges in a row that are unlike the accepted ones: the artifact has changed."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ArtifactEdge:
    """One steep edge out of quiet.

    Attributes
    ----------
    position : float
        Where it crosses half of its height, in samples of the window.
    heights_uv : ndarray of float64, shape (n_channels,)
        Jump of each channel, without sign: polarity may alternate.
    prominence : float
        Over the noise, in the channel where it is clearest.
    n_channels : int
        In which it stands out: an artifact is in all of them.
    rise_samples : float
        How long it rises, along its steepest part; 0 where it is one step.
    """

    position: float
    heights_uv: npt.NDArray[np.float64]
    prominence: float
    n_channels: int
    rise_samples: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Alignment:
    """Where a marker's stimulus lies.

    Attributes
    ----------
    shift_samples : float
        From the marker to the onset.
    by_artifact : bool
        False where no artifact was accepted: then it is the usual shift.
    rise_samples : float
        Of the artifact's edge. Its foot, where the stimulus began, lies half
        of that before the onset, which is where it crosses half its height.
    """

    shift_samples: float
    by_artifact: bool
    rise_samples: float = 0.0


def window_offsets(rate_hz: float, *, gate_ms: tuple[float, float] = GATE_MS) -> tuple[int, int]:
    """Return how many samples before a marker, and after it, an alignment needs."""
    return (
        round((NOISE_MS + QUIET_MS - gate_ms[0]) * rate_hz / 1000.0),
        round((gate_ms[1] + QUIET_MS + 2 * JUMP_MS) * rate_hz / 1000.0) + 3,
    )


def artifact_edges(
    window_uv: FloatArray,
    *,
    rate_hz: float,
    first: int,
    last: int,
    calm_until: int | None = None,
) -> list[ArtifactEdge]:
    """Find the edges that an artifact could have begun with.

    Parameters
    ----------
    window_uv : ndarray of float32, shape (n_channels, n_samples)
        Raw.
    rate_hz : float
    first, last : int
        Edges are looked for in this half-open range of columns.
    calm_until : int or None
        Columns before it tell the noise; None takes those before `first`.

    Returns
    -------
    list of ArtifactEdge
        In order of time; empty where nothing stands out, as when the
        stimulator failed or cautery drowns everything.
    """
    lag = max(round(JUMP_MS * rate_hz / 1000.0), 1)
    quiet = max(round(QUIET_MS * rate_hz / 1000.0), 2)
    complete_share = COMPLETE_SHARES[lag * 1000.0 / rate_hz > 2.0 * JUMP_MS]
    x = window_uv.astype(np.float64)
    signed = x[:, lag:] - x[:, :-lag]
    jumps = np.abs(signed)
    # Half of the jumps of Gaussian noise lie below 0.6745 standard deviations, nine
    # tenths below 1.645; the larger figure is the one that a burst leaves careful.
    n_calm = max(first - quiet, 1) if calm_until is None else calm_until
    calm = np.sort(jumps[:, :n_calm], axis=1)
    half, most = calm[:, calm.shape[1] // 2], calm[:, (9 * calm.shape[1]) // 10]
    noise = np.maximum(np.maximum(half / 0.6745, most / 1.645), LEAST_NOISE_UV)
    clearness = jumps / noise[:, np.newaxis]
    energy = np.sqrt(np.sum(clearness**2, axis=0))
    first = max(first, quiet + lag)
    last = min(last, energy.size - quiet - lag)
    if first >= last:
        return []
    before = np.lib.stride_tricks.sliding_window_view(energy, quiet).max(axis=1)
    before = before[first - quiet - lag : last - quiet - lag]
    here = energy[first:last]
    begins = first + np.flatnonzero((here >= STANDS_OUT) & (before <= QUIET_SHARE * here))
    edges: list[ArtifactEdge] = []
    passed = -1
    for hot in begins.tolist():
        if hot < passed:
            continue
        # Up the slope that begins here, not over to the pulse's way back.
        slope = signed[int(np.argmax(clearness[:, hot]))]
        sign = 1.0 if slope[hot] > 0.0 else -1.0
        at = hot
        while at < hot + 2 * lag and sign * slope[at + 1] > sign * slope[at]:
            at += 1
        if energy[at - quiet - lag : at - lag].max() > QUIET_SHARE * energy[at]:
            continue
        edge = _edge(x, jumps, clearness, at, lag, quiet, complete_share)
        if edge is not None:
            edges.append(edge)
            passed = at + quiet
    return edges


def artifact_onset(
    window_uv: FloatArray, *, rate_hz: float, expected: float, gate_ms: tuple[float, float]
) -> float | None:
    """Return the clearest edge near an expected position.

    Parameters
    ----------
    window_uv : ndarray of float32, shape (n_channels, n_samples)
    rate_hz : float
    expected : float
        In samples of the window.
    gate_ms : tuple of float
        How much before and after it the edge may lie.

    Returns
    -------
    float or None
        In samples of the window; None where nothing stands out.
    """
    first, last = (round(expected + ms * rate_hz / 1000.0) for ms in gate_ms)
    edges = artifact_edges(window_uv, rate_hz=rate_hz, first=first, last=last)
    edge = _first_of_response(edges, rate_hz)
    return None if edge is None else edge.position


class ArtifactAligner:
    """Move markers onto the artifacts near them, one after the other.

    It learns what the artifact looks like over the channels and how late the
    markers are, from what it has accepted, and from nothing later: a live
    stream and its replay are aligned alike. Where no artifact is accepted the
    marker is shifted by the running median of the accepted shifts.

    Parameters
    ----------
    rate_hz : float
    gate_ms : tuple of float
        Where an artifact may lie around its marker.
    """

    def __init__(self, *, rate_hz: float, gate_ms: tuple[float, float] = GATE_MS) -> None:
        self._rate_hz = rate_hz
        self._gate_ms = gate_ms
        self._before, _ = window_offsets(rate_hz, gate_ms=gate_ms)
        self._shifts: deque[float] = deque(maxlen=MOST_ACCEPTED)
        self._heights: deque[npt.NDArray[np.float64]] = deque(maxlen=MOST_ACCEPTED)
        self._n_unlike = 0
        self.n_accepted = 0

    def align(
        self, window_uv: FloatArray, *, fraction: float, current_ma: float | None
    ) -> Alignment:
        """Take the window around the next marker.

        Parameters
        ----------
        window_uv : ndarray of float32, shape (n_channels, n_samples)
            From `window_offsets` before the marker's sample to after it.
        fraction : float
            Of the marker, in samples after its sample.
        current_ma : float or None
            The artifact scales with it; None where it is not known.
        """
        low, high = (round(ms * self._rate_hz / 1000.0) for ms in self._gate_ms)
        edges = artifact_edges(
            window_uv,
            rate_hz=self._rate_hz,
            first=self._before + low,
            last=self._before + high + 1,
        )
        scale = current_ma or 1.0
        chosen = self._most_alike(edges, scale)
        if chosen is None:
            self._note_unlike(edges)
            usual = float(np.median(self._shifts)) if len(self._shifts) >= FEWEST_ACCEPTED else 0.0
            return Alignment(shift_samples=usual, by_artifact=False)
        shift = chosen.position - self._before - fraction
        self._n_unlike = 0
        self.n_accepted += 1
        self._shifts.append(shift)
        self._heights.append(chosen.heights_uv / scale)
        return Alignment(shift_samples=shift, by_artifact=True, rise_samples=chosen.rise_samples)

    def _most_alike(self, edges: Iterable[ArtifactEdge], scale: float) -> ArtifactEdge | None:
        candidates = [edge for edge in edges if self._is_in_time(edge)]
        if len(self._heights) < FEWEST_ACCEPTED:
            return _first_of_response(candidates, self._rate_hz)
        usual = np.median(np.array(self._heights), axis=0)
        strongest = int(np.argmax(usual))
        # Channels where the artifact is a good part of the largest one tell its face.
        telling = usual >= 0.1 * usual[strongest]

        def unlikeness(edge: ArtifactEdge) -> float:
            ratios = np.maximum(edge.heights_uv[telling] / scale, 1e-9) / usual[telling]
            return float(np.max(np.abs(np.log(ratios))))

        alike = [edge for edge in candidates if unlikeness(edge) <= np.log(ALIKE)]
        return min(alike, key=unlikeness) if alike else None

    def _is_in_time(self, edge: ArtifactEdge) -> bool:
        if len(self._shifts) < FEWEST_STEADY:
            return True
        usual = np.median(self._shifts)
        spread = float(np.median(np.abs(np.array(self._shifts) - usual)))
        allowed = max(6.0 * spread, STEADY_MS * self._rate_hz / 1000.0)
        return bool(abs(edge.position - self._before - usual) <= allowed)

    def _note_unlike(self, edges: Iterable[ArtifactEdge]) -> None:
        self._n_unlike = self._n_unlike + 1 if list(edges) else 0
        if self._n_unlike >= LOST_AFTER:
            self._heights.clear()
            self._shifts.clear()
            self._n_unlike = 0


def artifact_train(
    read_uv: Callable[[int, int], FloatArray],
    stretches: Sequence[tuple[int, int]],
    *,
    rate_hz: float,
    refractory_ms: float,
) -> npt.NDArray[np.float64]:
    """Find the artifacts of a recording that nothing else tells of.

    Parameters
    ----------
    read_uv : callable
        Returns samples (first, n_samples) of all channels.
    stretches : sequence of (int, int)
        First sample and length of each stretch without a hole.
    rate_hz : float
    refractory_ms : float
        Nearer edges are one artifact.

    Returns
    -------
    ndarray of float64, shape (n_stimuli,)
        Those of the edges in most channels that are alike in height.
    """
    reach = round(2.0 * QUIET_MS * rate_hz / 1000.0) + 3
    n_chunk = round(TRAIN_CHUNK_S * rate_hz)
    found: list[ArtifactEdge] = []
    for first, n_samples in stretches:
        for start in range(first, first + n_samples, n_chunk):
            low = max(start - reach, first)
            high = min(start + n_chunk + reach, first + n_samples)
            edges = artifact_edges(
                read_uv(low, high - low),
                rate_hz=rate_hz,
                first=start - low,
                last=start - low + n_chunk,
                calm_until=high - low,
            )
            found += [replace(edge, position=edge.position + low) for edge in edges]
    if not found:
        return np.empty(0)
    widest = max(edge.n_channels for edge in found)
    found = [edge for edge in found if edge.n_channels == widest]
    heights = np.log(np.array([np.maximum(edge.heights_uv, 1e-3) for edge in found]))
    alike = np.abs(heights - np.median(heights, axis=0)).max(axis=1) <= np.log(ALIKE)
    positions = np.sort([e.position for e, is_one in zip(found, alike, strict=True) if is_one])
    apart_samples = max(refractory_ms, BEFORE_M_WAVE_MS[1]) * rate_hz / 1000.0
    kept: list[float] = []
    for position in positions.tolist():
        if not kept or position - kept[-1] >= apart_samples:
            kept.append(position)
    return np.array(kept)


def _first_of_response(edges: Sequence[ArtifactEdge], rate_hz: float) -> ArtifactEdge | None:
    """Return the clearest edge, or one before it whose M wave it can be.

    Only edges in as many channels as any compete: a spike of one muscle is in one.
    """
    if not edges:
        return None
    widest = max(edge.n_channels for edge in edges)
    edges = [edge for edge in edges if edge.n_channels == widest]
    clearest = max(edges, key=lambda edge: edge.prominence)
    low, high = (ms * rate_hz / 1000.0 for ms in BEFORE_M_WAVE_MS)
    earlier = [e for e in edges if low <= clearest.position - e.position <= high]
    return max(earlier, key=lambda edge: edge.prominence, default=clearest)


def _edge(
    x: npt.NDArray[np.float64],
    jumps: npt.NDArray[np.float64],
    clearness: npt.NDArray[np.float64],
    at: int,
    lag: int,
    quiet: int,
    complete_share: float,
) -> ArtifactEdge | None:
    """Measure the jump at a column; None where it goes on as an M wave does."""
    channel = int(np.argmax(clearness[:, at]))
    row = x[channel]
    departure = np.abs(row[at : at + quiet + 1] - row[at]).max()
    if jumps[channel, at] < complete_share * departure:
        return None
    low = float(np.median(row[at - quiet : at - lag + 1]))
    sign = 1.0 if row[at + lag] >= row[at] else -1.0
    rising = sign * (row[at - lag : at + 2 * lag + 1] - low)
    half = 0.5 * rising.max()
    after = int(np.argmax(rising >= half))
    if after == 0:
        return None
    before_uv, after_uv = rising[after - 1], rising[after]
    if before_uv <= 0.2 * half and after_uv >= 1.8 * half:
        fraction, rise = 0.5, 0.0  # a jump from one sample to the next tells nothing between them
    else:
        fraction = float((half - before_uv) / (after_uv - before_uv))
        rise = float(2.0 * half / np.diff(rising).max())
    return ArtifactEdge(
        position=at - lag + after - 1 + fraction,
        heights_uv=jumps[:, at].copy(),
        prominence=float(clearness[channel, at]),
        n_channels=int(np.count_nonzero(clearness[:, at] >= STANDS_OUT)),
        rise_samples=rise,
    )
