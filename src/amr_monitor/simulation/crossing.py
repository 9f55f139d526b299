"""Every trajectory with every confounder: what may disturb any course of a surgery."""

from dataclasses import fields, replace

from amr_monitor.simulation.patient import PatientRanges
from amr_monitor.simulation.phases import PhaseName, PhaseSpan
from amr_monitor.simulation.scenario import Scenario
from amr_monitor.simulation.scenario_file import load_scenario, scenario_names

TRAJECTORIES = (
    "abrupt_loss",
    "gradual_loss",
    "transient_return",
    "returned",
    "early_loss",
    "early_loss_csf",
    "early_loss_returned",
    "attenuated",
    "persistent",
    "not_elicited",
)
"""Shipped scenarios that are a course of the AMR and nothing else; all others are confounders."""

STAYING = ("attenuated", "persistent")

LOOK_ALIKES = ("blink_reflex",)
"""They stay when the AMR is lost, and nothing in the lead tells them from it."""


def confounder_names() -> tuple[str, ...]:
    """Return the shipped scenarios that bring a confounder or a fault, sorted."""
    return tuple(name for name in scenario_names() if name not in TRAJECTORIES)


def crossed(trajectory: str, confounder: str) -> Scenario:
    """Return one trajectory with one confounder: `crossed("persistent", C)` is C alone.

    Both are names of shipped scenarios, or paths of files as `load_scenario` takes them.

    The course of the AMR is the trajectory's; patient, faults, marks, stimulator and
    stream are the confounder's; a phase is as long as the longer of both needs.

    Raises
    ------
    ConfigError
        One of them is neither shipped nor a file.
    """
    course, other = load_scenario(trajectory), load_scenario(confounder)
    return replace(
        other,
        name=f"{course.name}+{other.name}",
        description=f"{course.description} {other.description}",
        trajectories=course.trajectories,
        patient=_patient(course.patient, other.patient),
        phases={phase: _longer(course, other, phase) for phase in PhaseName},
        marks=(*course.marks, *other.marks),
        faults=(*course.faults, *other.faults),
    )


def is_decidable(trajectory: str, confounder: str) -> bool:
    """Return whether any monitor could know the outcome from the lead muscle.

    A look-alike that was there from the first and stays when the AMR goes
    leaves nothing to tell them apart by; what must then be told is a note.
    """
    return confounder not in LOOK_ALIKES or trajectory in STAYING


def _patient(course: PatientRanges, other: PatientRanges) -> PatientRanges:
    usual = PatientRanges()
    return replace(
        course,
        **{
            field.name: getattr(other, field.name)
            for field in fields(PatientRanges)
            if getattr(other, field.name) != getattr(usual, field.name)
        },
    )


def _longer(course: Scenario, other: Scenario, phase: PhaseName) -> PhaseSpan:
    spans = (course.phases[phase], other.phases[phase])
    return max(spans, key=lambda span: span.least_s)
