import threading
from collections.abc import Sequence
from pathlib import Path

import pytest

from amr_monitor.drivers.pacing import PacedSource
from amr_monitor.drivers.registry import open_source
from amr_monitor.drivers.replay import ReplaySource
from amr_monitor.model.errors import CommandRefused
from amr_monitor.model.signal import SampleBlock
from amr_monitor.model.source import SourceItem
from amr_monitor.model.stimulation import Stimulus
from amr_monitor.model.sweep import Sweep
from tests.drivers import epworks_studies
from tests.drivers.surgeries import Surgery

TEXTS = [(1.0, "baseline accepted"), (2.2, "Dura opened"), (5.0, "vessel moved: AICA")]


class FakeClock:
    """Time goes on only where somebody waits for it."""

    def __init__(self) -> None:
        self.now_s = 1000.0

    def monotonic(self) -> float:
        return self.now_s

    def wait(self, condition: threading.Condition, timeout_s: float) -> None:
        del condition
        self.now_s += timeout_s


class Player:
    def __init__(self, folder: Path, *, speed: float = 1.0, surgery: Surgery | None = None) -> None:
        path = (surgery or Surgery(texts=TEXTS)).write(folder / "x.edf")
        source = open_source([path], block_samples=100)
        assert isinstance(source, ReplaySource)
        self.clock = FakeClock()
        self.began_s = self.clock.now_s
        self.source = PacedSource(
            source, speed=speed, clock=self.clock, annotations=source.annotations
        )
        self.items: list[SourceItem] = []

    @property
    def elapsed_s(self) -> float:
        return self.clock.now_s - self.began_s

    @property
    def n_samples(self) -> int:
        return max((i.end_index for i in self.items if isinstance(i, SampleBlock)), default=0)

    def read(self, timeout_s: float = 0.05) -> Sequence[SourceItem] | None:
        items = self.source.read(timeout_s=timeout_s)
        self.items += items or ()
        return items

    def run_for(self, seconds: float) -> None:
        until = self.clock.now_s + seconds
        while self.clock.now_s < until - 1e-9:
            self.read(min(0.05, until - self.clock.now_s))

    def run_to_end(self) -> None:
        while self.read() is not None:
            pass


@pytest.fixture
def player(tmp_path: Path) -> Player:
    return Player(tmp_path)


def test_samples_come_when_an_amplifier_would_have_given_them(player: Player) -> None:
    player.run_for(2.0)
    assert player.n_samples == 10_000
    player.run_for(1.5)
    assert player.n_samples == 17_500


@pytest.mark.parametrize("speed", [0.5, 3.0, 100.0])
def test_a_speed_is_held(tmp_path: Path, speed: float) -> None:
    player = Player(tmp_path, speed=speed)
    player.run_to_end()
    assert player.n_samples == 40_000
    assert player.elapsed_s == pytest.approx(8.0 / speed, abs=1e-6)


def test_as_fast_as_it_goes_waits_for_nothing(tmp_path: Path) -> None:
    player = Player(tmp_path, speed=float("inf"))
    player.run_to_end()
    assert player.n_samples == 40_000
    assert player.elapsed_s == 0.0


def test_nothing_due_is_an_empty_answer_after_the_timeout(player: Player) -> None:
    assert player.source.read(timeout_s=0.0) == ()
    assert player.source.read(timeout_s=0.01) == ()
    assert player.elapsed_s == pytest.approx(0.01)


def test_a_pause_holds_and_resuming_goes_on_from_there(player: Player) -> None:
    player.run_for(1.0)
    player.source.pause()
    player.run_for(100.0)
    assert player.n_samples == 5000
    assert player.source.state.is_paused
    player.source.resume()
    player.run_for(1.0)
    assert player.n_samples == 10_000


def test_a_change_of_speed_counts_from_now_on(player: Player) -> None:
    player.run_for(1.0)
    player.source.set_speed(4.0)
    player.run_for(1.0)
    assert player.n_samples == 25_000
    assert player.source.state.speed == 4.0


@pytest.mark.parametrize("speed", [0.0, -1.0, float("nan")])
def test_a_speed_that_is_none_is_refused(player: Player, speed: float) -> None:
    with pytest.raises(CommandRefused, match="above 0"):
        player.source.set_speed(speed)


def test_a_step_gives_one_stimulus_with_its_sweep_and_holds(player: Player) -> None:
    for n_stimuli in (1, 2, 3):
        player.source.step()
        player.run_for(1.0)
        stimuli = [item for item in player.items if isinstance(item, Stimulus)]
        assert len(stimuli) == n_stimuli
        swept = stimuli[-1].sample_index + 500
        assert swept <= player.n_samples < swept + 200
    assert player.source.state.is_paused


def test_a_seek_runs_through_everything_up_to_a_time(player: Player) -> None:
    player.run_for(0.5)
    player.source.seek(6.0)
    player.run_for(0.5)
    assert player.n_samples == 30_000 + 2500
    indices = [i.first_index for i in player.items if isinstance(i, SampleBlock)]
    assert indices == list(range(0, 32_500, 100))


def test_a_seek_while_paused_stays_paused(player: Player) -> None:
    player.source.pause()
    player.source.seek(3.0)
    player.run_for(5.0)
    assert player.n_samples == 15_000
    assert player.source.state.position_s == pytest.approx(3.0)


def test_a_seek_finds_the_next_mark_by_its_name(player: Player) -> None:
    player.source.seek("dura_opened")
    player.source.pause()
    player.run_for(1.0)
    assert 2.2 <= player.source.state.position_s < 2.25
    player.source.seek("vessel moved")
    player.run_for(1.0)
    assert 5.0 <= player.source.state.position_s < 5.05
    with pytest.raises(CommandRefused, match=r"no mark 'dura opened' comes after 5\.0 s"):
        player.source.seek("dura opened")


def test_a_seek_back_or_beyond_the_end_is_refused(player: Player) -> None:
    player.run_for(2.0)
    with pytest.raises(CommandRefused, match="only runs forward"):
        player.source.seek(1.0)
    with pytest.raises(CommandRefused, match=r"ends at 8.0 s"):
        player.source.seek(100.0)


def test_a_hole_is_not_waited_for(tmp_path: Path) -> None:
    surgery = Surgery(hole=(4.0, 300.0), stimuli_s=[1.0, 2.0, 301.0, 302.0])
    player = Player(tmp_path, surgery=surgery)
    player.run_to_end()
    assert player.n_samples == 40_000
    assert player.elapsed_s == pytest.approx(8.0)
    assert player.source.state.position_s == pytest.approx(304.0)
    assert player.source.state.end_s == pytest.approx(304.0)


def test_a_pause_inside_a_hole_does_not_bring_it_back(tmp_path: Path) -> None:
    surgery = Surgery(hole=(4.0, 300.0), stimuli_s=[1.0, 2.0, 301.0, 302.0])
    player = Player(tmp_path, surgery=surgery)
    player.run_for(4.0)
    player.source.pause()
    player.run_for(10.0)
    player.source.resume()
    player.run_to_end()
    assert player.elapsed_s == pytest.approx(18.0)


def test_items_are_those_of_the_source(player: Player, tmp_path: Path) -> None:
    player.source.seek(7.9)
    player.run_to_end()
    plain = open_source([tmp_path / "x.edf"], block_samples=100)
    expected: list[SourceItem] = []
    while (read := plain.read(timeout_s=0.0)) is not None:
        expected += read
    assert [type(item) for item in player.items] == [type(item) for item in expected]
    assert player.source.info == plain.info


def test_closing_ends_a_read_that_waits(tmp_path: Path) -> None:
    path = Surgery().write(tmp_path / "x.edf")
    source = PacedSource(open_source([path], block_samples=100))
    source.pause()
    ended: list[object] = []
    waiting = threading.Thread(target=lambda: ended.append(source.read(timeout_s=60.0)))
    waiting.start()
    source.close()
    waiting.join(timeout=30.0)
    assert ended == [None]
    assert source.read(timeout_s=0.0) is None


def test_sweeps_that_were_cut_already_are_paced_too(tmp_path: Path) -> None:
    epworks_studies.write(tmp_path, first_s=2.0, n_sweeps=[5])
    clock = FakeClock()
    began_s = clock.now_s
    source = PacedSource(open_source([tmp_path], block_samples=100), clock=clock)
    ends_s = []
    while (read := source.read(timeout_s=0.05)) is not None:
        ends_s += [clock.now_s - began_s for item in read if isinstance(item, Sweep)]
    assert ends_s == pytest.approx([2.05, 3.05, 4.05, 5.05, 6.05], abs=0.02)


def test_marks_are_told_with_their_times_and_where_it_runs_to(tmp_path: Path) -> None:
    texts = [*TEXTS, (3.0, "some remark")]
    player = Player(tmp_path, surgery=Surgery(texts=texts))
    assert [text for _, text in player.source.marks] == ["dura opened", "vessel moved AICA"]
    assert [at_s for at_s, _ in player.source.marks] == pytest.approx([2.2, 5.0], abs=0.01)
    assert player.source.state.seeking_s is None
    player.source.seek(4.0)
    assert player.source.state.seeking_s == 4.0
    while player.source.state.seeking_s is not None:
        player.read()
    assert player.source.state.position_s >= 4.0
