from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from amr_monitor.drivers.epworks_blocks import StoredBlock, stored_blocks, survey
from amr_monitor.drivers.epworks_delay import artifact_sample, is_pre_trigger, with_pre_trigger
from amr_monitor.drivers.epworks_selection import kind_of
from amr_monitor.drivers.montage import MontageSettings
from amr_monitor.formats.epworks_history import find_recs
from amr_monitor.formats.epworks_study import read_study
from amr_monitor.formats.epworks_writer import StudyWriter, SweepToWrite
from tests.drivers.epworks_studies import START, group, noise


def blocks_with_artifact(folder: Path, *, delay_ms: float, at: int | None) -> list[StoredBlock]:
    what = group(trigger_delay_ms=delay_ms)
    writer = StudyWriter(folder, START, [what])
    samples = noise(what, 8)
    if at is not None:
        samples[:, :, at : at + 3] += 2000.0
    for k in range(8):
        writer.append(SweepToWrite(time_s=1.0 + k, samples_uv=samples[k]))
    study = read_study("x.iom", writer.iom())
    found = survey(find_recs(folder).recs, study, MontageSettings())
    return [block for track in found.tracks for block in stored_blocks(found, track, study)]


def test_the_steepest_step_of_all_sweeps_is_the_artifact() -> None:
    sweeps = noise(group(), 6)
    assert artifact_sample(sweeps) is None
    sweeps[:, 1, 180:184] += 3000.0
    assert artifact_sample(sweeps) in (180, 184)
    assert artifact_sample(np.full_like(sweeps, np.nan)) is None
    assert artifact_sample(sweeps[:, :, :1]) is None


@pytest.mark.parametrize(
    ("delay_ms", "at", "wanted"),
    [(10.0, 121, True), (10.0, 240, False), (10.0, None, False), (-10.0, 121, False)],
)
def test_a_positive_delay_is_decided_by_the_artifact(
    tmp_path: Path, delay_ms: float, at: int | None, *, wanted: bool
) -> None:
    blocks = blocks_with_artifact(tmp_path, delay_ms=delay_ms, at=at)
    assert is_pre_trigger(blocks, kind_of(blocks[0])) is wanted


def test_few_sweeps_decide_nothing(tmp_path: Path) -> None:
    blocks = blocks_with_artifact(tmp_path, delay_ms=10.0, at=121)
    assert not is_pre_trigger(blocks[:4], kind_of(blocks[0]))


def test_only_the_kinds_that_were_decided_are_turned(tmp_path: Path) -> None:
    blocks = blocks_with_artifact(tmp_path, delay_ms=10.0, at=121)
    other = replace(blocks[0], rate_hz=6000.0)
    turned = with_pre_trigger([*blocks, other], {kind_of(blocks[0])})
    assert {block.delay_ms for block in turned[:-1]} == {-10.0}
    assert turned[-1].delay_ms == 10.0
