from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from amr_monitor.model.case import Outcome
from amr_monitor.model.signal import Gap, SampleBlock
from amr_monitor.model.stimulation import Stimulus
from amr_monitor.storage.journal import Journal
from amr_monitor.storage.recorder import Recorder
from tests.qa.exports.cases import Home, replayed
from tests.storage.exported import CASE_ID, enter_case
from tests.storage.recordings import block, info, samples
from tests.storage.test_journal import RECORD, closed

RATE_HZ = 1000.02


@pytest.fixture(scope="session")
def disappeared(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A case with 16 bits, a slower trigger and marks."""
    return replayed("disappeared.edf", tmp_path_factory.mktemp("exports") / "home")


@pytest.fixture(scope="session")
def with_a_hole(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A case whose recording has a hole."""
    return replayed("discontinuous.edf", tmp_path_factory.mktemp("exports") / "home")


@pytest.fixture(scope="session")
def of_24_bits(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A case of a BDF+ file."""
    return replayed("bdf_24_bit.bdf", tmp_path_factory.mktemp("exports") / "home")


@pytest.fixture
def recorded(tmp_path: Path) -> Home:
    """A case of a run, with a recording of its own that ends inside a record."""
    folder = tmp_path / "home"
    with Journal.at(folder / "journal.sqlite") as journal:
        enter_case(journal, folder / "recordings")
    return Home(folder=folder, file=None)


@pytest.fixture
def troubled(tmp_path: Path) -> Home:
    """A run at no whole rate, with samples that are no numbers, a hole, and a note."""
    folder = tmp_path / "home"
    recorder = Recorder(folder=folder / "recordings" / CASE_ID, info=info(rate_hz=RATE_HZ))
    values = samples(0, 1500)
    values[0, 300:400] = np.nan
    recorder.take_block(SampleBlock(first_index=0, samples_uv=values))
    for index in (200, 1200, 2000):
        recorder.take_stimulus(Stimulus(sample_index=index, fraction=0.25, current_ma=8.0))
    recorder.take_text(600, "note: Mr Smith moved")
    recorder.take_gap(Gap(sample_index=1500, resumes_at_s=8.125, reason="6.6 s without samples"))
    recorder.take_block(block(1500, 1200))
    recorder.close()
    with Journal.at(folder / "journal.sqlite") as journal:
        journal.open_case(replace(RECORD, case_id=CASE_ID, pseudonym="P-017"))
        journal.append(CASE_ID, [*recorder.take_events(), closed(Outcome.DISAPPEARED)])
    return Home(folder=folder, file=None)
