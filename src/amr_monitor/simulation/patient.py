"""A patient drawn from a population: what the responses look like.

The ranges are those of docs/simulator.md; a scenario narrows them. Each trait
is drawn from a stream of its own, so that setting one leaves the others.
"""

# ruff: noqa: RUF009 -- the defaults that are made here are frozen themselves

from dataclasses import dataclass

import numpy as np

from amr_monitor.model.case import DIRECT_MUSCLE, Branch, Muscle
from amr_monitor.simulation.distributions import (
    ClippedNormal,
    Distribution,
    LogUniform,
    Uniform,
    fixed,
)
from amr_monitor.simulation.potentials import CompoundPotential, Lobe, motor_unit_potential
from amr_monitor.simulation.streams import RandomStreams


@dataclass(frozen=True, slots=True, kw_only=True)
class PatientRanges:
    """The population that a patient is drawn from.

    Amplitudes are peak to peak unless they say otherwise; those of noise are
    RMS, those of mains are the amplitude of the sine. `*_probability` of a
    patient is how many patients have the trait at all.
    """

    # The M wave of the stimulated branch, and what is conducted to other muscles.
    m_amplitude_uv: Distribution = LogUniform(low=500.0, high=5000.0)
    m_onset_ms: Distribution = Uniform(low=2.0, high=4.0)
    m_duration_ms: Distribution = Uniform(low=5.0, high=7.0)
    m_variation: Distribution = Uniform(low=0.03, high=0.08)
    m_half_current: Distribution = Uniform(low=0.3, high=0.6)
    far_field_uv: Distribution = LogUniform(low=5.0, high=30.0)
    # The abnormal muscle response.
    amr_polyphasic_probability: Distribution = fixed(0.5)
    amr_unit_uv: Distribution = LogUniform(low=20.0, high=150.0)
    amr_amplitude_uv: Distribution | None = None
    amr_onset_ms: Distribution = ClippedNormal(mean=10.0, sd=1.0, low=8.2, high=12.5)
    amr_unit_width_ms: Distribution = Uniform(low=0.2, high=0.6)
    amr_jitter_ms: Distribution = Uniform(low=0.1, high=0.3)
    amr_unit_jitter_ms: Distribution = Uniform(low=0.02, high=0.04)
    amr_firing_probability: Distribution = Uniform(low=0.3, high=1.0)
    amr_variation: Distribution = Uniform(low=0.15, high=0.4)
    amr_half_current: Distribution = Uniform(low=0.4, high=0.85)
    amr_mentalis_fraction: Distribution = Uniform(low=0.5, high=1.5)
    afterdischarge_patient_probability: Distribution = fixed(0.3)
    afterdischarge_probability: Distribution = Uniform(low=0.05, high=0.3)
    silent_run_patient_probability: Distribution = fixed(0.15)
    silent_run_median_s: Distribution = fixed(3.0)
    silent_run_every_s: Distribution = LogUniform(low=60.0, high=600.0)
    excitability_drift: Distribution = Uniform(low=0.0, high=0.15)
    # Late waves that are not the AMR.
    f_persistence: Distribution = Uniform(low=0.3, high=1.0)
    f_onset_ms: Distribution = ClippedNormal(mean=9.4, sd=0.5, low=7.8, high=10.5)
    f_dispersion_ms: Distribution = fixed(0.8)
    f_fraction_of_m: Distribution = Uniform(low=0.03, high=0.07)
    f_conducted: Distribution = Uniform(low=0.0, high=0.03)
    # Look-alikes that most patients do not have: see `look_alikes`.
    blink_uv: Distribution = fixed(0.0)
    blink_onset_ms: Distribution = Uniform(low=10.0, high=12.0)
    blink_probability: Distribution = Uniform(low=0.7, high=1.0)
    spread_uv: Distribution = fixed(0.0)
    late_wave_conducted: Distribution = fixed(0.0)
    # What the electrodes and the amplifier add.
    artifact_uv: Distribution = LogUniform(low=100.0, high=5000.0)
    artifact_variation: Distribution = Uniform(low=0.005, high=0.02)
    artifact_drift: Distribution = Uniform(low=0.02, high=0.1)
    artifact_fast_fraction: Distribution = Uniform(low=0.1, high=0.4)
    artifact_slow_fraction: Distribution = LogUniform(low=0.01, high=0.1)
    artifact_slow_tau_ms: Distribution = Uniform(low=2.0, high=4.0)
    noise_uv: Distribution = Uniform(low=1.0, high=5.0)
    noise_pink_share: Distribution = Uniform(low=0.1, high=0.5)
    mains_hz: Distribution = fixed(50.0)
    mains_uv: Distribution = Uniform(low=0.0, high=30.0)
    gain_drift_per_hour: Distribution = Uniform(low=-0.1, high=0.1)


@dataclass(frozen=True, slots=True, kw_only=True)
class MotorUnit:
    """One motor unit of a response.

    Attributes
    ----------
    latency_ms : float
        Of its middle, after the stimulus.
    amplitude_uv : float
        Peak to peak, signed.
    width_ms : float
        Sigma of its Gaussian.
    triphasic : float
        0 two phases, 1 three.
    firing_probability : float
        All or none.
    """

    latency_ms: float
    amplitude_uv: float
    width_ms: float
    triphasic: float
    firing_probability: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ArtifactTraits:
    """How the stimulus itself looks in one channel, at the reference current.

    `amplitude_uv` is signed; the tails are fractions of it, each of its own
    sign, with 0.3 ms and `slow_tau_ms`.
    """

    amplitude_uv: float
    fast_fraction: float
    slow_fraction: float
    slow_tau_ms: float
    variation: float
    drift: float


@dataclass(frozen=True, slots=True, kw_only=True)
class MuscleTraits:
    """One patient's responses, noise and artifact in one muscle."""

    muscle: Muscle
    is_direct: bool
    m_amplitude_uv: float
    m_shape: CompoundPotential
    amr_units: tuple[MotorUnit, ...]
    amr_jitter_ms: float
    amr_unit_jitter_ms: float
    amr_variation: float
    afterdischarge_probability: float
    f_units: tuple[MotorUnit, ...]
    artifact: ArtifactTraits
    noise_uv: float
    noise_pink_share: float
    mains_uv: float
    gain_drift_per_hour: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Patient:
    """Everything about a patient that does not change during the surgery."""

    muscles: tuple[MuscleTraits, ...]
    m_variation: float
    m_half_current: float
    amr_half_current: float
    f_persistence: float
    f_dispersion_ms: float
    has_silent_runs: bool
    silent_run_median_s: float
    silent_run_every_s: float
    excitability_drift: float
    mains_hz: float


class _Traits:
    """Draw traits by name, each from its own stream."""

    def __init__(self, ranges: PatientRanges, streams: RandomStreams) -> None:
        self._ranges = ranges
        self._streams = streams

    def __call__(self, name: str, *keys: str) -> float:
        distribution: Distribution = getattr(self._ranges, name)
        return distribution.draw(self._streams.generator("patient", name, *keys))

    def chance(self, name: str, *keys: str) -> bool:
        """Return whether this patient is among those that `name` speaks of."""
        probability: Distribution = getattr(self._ranges, name)
        generator = self._streams.generator("patient", name, *keys)
        return bool(generator.uniform() < probability.draw(generator))

    def generator(self, *keys: str) -> np.random.Generator:
        """Return the stream of a trait that is more than one number."""
        return self._streams.generator("patient", *keys)


def draw_patient(
    ranges: PatientRanges, streams: RandomStreams, muscles: tuple[Muscle, ...], branch: Branch
) -> Patient:
    """Return one patient of the population that `ranges` describes."""
    traits = _Traits(ranges, streams)
    m_amplitude_uv = traits("m_amplitude_uv")
    has_afterdischarge = traits.chance("afterdischarge_patient_probability")
    afterdischarge = traits("afterdischarge_probability") if has_afterdischarge else 0.0
    return Patient(
        muscles=tuple(
            _draw_muscle(
                muscle,
                traits,
                ranges,
                is_direct=muscle is DIRECT_MUSCLE[branch],
                m_amplitude_uv=m_amplitude_uv,
                afterdischarge=afterdischarge,
            )
            for muscle in muscles
        ),
        m_variation=traits("m_variation"),
        m_half_current=traits("m_half_current"),
        amr_half_current=traits("amr_half_current"),
        f_persistence=traits("f_persistence"),
        f_dispersion_ms=traits("f_dispersion_ms"),
        has_silent_runs=traits.chance("silent_run_patient_probability"),
        silent_run_median_s=traits("silent_run_median_s"),
        silent_run_every_s=traits("silent_run_every_s"),
        excitability_drift=traits("excitability_drift"),
        mains_hz=traits("mains_hz"),
    )


def _draw_muscle(
    muscle: Muscle,
    traits: _Traits,
    ranges: PatientRanges,
    *,
    is_direct: bool,
    m_amplitude_uv: float,
    afterdischarge: float,
) -> MuscleTraits:
    return MuscleTraits(
        muscle=muscle,
        is_direct=is_direct,
        m_amplitude_uv=m_amplitude_uv if is_direct else traits("far_field_uv", muscle),
        m_shape=_draw_m_shape(muscle, traits, is_direct=is_direct),
        amr_units=_draw_amr_units(muscle, traits, ranges, is_direct=is_direct),
        amr_jitter_ms=traits("amr_jitter_ms", muscle),
        amr_unit_jitter_ms=traits("amr_unit_jitter_ms", muscle),
        amr_variation=traits("amr_variation", muscle),
        afterdischarge_probability=afterdischarge,
        f_units=_draw_f_units(
            traits, m_amplitude_uv * (1.0 if is_direct else traits("f_conducted", muscle))
        ),
        artifact=_draw_artifact(muscle, traits),
        noise_uv=traits("noise_uv", muscle),
        noise_pink_share=traits("noise_pink_share", muscle),
        mains_uv=traits("mains_uv", muscle),
        gain_drift_per_hour=traits("gain_drift_per_hour", muscle),
    )


def _draw_m_shape(muscle: Muscle, traits: _Traits, *, is_direct: bool) -> CompoundPotential:
    """Two main phases and a slow third; far from the muscle blunter, later, and longer."""
    generator = traits.generator("m_shape", muscle)
    wobble = generator.uniform(0.9, 1.1, size=(3, 3))
    if is_direct:
        sizes, middles, widths = (1.0, -0.85, 0.12), (0.28, 0.62, 0.97), (0.10, 0.13, 0.14)
        stretch = 1.0
    else:
        sizes, middles, widths = (0.6, -0.7, 0.8), (0.30, 0.66, 1.02), (0.12, 0.15, 0.17)
        stretch = float(generator.uniform(0.95, 1.1))
    turned = float(generator.choice([-1.0, 1.0]))
    return CompoundPotential(
        onset_ms=traits("m_onset_ms"),
        duration_ms=traits("m_duration_ms") * stretch,
        lobes=tuple(
            Lobe(
                size=turned * size * float(wobble[0, k]),
                middle=middle * float(wobble[1, k] if k else 1.0),
                width=width * float(wobble[2, k]),
            )
            for k, (size, middle, width) in enumerate(zip(sizes, middles, widths, strict=True))
        ),
    )


def _draw_amr_units(
    muscle: Muscle, traits: _Traits, ranges: PatientRanges, *, is_direct: bool
) -> tuple[MotorUnit, ...]:
    """One to three units within 2-8 ms, or four to twelve within 15 ms."""
    generator = traits.generator("amr_units", muscle)
    polyphasic = traits.chance("amr_polyphasic_probability", muscle)
    n_units = int(generator.integers(4, 13) if polyphasic else generator.integers(1, 4))
    spread_ms = float(generator.uniform(4.0, 9.0) if polyphasic else generator.uniform(1.0, 4.0))
    # In the muscle of the stimulated branch the way back is longer.
    onset_ms = traits("amr_onset_ms") + (float(generator.uniform(0.8, 2.5)) if is_direct else 0.0)
    later_ms = np.sort(np.append(0.0, generator.uniform(0.3, spread_ms, size=n_units - 1)))
    units = []
    for delay_ms in later_ms:
        width_ms = ranges.amr_unit_width_ms.draw(generator)
        units.append(
            MotorUnit(
                latency_ms=onset_ms + 2.3 * width_ms + float(delay_ms),
                amplitude_uv=ranges.amr_unit_uv.draw(generator)
                * float(generator.choice([-1.0, 1.0], p=[0.35, 0.65])),
                width_ms=width_ms,
                triphasic=float(generator.uniform(0.2, 1.0)),
                firing_probability=ranges.amr_firing_probability.draw(generator),
            )
        )
    if ranges.amr_amplitude_uv is None:
        return tuple(units)
    wanted_uv = traits("amr_amplitude_uv") * (
        traits("amr_mentalis_fraction", muscle) if is_direct else 1.0
    )
    factor = wanted_uv / _peak_to_peak_uv(units)
    return tuple(
        MotorUnit(
            latency_ms=unit.latency_ms,
            amplitude_uv=unit.amplitude_uv * factor,
            width_ms=unit.width_ms,
            triphasic=unit.triphasic,
            firing_probability=unit.firing_probability,
        )
        for unit in units
    )


def _peak_to_peak_uv(units: list[MotorUnit]) -> float:
    """Return the size of the response in which every unit fires."""
    time_ms = np.arange(0.0, 50.0, 0.05)
    total = np.zeros_like(time_ms)
    for unit in units:
        x = (time_ms - unit.latency_ms) / unit.width_ms
        total += unit.amplitude_uv * motor_unit_potential(x, unit.triphasic)
    return float(np.ptp(total))


def _draw_f_units(traits: _Traits, m_amplitude_uv: float) -> tuple[MotorUnit, ...]:
    """Return the pool of units of which each F wave takes some, the same in every channel."""
    generator = traits.generator("f_units")
    amplitude_uv = m_amplitude_uv * traits("f_fraction_of_m")
    onset_ms = traits("f_onset_ms")
    units = []
    for _ in range(6):
        width_ms = float(generator.uniform(0.3, 0.6))
        units.append(
            MotorUnit(
                latency_ms=onset_ms + 2.3 * width_ms + float(generator.uniform(0.0, 1.5)),
                amplitude_uv=amplitude_uv * float(generator.uniform(0.5, 1.1)),
                width_ms=width_ms,
                triphasic=float(generator.uniform(0.0, 0.8)),
                firing_probability=0.35,
            )
        )
    return tuple(units)


def _draw_artifact(muscle: Muscle, traits: _Traits) -> ArtifactTraits:
    generator = traits.generator("artifact_signs", muscle)
    sign, fast_sign, slow_sign = (float(s) for s in generator.choice([-1.0, 1.0], size=3))
    return ArtifactTraits(
        amplitude_uv=sign * traits("artifact_uv", muscle),
        fast_fraction=fast_sign * traits("artifact_fast_fraction", muscle),
        slow_fraction=slow_sign * traits("artifact_slow_fraction", muscle),
        slow_tau_ms=traits("artifact_slow_tau_ms", muscle),
        variation=traits("artifact_variation", muscle),
        drift=traits("artifact_drift", muscle),
    )
