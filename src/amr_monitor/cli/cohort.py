"""The verb that compares the patients whose AMR disappeared with those whose AMR persisted."""

from collections.abc import Callable
from pathlib import Path

from amr_monitor.cli.arguments import Chosen
from amr_monitor.cli.status import DONE, complain
from amr_monitor.model.errors import ConfigError, StorageError
from amr_monitor.qa.cohort.analysis import Cohort, analysed
from amr_monitor.qa.cohort.figures import cohort_csv, cohort_json
from amr_monitor.qa.cohort.page import cohort_page
from amr_monitor.qa.cohort.patients import read_patients
from amr_monitor.qa.cohort.results import is_results, outcomes_of, read_results
from amr_monitor.qa.cohort.statistics import require_statsmodels
from amr_monitor.qa.cohort.text import cohort_text

WRITERS: dict[str, Callable[[Cohort], str]] = {
    ".html": cohort_page,
    ".csv": cohort_csv,
    ".json": cohort_json,
    ".txt": cohort_text,
}


def cohort(chosen: Chosen) -> int:
    """Make the paper's analysis of a table of patients."""
    target: Path | None = chosen.output
    if target is not None and target.suffix.lower() not in WRITERS:
        raise ConfigError(f"-o {target}: the name must end in one of {', '.join(WRITERS)}")
    require_statsmodels()
    if is_results(chosen.file):
        if chosen.outcomes is not None:
            raise ConfigError("--outcomes goes with a table of patients, not with results")
        table = read_results(chosen.file)
    else:
        outcomes = None if chosen.outcomes is None else outcomes_of(chosen.outcomes)
        table = read_patients(chosen.file, outcomes=outcomes)
        unknown = len(set(outcomes or ()) - {patient.case_id for patient in table.patients})
        if unknown:
            complain(f"{unknown} cases of {chosen.outcomes} are in no row of {table.name}")
    found = analysed(table)
    if target is None:
        print(cohort_text(found), end="")
        return DONE
    text = WRITERS[target.suffix.lower()](found)
    try:
        target.write_text(text, encoding="utf-8", newline="")
    except OSError as fault:
        raise StorageError(
            f"-o {target}: cannot be written: {fault.strerror}; see whether the folder exists"
        ) from fault
    groups = found.groups
    print(
        f"{target}: {groups.n_patients} patients, {groups.n_excluded} left out,"
        f" {len(groups.disappeared)} disappeared, {len(groups.persistent)} persistent"
    )
    return DONE
