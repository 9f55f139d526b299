import struct
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from amr_monitor.drivers.epworks_tail import IOM_POLL_S, PATIENCE_S, POLL_S, EpworksTail
from amr_monitor.drivers.montage import MontageSettings
from amr_monitor.formats.epworks_writer import GroupToWrite, StudyWriter, SweepToWrite
from amr_monitor.model.errors import SourceFormatError
from amr_monitor.model.source import Origin, SourceItem, SourceWarning
from amr_monitor.model.stimulation import Stimulus
from amr_monitor.model.sweep import Sweep
from tests.drivers import epworks_appending
from tests.drivers.epworks_appending import FIRST_SWEEPS, plan, sweep
from tests.drivers.epworks_studies import START, group, noise

N_APPENDED = 120


class Clock:
    """Time that passes when a test says so."""

    def __init__(self) -> None:
        self.now_s = 100.0

    def __call__(self) -> float:
        return self.now_s


class Followed:
    """A study, a tail of it, and a clock."""

    def __init__(self, folder: Path) -> None:
        self.writer, self.what = plan(folder)
        for number in range(FIRST_SWEEPS):
            self.writer.append(sweep(self.what, number))
        self.writer.save()
        self.clock = Clock()
        self.tail = EpworksTail(folder, MontageSettings(), clock=self.clock)
        self.items: list[SourceItem] = []

    def look(self, n_times: int = 2) -> None:
        """Let the tail look at the folder so many times."""
        for _ in range(n_times):
            self.clock.now_s += POLL_S
            self.items += self.tail.read(timeout_s=0.0) or ()

    @property
    def sweeps(self) -> list[Sweep]:
        return [item for item in self.items if isinstance(item, Sweep)]

    @property
    def codes(self) -> list[str]:
        return [item.code for item in self.items if isinstance(item, SourceWarning)]

    def pieces(self, number: int) -> list[tuple[Path, bytes]]:
        return [
            (path, block if path.exists() else head + block)
            for path, head, block in self.writer.pieces(sweep(self.what, number))
        ]


@pytest.fixture
def followed(tmp_path: Path) -> Iterator[Followed]:
    each = Followed(tmp_path)
    yield each
    each.tail.close()


def grow(path: Path, data: bytes) -> None:
    with path.open("ab") as file:
        file.write(data)


def require_sweeps(found: list[Sweep], what: GroupToWrite, numbers: list[int]) -> None:
    """Require these sweeps, each once, in order and to the last bit."""
    assert len(found) == len(numbers)
    for given, number in zip(found, numbers, strict=True):
        written = sweep(what, number)
        assert given.samples_uv.tobytes() == written.samples_uv.tobytes()
        assert given.stimulus.current_ma == written.current_ma


def test_what_is_there_comes_first_and_then_what_is_added(followed: Followed) -> None:
    assert followed.tail.info.origin is Origin.SIMULATED
    assert followed.tail.info.duration_s is None
    assert followed.tail.info.warnings[0].code == "experimental"
    followed.look()
    require_sweeps(followed.sweeps, followed.what, [0, 1, 2, 3, 4])
    followed.writer.append(sweep(followed.what, 5))
    followed.look()
    require_sweeps(followed.sweeps, followed.what, [0, 1, 2, 3, 4, 5])
    assert followed.sweeps[5].first_index == 6 * 6000


def test_a_block_counts_when_it_was_whole_at_two_looks(followed: Followed) -> None:
    followed.look()
    for path, data in followed.pieces(5):
        for at in range(0, len(data), 400):
            followed.look(1)
            assert len(followed.sweeps) == 5
            grow(path, data[at : at + 400])
    followed.look(1)
    assert len(followed.sweeps) == 5
    followed.look(1)
    require_sweeps(followed.sweeps, followed.what, [0, 1, 2, 3, 4, 5])


def test_room_that_was_made_and_not_filled_is_no_block(followed: Followed) -> None:
    pieces = followed.pieces(5)
    for path, data in pieces:
        grow(path, bytes(len(data)))
    followed.look(5)
    assert len(followed.sweeps) == 5
    for path, data in pieces:
        raw = path.read_bytes()
        path.write_bytes(raw[: -len(data)] + data)
    followed.look()
    require_sweeps(followed.sweeps, followed.what, [0, 1, 2, 3, 4, 5])


def test_room_that_is_never_filled_is_told_and_passed(followed: Followed) -> None:
    for path, data in followed.pieces(5):
        grow(path, bytes(len(data)))
    followed.writer.append(sweep(followed.what, 6))
    followed.look()
    followed.clock.now_s += PATIENCE_S
    followed.look()
    require_sweeps(followed.sweeps, followed.what, [0, 1, 2, 3, 4, 6])
    assert "damaged" in followed.codes


def test_what_may_pass_is_not_told_when_a_study_is_opened(tmp_path: Path) -> None:
    writer, what = plan(tmp_path)
    for number in range(3):
        writer.append(sweep(what, number))
    writer.save()
    pieces = list(writer.pieces(sweep(what, 3)))
    grow(pieces[0][0], pieces[0][2])
    tail = EpworksTail(tmp_path, MontageSettings())
    told = {warning.code for warning in tail.info.warnings}
    assert not told & {"sweeps_incomplete", "orphans", "iom_cut"}
    tail.close()


def test_rejected_sweeps_are_known_once_the_iom_says_so(followed: Followed) -> None:
    for number in range(5, 10):
        followed.writer.append(sweep(followed.what, number))
    followed.clock.now_s += IOM_POLL_S
    followed.writer.save()
    followed.look()
    assert [s.rejected_by_source for s in followed.sweeps] == [False] * 9 + [True]
    assert followed.codes == []


def test_sweeps_that_the_iom_does_not_know_yet_come_and_it_is_told(followed: Followed) -> None:
    followed.writer.append(sweep(followed.what, 5))
    followed.writer.append(sweep(followed.what, 6))
    followed.look()
    require_sweeps(followed.sweeps, followed.what, [0, 1, 2, 3, 4, 5, 6])
    assert followed.codes == ["orphans"]


def test_a_half_written_iom_changes_nothing(followed: Followed) -> None:
    path = followed.writer.iom_path
    whole = path.read_bytes()
    for end in (10, 300, len(whole) - 50):
        path.write_bytes(whole[:end])
        followed.clock.now_s += IOM_POLL_S
        followed.writer.append(sweep(followed.what, 5 + end))
        followed.look()
    assert len(followed.sweeps) == 8


def test_a_new_session_is_found(followed: Followed) -> None:
    followed.look()
    followed.writer.begin_session(60.0)
    followed.writer.append(sweep(followed.what, 70))
    followed.look(3)
    require_sweeps(followed.sweeps, followed.what, [0, 1, 2, 3, 4, 70])


def test_a_file_whose_header_is_being_written_is_waited_for(followed: Followed) -> None:
    followed.look()
    followed.writer.begin_session(60.0)
    for path, data in followed.pieces(70):
        grow(path, data[:50])
        followed.look(3)
        grow(path, data[50:])
    followed.look(3)
    require_sweeps(followed.sweeps, followed.what, [0, 1, 2, 3, 4, 70])
    assert "damaged" not in followed.codes


def test_a_block_that_comes_twice_counts_once(followed: Followed) -> None:
    for path in (followed.writer.rec_path(0, 0), followed.writer.rec_path(0, 1)):
        grow(path, path.read_bytes()[96:])
    followed.look(4)
    require_sweeps(followed.sweeps, followed.what, [0, 1, 2, 3, 4])


def test_a_channel_may_come_later_than_the_other(followed: Followed) -> None:
    followed.look()
    late = []
    for number in (5, 6, 7):
        (path, data), other = followed.pieces(number)
        grow(path, data)
        late.append(other)
    followed.look(3)
    assert len(followed.sweeps) == 5
    for path, data in late:
        grow(path, data)
    followed.look()
    require_sweeps(followed.sweeps, followed.what, [0, 1, 2, 3, 4, 5, 6, 7])


def test_a_stimulus_whose_channel_was_passed_over_is_given_up_at_once(followed: Followed) -> None:
    followed.look()
    path, data = followed.pieces(5)[0]
    grow(path, data)
    followed.writer.append(sweep(followed.what, 6))
    followed.look()
    require_sweeps(followed.sweeps, followed.what, [0, 1, 2, 3, 4, 6])
    assert sum(isinstance(item, Stimulus) for item in followed.items) == 7
    assert "sweeps_incomplete" in followed.codes


def test_a_channel_that_stops_is_told_and_holds_nothing_up(followed: Followed) -> None:
    followed.look()
    first, second = followed.pieces(5)
    grow(*first)
    followed.look(3)
    assert "sweeps_incomplete" not in followed.codes
    followed.clock.now_s += PATIENCE_S
    followed.look()
    assert "sweeps_incomplete" in followed.codes
    grow(*second)
    followed.writer.append(sweep(followed.what, 6))
    followed.look()
    require_sweeps(followed.sweeps, followed.what, [0, 1, 2, 3, 4, 6])


def test_a_sweep_from_before_what_was_given_is_told_and_left_out(followed: Followed) -> None:
    followed.look()
    for path, data in followed.pieces(2):
        grow(path, data)
    followed.look()
    assert len(followed.sweeps) == 5
    assert "sweeps_late" in followed.codes


def test_a_damaged_time_ahead_of_all_others_stops_nothing(followed: Followed) -> None:
    followed.look()
    path, data = followed.pieces(5)[0]
    raw = bytearray(data)
    raw[24] ^= 0x10  # some hours
    grow(path, bytes(raw))
    for number in (6, 7, 8):
        followed.writer.append(sweep(followed.what, number))
        followed.look()
    followed.clock.now_s += PATIENCE_S
    followed.look()
    followed.writer.append(sweep(followed.what, 9))
    followed.look()
    require_sweeps(followed.sweeps, followed.what, [0, 1, 2, 3, 4, 6, 7, 8, 9])
    positions = [item.position for item in followed.items if isinstance(item, Stimulus)]
    assert positions == sorted(positions)
    assert positions[-1] < 20 * 6000


def test_sweeps_of_another_timebase_are_told_and_left_out(tmp_path: Path) -> None:
    one, other = group(timebase_ms=10), group(timebase_ms=5)
    writer = StudyWriter(tmp_path, START, [one, other])
    for k, samples in enumerate(noise(one, 4)):
        writer.append(SweepToWrite(time_s=1.0 + k, samples_uv=samples))
    writer.save()
    clock = Clock()
    tail = EpworksTail(tmp_path, MontageSettings(), clock=clock)
    writer.append(SweepToWrite(time_s=9.0, samples_uv=noise(other, 1)[0]), group=1)
    clock.now_s += IOM_POLL_S
    writer.save()
    items: list[SourceItem] = []
    for _ in range(4):
        clock.now_s += POLL_S
        items += tail.read(timeout_s=0.0) or ()
    assert sum(isinstance(item, Sweep) for item in items) == 4
    assert [item.code for item in items if isinstance(item, SourceWarning)] == ["other_groups"]
    tail.close()


def test_a_delay_that_lies_before_the_stimulus_does_so_for_what_comes(tmp_path: Path) -> None:
    what = group(trigger_delay_ms=10.0)
    writer = StudyWriter(tmp_path, START, [what])
    samples = noise(what, 10)
    samples[:, :, 121:124] += 2000.0
    for k in range(6):
        writer.append(SweepToWrite(time_s=1.0 + k, samples_uv=samples[k]))
    writer.save()
    clock = Clock()
    tail = EpworksTail(tmp_path, MontageSettings(), clock=clock)
    for k in range(6, 10):
        writer.append(SweepToWrite(time_s=1.0 + k, samples_uv=samples[k]))
    items: list[SourceItem] = []
    for _ in range(4):
        clock.now_s += POLL_S
        items += tail.read(timeout_s=0.0) or ()
    assert [item.onset_sample for item in items if isinstance(item, Sweep)] == [120] * 10
    tail.close()


def test_a_folder_that_goes_away_and_comes_back_is_followed_on(followed: Followed) -> None:
    followed.look()
    study = followed.writer.folder
    away = study.with_name("away")
    study.rename(away)
    followed.look(3)
    assert followed.codes == ["folder_unreadable"]
    away.rename(study)
    followed.writer.append(sweep(followed.what, 5))
    followed.look()
    require_sweeps(followed.sweeps, followed.what, [0, 1, 2, 3, 4, 5])


def test_a_damaged_block_costs_one_sweep(followed: Followed) -> None:
    followed.look()
    (path, data), (other_path, other) = followed.pieces(5)
    grow(path, struct.pack("<I", 7) + data[4:])
    grow(other_path, other)
    followed.writer.append(sweep(followed.what, 6))
    followed.look()
    require_sweeps(followed.sweeps, followed.what, [0, 1, 2, 3, 4, 6])
    assert "damaged" in followed.codes


def test_without_sweeps_there_is_nothing_to_follow_yet(tmp_path: Path) -> None:
    with pytest.raises(SourceFormatError, match="is no EPWorks study"):
        EpworksTail(tmp_path, MontageSettings())
    StudyWriter(tmp_path, START, [group()]).save()
    with pytest.raises(SourceFormatError, match="holds no triggered sweep"):
        EpworksTail(tmp_path, MontageSettings())


def test_the_folder_is_left_as_it_is(followed: Followed) -> None:
    def state() -> dict[str, bytes]:
        files = followed.writer.folder.rglob("*")
        return {str(path): path.read_bytes() for path in files if path.is_file()}

    before = state()
    followed.look(4)
    assert state() == before


def test_closing_ends_a_read_that_waits(followed: Followed) -> None:
    followed.look()
    done = threading.Event()

    def read() -> None:
        tail = EpworksTail(followed.writer.folder, MontageSettings())
        threading.Timer(0.1, tail.close).start()
        while tail.read(timeout_s=30.0) is not None:
            pass
        done.set()

    thread = threading.Thread(target=read)
    thread.start()
    thread.join(timeout=20.0)
    assert done.is_set()
    followed.tail.close()
    assert followed.tail.read(timeout_s=0.0) is None


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1, 2])
def test_while_a_program_appends_no_sweep_is_lost_doubled_or_half_read(
    tmp_path: Path, seed: int
) -> None:
    writer, what = plan(tmp_path)
    for number in range(FIRST_SWEEPS):
        writer.append(sweep(what, number))
    writer.save()
    tail = EpworksTail(tmp_path, MontageSettings())
    program = [sys.executable, "-m", epworks_appending.__name__, str(tmp_path), str(N_APPENDED)]
    root = Path(__file__).resolve().parents[2]
    with subprocess.Popen([*program, str(seed)], cwd=root) as appending:  # noqa: S603
        items: list[SourceItem] = []
        n_idle = 0
        while n_idle < 10:
            read = tail.read(timeout_s=0.3) or ()
            items += read
            n_idle = 0 if read or appending.poll() is None else n_idle + 1
        assert appending.wait(timeout=10) == 0
    found = [item for item in items if isinstance(item, Sweep)]
    require_sweeps(found, what, list(range(N_APPENDED)))
    positions = [item.position for item in items if isinstance(item, Stimulus)]
    assert positions == sorted(set(positions))
    assert np.diff([s.first_index for s in found]).min() > 0
    codes = {item.code for item in items if isinstance(item, SourceWarning)}
    assert codes <= {"orphans"}
    tail.close()
