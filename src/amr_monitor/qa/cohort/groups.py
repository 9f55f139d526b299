"""Who is compared, and who is left out: Figure 1 of the paper on one's own patients."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from amr_monitor.model.case import Outcome
from amr_monitor.qa.cohort.patients import Patient

EXCLUDED_BY_OUTCOME = {
    Outcome.DISAPPEARED_BEFORE_DECOMPRESSION: "AMR disappeared before decompression",
    Outcome.NOT_ELICITED: "AMR not elicited",
    Outcome.INDETERMINATE: "outcome indeterminate",
    None: "outcome not known",
}
"""Neither of group A nor of group B, whatever else is known."""

LOST_TO_FOLLOW_UP = "lost to follow-up"


@dataclass(frozen=True, slots=True, kw_only=True)
class Exclusion:
    """One reason to be left out, and how many it leaves out."""

    reason: str
    n_patients: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Groups:
    """The patients, parted as in Figure 1.

    Attributes
    ----------
    n_patients : int
        All of the table.
    exclusions : tuple of Exclusion
        Each patient is counted once; what the outcome says goes first.
    disappeared : tuple of Patient
        Group A.
    persistent : tuple of Patient
        Group B.
    """

    n_patients: int
    exclusions: tuple[Exclusion, ...]
    disappeared: tuple[Patient, ...]
    persistent: tuple[Patient, ...]

    @property
    def n_excluded(self) -> int:
        """Of all reasons."""
        return sum(each.n_patients for each in self.exclusions)

    @property
    def n_compared(self) -> int:
        """Of both groups."""
        return len(self.disappeared) + len(self.persistent)


def parted(patients: Sequence[Patient]) -> Groups:
    """Return the groups of some patients."""
    reasons = Counter(reason for patient in patients if (reason := _excluded_for(patient)))
    told = list(EXCLUDED_BY_OUTCOME.values())
    order = sorted(reasons, key=lambda r: (told.index(r) if r in told else len(told), r))
    kept = [patient for patient in patients if not _excluded_for(patient)]
    return Groups(
        n_patients=len(patients),
        exclusions=tuple(Exclusion(reason=r, n_patients=reasons[r]) for r in order),
        disappeared=tuple(p for p in kept if p.outcome is Outcome.DISAPPEARED),
        persistent=tuple(p for p in kept if p.outcome is Outcome.PERSISTENT),
    )


def _excluded_for(patient: Patient) -> str:
    """Return why a patient is left out; "" for one who is compared."""
    if patient.outcome in EXCLUDED_BY_OUTCOME and not (
        patient.outcome is None and patient.excluded_reason
    ):
        return EXCLUDED_BY_OUTCOME[patient.outcome]
    reason = patient.excluded_reason.replace("_", " ")
    # The one reason that the paper names is written in many ways.
    return LOST_TO_FOLLOW_UP if reason.lower().replace("-", " ") == "lost to follow up" else reason
