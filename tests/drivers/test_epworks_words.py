from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from amr_monitor.drivers.epworks_blocks import stored_blocks, survey
from amr_monitor.drivers.epworks_selection import select
from amr_monitor.drivers.epworks_words import Findings, artifact_ms, what_to_tell
from amr_monitor.drivers.montage import MontageSettings
from amr_monitor.formats.epworks_history import find_recs
from amr_monitor.formats.epworks_study import read_study
from tests.drivers.epworks_studies import group, noise, write


@pytest.fixture
def findings(tmp_path: Path) -> Findings:
    writer, _ = write(tmp_path)
    study = read_study("x.iom", writer.iom())
    found = survey(find_recs(tmp_path).recs, study, MontageSettings())
    blocks = [block for track in found.tracks for block in stored_blocks(found, track, study)]
    found.close()
    return Findings(
        study=study,
        found=found,
        selection=select(blocks, MontageSettings(), name="x"),
        foreign=(),
        n_stimuli=6,
        n_complete=6,
        n_doubles=0,
        n_outliers=0,
        n_contested=0,
        n_orphans=0,
        n_without_current=0,
        n_currents_differ=0,
        decimations={5.0},
        sweeps_uv=noise(group(), 6),
        is_slow=False,
    )


def codes(findings: Findings) -> set[str]:
    return {code for code, _ in what_to_tell(findings)}


def test_nothing_is_told_that_is_not_so(findings: Findings) -> None:
    assert codes(findings) == {"units_assumed", "polarity_unknown", "decimated", "marks_not_read"}


def test_each_finding_has_its_sentence(findings: Findings) -> None:
    odd = replace(
        findings,
        foreign=("History/x/probe.rec",),
        n_complete=4,
        n_doubles=1,
        n_outliers=2,
        n_contested=3,
        n_orphans=4,
        n_without_current=5,
        n_currents_differ=6,
        decimations={10.0},
        is_slow=True,
        is_pre_trigger=True,
    )
    assert codes(odd) - codes(findings) == {
        "damaged",
        "sweeps_incomplete",
        "doubles",
        "times_damaged",
        "orphans",
        "current_unknown",
        "currents_differ",
        "decimation_odd",
        "rate_low",
        "delay_by_artifact",
    }
    assert all(len(message) < 400 and "\n" not in message for _, message in what_to_tell(odd))


def test_a_long_list_is_told_in_short(findings: Findings) -> None:
    findings.found.other_labels.update(f"Ch {k}" for k in range(40))
    (told,) = [text for code, text in what_to_tell(findings) if code == "other_channels"]
    assert told.endswith("and 35 more")


def test_the_artifact_is_where_the_steepest_step_is(findings: Findings) -> None:
    assert artifact_ms(findings) is None
    sweeps = noise(group(), 6)
    sweeps[:, 1, 180:184] += 3000.0
    assert artifact_ms(replace(findings, sweeps_uv=sweeps)) == pytest.approx(5.0, abs=0.5)


def test_numbers_that_are_none_do_not_stop_the_telling(findings: Findings) -> None:
    sweeps = np.full_like(noise(group(), 6), np.nan)
    assert artifact_ms(replace(findings, sweeps_uv=sweeps)) is None
    assert "units_assumed" in codes(replace(findings, sweeps_uv=sweeps * np.inf))
