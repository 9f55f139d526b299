"""The daemon is killed, hangs and finds no room in the middle of a surgery; nothing is lost.

The full form, 20 kills, stops of 20 s and a disk that is full, is
`python -m benchmarks.crashes` (`make soak`).
"""

from concurrent.futures import Future

import pytest

from benchmarks.crashes import Verdict, compared
from tests.system.conftest import FAULTS


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_a_surgery_with_kills_a_stop_and_a_full_disk_ends_as_one_without(
    crashed: "Future[Verdict]",
) -> None:
    verdict = crashed.result()
    assert verdict.wrong == []
    assert len(verdict.lost_s) == FAULTS.count("kill")
    assert max(verdict.lost_s) <= 1.0
    assert verdict.n_seen > 20


def test_what_differs_between_live_and_replay_is_not_compared() -> None:
    live = {
        "type": "gap",
        "scope": "core",
        "seq": 4,
        "case_id": "a",
        "utc": None,
        "origin": "device",
    }
    shell = {"type": "source_stalled", "scope": "shell", "seq": 5}
    assert compared([live, shell]) == [{"type": "gap", "scope": "core"}]
