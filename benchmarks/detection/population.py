"""Patients to judge the detector on, drawn from distributions.

Shapes of responses, far M waves, F waves and artifacts are those of the
virtual patient (docs/simulator.md); how often a response skips, how long it
stays silent and how large it is against the noise are drawn here, because the
error rates hang on them.
"""

from dataclasses import dataclass, replace
from math import inf

import numpy as np

from amr_monitor.model.case import Branch, Muscle
from amr_monitor.simulation.distributions import Distribution, LogUniform, Uniform, fixed
from amr_monitor.simulation.patient import MuscleTraits, PatientRanges, draw_patient
from amr_monitor.simulation.potentials import Array
from amr_monitor.simulation.streams import RandomStreams
from benchmarks.detection.responses import median_peak_to_peak_uv
from benchmarks.detection.seeds import Purpose, seed_number, stream

LEAD, DIRECT = Muscle.ORBICULARIS_OCULI, Muscle.MENTALIS
LONGEST_SILENT_RUN_S = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Stratum:
    """A kind of patient, by what the error rates hang on.

    Attributes
    ----------
    amplitude_uv : Distribution
        Median peak to peak of the response where it fires, without noise.
    noise_uv : Distribution
        RMS in the amplifier's band.
    intermittent : float
        Share of patients whose response skips often.
    silent_runs : float
        Share of patients whose response stays away for seconds at a time.
    disturbed : bool
        With stimulus artifact, far M wave, conducted F wave, mains, drifts and
        afterdischarge, all through the real conditioning; else noise alone.
    """

    amplitude_uv: Distribution
    noise_uv: Distribution
    intermittent: float = 0.0
    silent_runs: float = 0.0
    disturbed: bool = False


def plain(noise_uv: float, amplitude_uv: float, *, intermittent: bool = False) -> Stratum:
    """Return a stratum of one noise and one amplitude, without disturbance."""
    return Stratum(
        amplitude_uv=fixed(amplitude_uv),
        noise_uv=fixed(noise_uv),
        intermittent=1.0 if intermittent else 0.0,
    )


MIXED = Stratum(
    amplitude_uv=LogUniform(low=20.0, high=300.0),
    noise_uv=LogUniform(low=2.0, high=10.0),
    intermittent=1.0 / 3.0,
    disturbed=True,
)
"""The mixed population of the requirement; `silent_runs` come on top where said."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Habits:
    """How responses skip, and how they differ; ranges to draw from.

    A stable response skips single sweeps; an intermittent one stays away for
    a few at a time, and loses single units as well.
    """

    stable_miss: Distribution = LogUniform(low=0.002, high=0.02)
    stable_exit: Distribution = Uniform(low=0.7, high=0.95)
    stable_unit_firing: Distribution = Uniform(low=0.6, high=1.0)
    intermittent_miss: Distribution = Uniform(low=0.1, high=0.4)
    intermittent_exit: Distribution = Uniform(low=0.4, high=0.7)
    intermittent_unit_firing: Distribution = Uniform(low=0.3, high=1.0)
    silent_every_s: Distribution = LogUniform(low=60.0, high=600.0)
    silent_median_s: Distribution = fixed(3.0)
    silent_log_sd: Distribution = fixed(1.2)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class BenchPatient:
    """One patient's lead muscle, and how its response comes and goes.

    Attributes
    ----------
    traits : MuscleTraits
        Shapes; the units' amplitudes already give `amplitude_uv`.
    direct : MuscleTraits
        Of the muscle of the stimulated branch.
    amplitude_uv : float
        Median peak to peak of the response where it fires.
    noise_uv : float
    intermittent : bool
    blocked_entry, blocked_exit : float
        Chance a sweep that the whole response stops firing; fires again.
    silent_every_s : float
        Mean time between silent runs; infinity for none.
    silent_median_s, silent_log_sd : float
        Log-normal length of a silent run.
    excitability_drift, m_variation, f_persistence, f_dispersion_ms, mains_hz : float
        As in the virtual patient.
    """

    traits: MuscleTraits
    direct: MuscleTraits
    amplitude_uv: float
    noise_uv: float
    intermittent: bool
    blocked_entry: float
    blocked_exit: float
    silent_every_s: float
    silent_median_s: float
    silent_log_sd: float
    excitability_drift: float
    m_variation: float
    f_persistence: float
    f_dispersion_ms: float
    mains_hz: float

    @property
    def miss_rate(self) -> float:
        """Share of sweeps in which a present response is blocked."""
        return self.blocked_entry / (self.blocked_entry + self.blocked_exit)


def draw_bench_patient(
    stratum: Stratum, root: int, purpose: Purpose, *keys: str | int, habits: Habits | None = None
) -> BenchPatient:
    """Return one patient of a stratum.

    Parameters
    ----------
    stratum : Stratum
    root, purpose, keys
        As `seeds.stream` takes them.
    habits : Habits, optional
    """
    habits = habits or Habits()
    generator = stream(root, purpose, "patient", *keys)
    amplitude_uv = stratum.amplitude_uv.draw(generator)
    noise_uv = stratum.noise_uv.draw(generator)
    is_intermittent = bool(generator.uniform() < stratum.intermittent)
    has_silent_runs = bool(generator.uniform() < stratum.silent_runs)
    if is_intermittent:
        miss = habits.intermittent_miss.draw(generator)
        leaves = habits.intermittent_exit.draw(generator)
        unit_firing = habits.intermittent_unit_firing
    else:
        miss = habits.stable_miss.draw(generator)
        leaves = habits.stable_exit.draw(generator)
        unit_firing = habits.stable_unit_firing
    ranges = PatientRanges(
        amr_unit_uv=LogUniform(low=20.0, high=150.0), amr_firing_probability=unit_firing
    )
    drawn = draw_patient(
        ranges,
        RandomStreams(seed=seed_number(root, purpose, "traits", *keys)),
        (LEAD, DIRECT),
        Branch.MARGINAL_MANDIBULAR,
    )
    lead = drawn.muscles[0]
    if not stratum.disturbed:
        # All of the noise in the band of the response: the harder reading of its RMS.
        lead = replace(lead, noise_pink_share=0.0)
    traits = _scaled(lead, amplitude_uv, generator)
    return BenchPatient(
        traits=traits,
        direct=drawn.muscles[1],
        amplitude_uv=amplitude_uv,
        noise_uv=noise_uv,
        intermittent=is_intermittent,
        blocked_entry=leaves * miss / (1.0 - miss),
        blocked_exit=leaves,
        silent_every_s=habits.silent_every_s.draw(generator) if has_silent_runs else inf,
        silent_median_s=habits.silent_median_s.draw(generator),
        silent_log_sd=habits.silent_log_sd.draw(generator),
        excitability_drift=drawn.excitability_drift,
        m_variation=drawn.m_variation,
        f_persistence=drawn.f_persistence,
        f_dispersion_ms=drawn.f_dispersion_ms,
        mains_hz=drawn.mains_hz,
    )


def _scaled(
    traits: MuscleTraits, amplitude_uv: float, generator: np.random.Generator
) -> MuscleTraits:
    """Return the traits with the wanted amplitude; the largest unit always fires.

    Whether the whole response skips is the patient's habit, not a unit's.
    """
    sizes: Array = np.array([abs(unit.amplitude_uv) for unit in traits.amr_units])
    largest = int(sizes.argmax())
    units = tuple(
        replace(unit, firing_probability=1.0) if index == largest else unit
        for index, unit in enumerate(traits.amr_units)
    )
    traits = replace(traits, amr_units=units)
    factor = amplitude_uv / median_peak_to_peak_uv(traits, generator)
    units = tuple(replace(unit, amplitude_uv=unit.amplitude_uv * factor) for unit in units)
    return replace(traits, amr_units=units)
