"""A small, fast, seeded patient for tests of the core: no files, no simulation package.

Everything is written into one continuous trace, from which sweeps are cut by
slices: blocks and sweeps hold the same numbers.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from amr_monitor.model.case import Muscle
from amr_monitor.model.signal import Channel, FloatArray, Montage, SampleBlock
from amr_monitor.model.source import Origin, ReceivedUpTo, SourceInfo
from amr_monitor.model.stimulation import Stimulus, StimulusClass, TriggerQuality
from amr_monitor.model.sweep import Sweep, sweep_offsets

Array = npt.NDArray[np.float64]

OCULI, MENTALIS, FRONTALIS = Muscle.ORBICULARIS_OCULI, Muscle.MENTALIS, Muscle.FRONTALIS
SWEEP_MS = (-500.0, 100.0)
RESPONSE_MS = 45.0
STEP_UV = 0.1


@dataclass(frozen=True, slots=True, kw_only=True)
class Patient:
    """What is drawn once for a patient.

    Attributes
    ----------
    amplitude_uv : dict of Muscle to float
        Median peak to peak of the abnormal response; 0 or absent for none.
    onset_ms : dict of Muscle to float
    skip : float
        Chance that a present response does not fire.
    variation : float
        Coefficient of variation of its amplitude.
    jitter_ms : float
    noise_uv : float
        RMS, white plus slow.
    mains_uv, mains_hz : float
    m_wave_uv : float
        Peak to peak in the direct muscle.
    m_copy : float
        Share of it that volume conduction brings to the other muscles.
    artifact_uv, rail_uv : float
    """

    amplitude_uv: dict[Muscle, float] = field(default_factory=lambda: {OCULI: 100.0})
    onset_ms: dict[Muscle, float] = field(default_factory=lambda: {OCULI: 10.0, MENTALIS: 13.0})
    skip: float = 0.02
    variation: float = 0.25
    jitter_ms: float = 0.15
    noise_uv: float = 5.0
    mains_uv: float = 6.0
    mains_hz: float = 50.02
    m_wave_uv: float = 2000.0
    m_copy: float = 0.04
    artifact_uv: float = 900.0
    rail_uv: float = 5000.0


class Recording:
    """One surgery's samples, with the gains of each stimulus open to the test.

    Parameters
    ----------
    n_stimuli : int
    seed : int
    patient : Patient
    muscles : sequence of Muscle
        In row order; `direct` among them carries the M wave.
    rate_hz : float
    interval_s : float
        Between stimuli; `times_s` overrides it.
    times_s : sequence of float, optional
        Onsets of the stimuli.
    current_ma : float or None
    direct : Muscle
    """

    def __init__(
        self,
        n_stimuli: int,
        *,
        seed: int = 1,
        patient: Patient | None = None,
        muscles: Sequence[Muscle] = (OCULI, MENTALIS),
        rate_hz: float = 5000.0,
        interval_s: float = 1.0,
        times_s: Sequence[float] | None = None,
        current_ma: float | None = 10.0,
        direct: Muscle = MENTALIS,
    ) -> None:
        self.patient = patient or Patient()
        self.muscles = tuple(muscles)
        self.rate_hz = rate_hz
        self.direct = direct
        self.rng = np.random.default_rng(seed)
        if times_s is None:
            times_s = [0.7 + interval_s * index for index in range(n_stimuli)]
        self.times_s = np.asarray(times_s, dtype=np.float64)
        n = self.times_s.size
        self.amr = {muscle: np.ones(n) for muscle in self.muscles}
        self.m_wave = np.ones(n)
        self.artifact = {muscle: np.ones(n) for muscle in self.muscles}
        self.noise = {muscle: np.ones(n) for muscle in self.muscles}
        self.gain = {muscle: np.ones(n) for muscle in self.muscles}
        self.current_ma: list[float | None] = [current_ma] * n
        self.polarity = [1] * n
        self.classes: list[StimulusClass | None] = [None] * n
        self.extra: list[tuple[float, StimulusClass | None]] = []
        self.delivered = np.ones(n, dtype=bool)
        self.burst: dict[Muscle, list[tuple[float, float, float]]] = {m: [] for m in self.muscles}
        self.mains_times: dict[Muscle, list[tuple[float, float, float]]] = {
            m: [] for m in self.muscles
        }
        self.flat: list[tuple[Muscle, float, float]] = []
        self.lost: list[tuple[Muscle, float, float]] = []
        self.overlays: list[tuple[Muscle, float, Array]] = []
        self.fired = {muscle: np.zeros(n, dtype=bool) for muscle in self.muscles}
        self._trace: FloatArray | None = None

    def __len__(self) -> int:
        return int(self.times_s.size)

    @property
    def duration_s(self) -> float:
        """Until one second after the last stimulus."""
        return float(self.times_s[-1]) + 1.0

    @property
    def n_samples(self) -> int:
        """Of the whole trace."""
        return round(self.duration_s * self.rate_hz)

    @property
    def info(self) -> SourceInfo:
        """What a driver would say of it."""
        rail = self.patient.rail_uv
        channels = tuple(
            Channel(label=muscle.value, muscle=muscle, rail_uv=rail) for muscle in self.muscles
        )
        return SourceInfo(
            name="test",
            origin=Origin.SIMULATED,
            montage=Montage(channels=channels),
            sampling_rate_hz=self.rate_hz,
            trigger_quality=TriggerQuality.SAMPLE_LOCKED,
        )

    def index(self, time_s: float) -> int:
        """Return the sample at a time."""
        return round(time_s * self.rate_hz)

    def after(self, sweep: int) -> float:
        """Return a moment shortly after a sweep is complete."""
        return float(self.times_s[sweep]) + 0.15

    # ------------------------------------------------------------- stimuli

    @property
    def stimuli(self) -> tuple[Stimulus, ...]:
        """All of them in order, the foreign ones too."""
        told = [
            (float(t), c, ma, p)
            for t, c, ma, p in zip(
                self.times_s, self.classes, self.current_ma, self.polarity, strict=True
            )
        ]
        told += [(t, c, None, 0) for t, c in self.extra]
        out = []
        for time_s, stimulus_class, current_ma, polarity in sorted(told, key=lambda s: s[0]):
            position = time_s * self.rate_hz
            first = int(np.floor(position + 1e-6))
            out.append(
                Stimulus(
                    sample_index=first,
                    fraction=min(max(0.0, round(position - first, 3)), 0.999),
                    stimulus_class=stimulus_class,
                    current_ma=current_ma,
                    polarity=polarity,
                )
            )
        return tuple(out)

    # -------------------------------------------------------------- signal

    @property
    def samples_uv(self) -> FloatArray:
        """The trace, quantised, shape (n_channels, n_samples)."""
        if self._trace is None:
            self._trace = self._render()
        return self._trace

    def _per_sample(self, factors: Array) -> FloatArray:
        """Spread a factor per stimulus over the samples around it."""
        if np.all(factors == factors[0]):
            return np.full(1, factors[0], dtype=np.float32)
        edges = np.round((self.times_s[1:] - 0.55) * self.rate_hz).astype(int)
        counts = np.diff(np.concatenate([[0], edges, [self.n_samples]]))
        return np.repeat(factors.astype(np.float32), counts)

    def _render(self) -> FloatArray:
        patient, rate, n = self.patient, self.rate_hz, self.n_samples
        time = np.arange(n, dtype=np.float64) / rate
        trace = np.zeros((len(self.muscles), n), dtype=np.float32)
        phase = 2.0 * np.pi * self.rng.random()
        hum = np.sin(2.0 * np.pi * patient.mains_hz * time + phase)
        hum += 0.3 * np.sin(6.0 * np.pi * patient.mains_hz * time + 0.4)
        for row, muscle in enumerate(self.muscles):
            noise = self._noise(n)
            for start_s, end_s, level_uv in self.burst[muscle]:
                span = slice(self.index(start_s), self.index(end_s))
                grown = level_uv * self.rng.standard_normal(noise[span].size, dtype=np.float32)
                noise[span] += np.convolve(grown, np.full(3, 0.577), "same")
            noise *= self._per_sample(self.noise[muscle])
            mains = np.full(n, patient.mains_uv)
            for start_s, end_s, level_uv in self.mains_times[muscle]:
                mains[self.index(start_s) : self.index(end_s)] = level_uv
            trace[row] = noise + (mains * hum).astype(np.float32)
        self._add_responses(trace)
        for muscle, time_s, wave in self.overlays:
            first = self.index(time_s)
            trace[self.muscles.index(muscle), first : first + wave.size] += wave
        for row, muscle in enumerate(self.muscles):
            trace[row] *= self._per_sample(self.gain[muscle])
        for muscle, start_s, end_s in self.flat:
            trace[self.muscles.index(muscle), self.index(start_s) : self.index(end_s)] = 0.0
        np.clip(trace, -patient.rail_uv, patient.rail_uv, out=trace)
        trace = np.round(trace / np.float32(STEP_UV)) * np.float32(STEP_UV)
        for muscle, start_s, end_s in self.lost:
            trace[self.muscles.index(muscle), self.index(start_s) : self.index(end_s)] = np.nan
        trace.flags.writeable = False
        return trace

    def _noise(self, n: int) -> FloatArray:
        white = self.rng.standard_normal(n, dtype=np.float32)
        # A little correlation between neighbours, and a slow drift below 30 Hz.
        coarse = self.rng.standard_normal(n // 100 + 2)
        slow = np.interp(np.arange(n) / 100.0, np.arange(coarse.size), coarse)
        shaped = 0.85 * white
        shaped[1:] += 0.45 * white[:-1]
        return np.asarray(self.patient.noise_uv * (shaped + 0.3 * slow), dtype=np.float32)

    def _add_responses(self, trace: FloatArray) -> None:
        rate, n_stimuli = self.rate_hz, len(self)
        columns = np.arange(round(-1.0 * rate / 1000.0), round(RESPONSE_MS * rate / 1000.0))
        positions = self.times_s * rate
        onsets = np.floor(positions + 0.5).astype(int)
        since = (columns[None, :] - (positions - onsets)[:, None]) * 1000.0 / rate
        signs = np.array(self.polarity, dtype=np.float64) * self.delivered
        for row, muscle in enumerate(self.muscles):
            wave = self._artifact(since) * (signs * self.artifact[muscle])[:, None]
            m_share = 1.0 if muscle is self.direct else self.patient.m_copy
            m_spread = 1.0 + 0.04 * self.rng.standard_normal(n_stimuli)
            m_size = self.patient.m_wave_uv * m_share * self.m_wave * m_spread * self.delivered
            wave += m_size[:, None] * _biphasic(since - 4.6, 0.9)
            wave += self._response(muscle, since)
            ends = np.flatnonzero(onsets + columns[-1] < trace.shape[1])
            for index in ends:
                first = onsets[index] + columns[0]
                trace[row, first : first + columns.size] += wave[index].astype(np.float32)

    def _artifact(self, since: Array) -> Array:
        after = np.maximum(since, 0.0)
        pulse = np.where((since >= 0.0) & (since < 0.2), 1.0, 0.0)
        tails = -0.35 * np.exp(-after / 0.35) - 0.03 * np.exp(-after / 3.0)
        return self.patient.artifact_uv * (pulse + np.where(since >= 0.2, tails, 0.0))

    def _response(self, muscle: Muscle, since: Array) -> Array:
        patient, n = self.patient, len(self)
        amplitude = patient.amplitude_uv.get(muscle, 0.0)
        fires = self.rng.random(n) >= patient.skip
        sigma = np.sqrt(np.log1p(patient.variation**2))
        sizes = np.exp(sigma * self.rng.standard_normal(n))
        jitter = patient.jitter_ms * self.rng.standard_normal(n)
        weights = 1.0 + 0.2 * self.rng.standard_normal((n, 3))
        self.fired[muscle] = fires & (self.amr[muscle] > 0.0) & self.delivered
        moved = since - patient.onset_ms.get(muscle, 10.0) - jitter[:, None]
        wave = weights[:, 0, None] * _biphasic(moved - 1.6, 0.55)
        wave += 0.6 * weights[:, 1, None] * _biphasic(moved - 3.4, 0.6)
        wave += 0.3 * weights[:, 2, None] * _biphasic(moved - 5.4, 0.7)
        gains = amplitude * self.amr[muscle] * sizes * self.fired[muscle]
        return np.asarray(gains[:, None] * wave)

    # ------------------------------------------------------------- feeding

    def sweeps(self) -> tuple[Sweep, ...]:
        """Every complete sweep, cut as a reader of pre-cut sweeps would."""
        samples, stimuli = self.samples_uv, self.stimuli
        n_before, n_after = sweep_offsets(self.rate_hz, *SWEEP_MS)
        positions = np.array([stimulus.position for stimulus in stimuli])
        out = []
        for stimulus in stimuli:
            onset = int(np.floor(stimulus.position + 0.5))
            if onset < n_before or onset + n_after > samples.shape[1]:
                continue
            ms = (positions - stimulus.position) * 1000.0 / self.rate_hz
            others = ms[(ms >= SWEEP_MS[0] - 100.0) & (ms < SWEEP_MS[1]) & (ms != 0.0)]
            out.append(
                Sweep(
                    stimulus=stimulus,
                    first_index=onset - n_before,
                    onset_sample=n_before,
                    samples_uv=samples[:, onset - n_before : onset + n_after],
                    other_stimuli_ms=tuple(round(float(other), 2) for other in others),
                )
            )
        return tuple(out)

    def blocks(self, size: int) -> Iterator[tuple[Stimulus | SampleBlock, ...]]:
        """Yield blocks of `size` samples, each with the stimuli that fall into it."""
        samples, stimuli, taken = self.samples_uv, self.stimuli, 0
        for first in range(0, samples.shape[1], size):
            end = min(first + size, samples.shape[1])
            items: list[Stimulus | SampleBlock] = []
            while taken < len(stimuli) and stimuli[taken].sample_index < end:
                items.append(stimuli[taken])
                taken += 1
            yield (*items, SampleBlock(first_index=first, samples_uv=samples[:, first:end]))

    def sweep_items(self) -> tuple[Stimulus | Sweep | ReceivedUpTo, ...]:
        """Return stimuli and sweeps alone, in the order of a pre-cut source."""
        keyed: list[tuple[int, int, Stimulus | Sweep]] = []
        keyed += [(stimulus.sample_index, 0, stimulus) for stimulus in self.stimuli]
        keyed += [(sweep.end_index, 1, sweep) for sweep in self.sweeps()]
        ordered = [item for _, _, item in sorted(keyed, key=lambda entry: entry[:2])]
        return (*ordered, ReceivedUpTo(sample_index=self.n_samples))


def _biphasic(time_ms: Array, width_ms: float) -> Array:
    """Return a Gaussian derivative of 1 unit peak to peak."""
    scaled = time_ms / width_ms
    return -scaled * np.exp(0.5 - 0.5 * scaled**2) / 2.0
