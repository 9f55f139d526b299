"""One simulated surgery: scenario + seed -> samples, stimuli, marks, truth."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from scipy.special import erf

from amr_monitor.model.errors import ConfigError
from amr_monitor.simulation.confounders import ElectrodeDrift
from amr_monitor.simulation.faults import place_faults
from amr_monitor.simulation.interference import Interference
from amr_monitor.simulation.look_alikes import draw_look_alikes
from amr_monitor.simulation.noise import LOWPASS_HZ, AmplifierNoise, Mains
from amr_monitor.simulation.patient import ArtifactTraits, MuscleTraits, draw_patient
from amr_monitor.simulation.potentials import Array
from amr_monitor.simulation.response import draw_responses, draw_shared
from amr_monitor.simulation.scenario import Scenario
from amr_monitor.simulation.scenario_file import load_scenario
from amr_monitor.simulation.stimulator import draw_pulses
from amr_monitor.simulation.streams import RandomStreams
from amr_monitor.simulation.timeline import draw_marks, draw_timeline
from amr_monitor.simulation.trajectory import draw_gain_curve, silent_runs

PAGE_S = 4.0
"""Samples are made in pages of this length, whatever is asked for."""

PULSE_MS = 0.2
AFTER_PULSE_MS = 45.0
"""The longest that M wave and artifact tails are followed."""

FAST_TAU_MS = 0.3
LOWEST_RATE_HZ, HIGHEST_RATE_HZ = 1000.0, 50_000.0


class Surgery:
    """A patient, a theatre and a stimulator, from the first to the last sample.

    Samples are made when they are asked for and depend on the seed alone, not
    on the order or size of what is asked for. Memory stays flat: two pages of
    samples and a few numbers for each stimulus.

    Parameters
    ----------
    scenario : Scenario
    seed : int
    minutes : float or None
        Phases are shortened to so many minutes in all; None keeps the pace of
        an operating room.
    rate_hz : float

    Raises
    ------
    ConfigError
        The rate or the minutes cannot be had.
    """

    def __init__(
        self,
        scenario: Scenario,
        *,
        seed: int,
        minutes: float | None,
        rate_hz: float,
    ) -> None:
        if not LOWEST_RATE_HZ <= rate_hz <= HIGHEST_RATE_HZ or rate_hz != round(rate_hz):
            raise ConfigError(
                f"rate: a whole number from {LOWEST_RATE_HZ:g} to {HIGHEST_RATE_HZ:g} Hz "
                f"is needed, not {rate_hz:g}"
            )
        if seed < 0:
            raise ConfigError(f"seed: a whole number from 0 on is needed, not {seed}")
        streams = RandomStreams(seed=seed)
        self.streams = streams
        self.scenario = scenario
        self.seed = seed
        self.minutes = minutes
        self.rate_hz = float(rate_hz)
        self.rail_uv = scenario.rail_uv
        self.timeline = draw_timeline(scenario, streams, minutes)
        self.n_samples = int(self.timeline.end_s) * int(rate_hz)
        self.duration_s = self.n_samples / self.rate_hz
        self.patient = draw_patient(scenario.patient, streams, scenario.muscles, scenario.branch)
        self.faults = place_faults(scenario, self.timeline, streams)
        self.pulses = draw_pulses(scenario, self.timeline, self.faults, streams)
        self.marks = draw_marks(scenario, self.timeline, streams, self.faults.marks())
        runs_s = silent_runs(self.patient, self.duration_s, streams)
        shared = draw_shared(self.patient, self.pulses, self.faults, self.timeline, streams, runs_s)
        self.shared = shared
        self.responses = tuple(
            draw_responses(
                traits,
                self.pulses,
                shared,
                self.faults,
                draw_gain_curve(scenario.trajectory(traits.muscle), self.timeline, streams),
                self.timeline,
                streams,
            )
            for traits in self.patient.muscles
        )
        self.look_alikes = draw_look_alikes(
            self.patient,
            scenario.patient,
            self.pulses,
            shared,
            self.faults,
            self.responses,
            streams,
        )
        self._page_samples = round(PAGE_S * self.rate_hz)
        self._pages: dict[int, Array] = {}
        self._noises = tuple(self._noise(traits, streams) for traits in self.patient.muscles)
        self._hums = tuple(
            Mains.of(
                mains_hz=self.patient.mains_hz,
                duration_s=self.duration_s,
                streams=streams,
                channel=traits.muscle,
            )
            for traits in self.patient.muscles
        )
        self.interferences = tuple(
            Interference(
                muscle=traits.muscle,
                faults=self.faults,
                streams=streams,
                timeline=self.timeline,
                rate_hz=self.rate_hz,
                rail_uv=scenario.rail_uv,
            )
            for traits in self.patient.muscles
        )

    def samples_uv(self, first: int, end: int) -> Array:
        """Return the samples from index `first` to before `end`.

        Returns
        -------
        ndarray of float64, shape (n_muscles, end - first)
            As the amplifier gives them, clipped at its rail, not yet quantised.

        Raises
        ------
        ValueError
            The stretch reaches outside the surgery.
        """
        if not 0 <= first <= end <= self.n_samples:
            raise ValueError(f"samples {first} to {end} are not within 0 to {self.n_samples}")
        out = np.empty((len(self.patient.muscles), end - first))
        at = first
        while at < end:
            number, column = divmod(at, self._page_samples)
            n_now = min(self._page_samples - column, end - at)
            out[:, at - first : at - first + n_now] = self._page(number)[:, column : column + n_now]
            at += n_now
        return out

    def blocks_uv(self, n_samples: int) -> Iterator[Array]:
        """Yield all samples in blocks of `n_samples`, the last one perhaps shorter."""
        for first in range(0, self.n_samples, n_samples):
            yield self.samples_uv(first, min(first + n_samples, self.n_samples))

    def _noise(self, traits: MuscleTraits, streams: RandomStreams) -> AmplifierNoise:
        return AmplifierNoise.of(
            rms_uv=traits.noise_uv,
            pink_share=traits.noise_pink_share,
            streams=streams,
            channel=traits.muscle,
            rate_hz=self.rate_hz,
            page_samples=self._page_samples,
            duration_s=self.duration_s,
        )

    def _page(self, number: int) -> Array:
        if number not in self._pages:
            for old in [page for page in self._pages if page < number - 1 or page > number + 1]:
                del self._pages[old]
            self._pages[number] = np.stack(
                [self._channel_page(number, k) for k in range(len(self.patient.muscles))]
            )
        return self._pages[number]

    def _channel_page(self, number: int, k: int) -> Array:
        traits, interference = self.patient.muscles[k], self.interferences[k]
        first = number * self._page_samples
        time_s = (first + np.arange(self._page_samples)) / self.rate_hz
        page = self.responses[k].potentials.rendered(
            first_index=first, n_samples=self._page_samples, rate_hz=self.rate_hz
        )
        page += self._evoked(first, k)
        look_alike = self.look_alikes[k]
        if look_alike.train.time_s.size:
            page += look_alike.train.rendered(
                first_index=first, n_samples=self._page_samples, rate_hz=self.rate_hz
            )
        if self.faults.of(ElectrodeDrift):
            page *= self.faults.signal_share(traits.muscle, time_s, self.timeline)
        page *= 1.0 + traits.gain_drift_per_hour * time_s / 3600.0
        page += interference.noise_factor(time_s) * self._noises[k].page(number, time_s)
        page += interference.mains_uv(traits.mains_uv, time_s) * self._hums[k].at(time_s)
        page += interference.page(number, time_s)
        clipped: Array = np.clip(page, -self.rail_uv, self.rail_uv)
        return clipped

    def _evoked(self, first: int, k: int) -> Array:
        """Return M waves and artifacts of one page, shape (page_samples,)."""
        n_samples = self._page_samples
        before = int(np.ceil(self.rate_hz * 1e-3))
        after = int(np.ceil(self.rate_hz * AFTER_PULSE_MS * 1e-3))
        onset = self.pulses.time_s * self.rate_hz - first
        low, high = np.searchsorted(onset, [-after, n_samples + before])
        out = np.zeros(n_samples)
        if low == high:
            return out
        onset = onset[low:high]
        columns = np.floor(onset).astype(np.int64)[:, None] + np.arange(-before, after)
        time_ms = (columns - onset[:, None]) * (1000.0 / self.rate_hz)
        traits, responses = self.patient.muscles[k], self.responses[k]
        wave = responses.m_amplitude_uv[low:high, None] * traits.m_shape.at(time_ms)
        look_alike = self.look_alikes[k]
        if look_alike.spread_shape is not None:
            spread = look_alike.spread_shape.at(time_ms)
            wave += look_alike.spread_uv[low:high, None] * spread
        shape = artifact_shape(time_ms, traits.artifact, sigma_ms=filter_sigma_ms(self.rate_hz))
        wave += responses.artifact_uv[low:high, None] * shape
        inside = (columns >= 0) & (columns < n_samples)
        out += np.bincount(columns[inside], weights=wave[inside], minlength=n_samples)
        return out


def filter_sigma_ms(rate_hz: float) -> float:
    """Return how far an amplifier's filter smears a pulse at a sampling rate.

    A Gaussian filter that passes a tenth at half the sampling rate, as against
    aliasing, and is no wider than the amplifier's own band.
    """
    against_aliasing_ms = 1000.0 * np.sqrt(2.0 * np.log(10.0)) / (np.pi * rate_hz)
    own_ms = 1000.0 * np.sqrt(np.log(2.0)) / (2.0 * np.pi * LOWPASS_HZ)
    return float(max(against_aliasing_ms, own_ms))


def artifact_shape(time_ms: Array, artifact: ArtifactTraits, *, sigma_ms: float) -> Array:
    """Return the artifact for an amplitude of 1: a pulse and two tails.

    Parameters
    ----------
    time_ms : ndarray of float64
        After the onset of the pulse.
    artifact : ArtifactTraits
        Its tails.
    sigma_ms : float
        How far the amplifier's filter smears it. The amplitude is that of what
        comes out of the filter.
    """
    # A filter delays: nothing to speak of stands before the onset.
    since_onset_ms = time_ms - 2.0 * sigma_ms
    spread = np.sqrt(2.0) * sigma_ms
    rise = 0.5 * (1.0 + erf(since_onset_ms / spread))
    fall = 0.5 * (1.0 + erf((since_onset_ms - PULSE_MS) / spread))
    peak = erf(0.5 * PULSE_MS / spread)
    since_ms = np.maximum(since_onset_ms - PULSE_MS, 0.0)
    tails = artifact.fast_fraction * np.exp(-since_ms / FAST_TAU_MS)
    tails += artifact.slow_fraction * np.exp(-since_ms / artifact.slow_tau_ms)
    shape: Array = (rise - fall) / peak + fall * tails
    return shape


def simulate(
    scenario: str | Path | Scenario,
    *,
    seed: int = 1,
    minutes: float | None = None,
    rate_hz: float = 10_000.0,
    stimulus_rate_hz: float | None = None,
) -> Surgery:
    """Return a simulated surgery.

    Parameters
    ----------
    scenario : str, Path or Scenario
        The name of a shipped scenario (`scenario_names()`), or a `.toml` file.
    seed : int
        Another seed is another patient and another run of events.
    minutes : float or None
        Phases are shortened to so many minutes in all, the rate of the stimuli
        is not; None keeps the pace of an operating room (more than 2 h).
    rate_hz : float
        Samples a second and channel.
    stimulus_rate_hz : float or None
        0.5 to 3; None as the scenario says.

    Raises
    ------
    ConfigError
        The scenario is unknown or malformed, or does not fit into the minutes.
    """
    if not isinstance(scenario, Scenario):
        scenario = load_scenario(scenario)
    if stimulus_rate_hz is not None:
        scenario = scenario.stimulated_at(stimulus_rate_hz)
    return Surgery(scenario, seed=seed, minutes=minutes, rate_hz=rate_hz)
