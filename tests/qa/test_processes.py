import os
import signal
from pathlib import Path

import psutil
import pytest

from amr_monitor.qa.processes import Children

LONGEST_S = 60.0
DEMO = ("demo", "--port", "0")


def is_over(pid: int) -> bool:
    """Return whether a process is gone, its remains aside."""
    try:
        return bool(psutil.Process(pid).status() == psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return True


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    return dict(os.environ) | {"HOME": str(tmp_path), "XDG_DATA_HOME": str(tmp_path)}


def test_what_a_child_says_can_be_waited_for(tmp_path: Path, environment: dict[str, str]) -> None:
    with Children(tmp_path) as children:
        child = children.start(*DEMO, environment=environment)
        assert child.wait_for("http://127.0.0.1:", timeout_s=LONGEST_S)
        assert child.status is None
        assert child.complaint == ""
    assert child.status is not None


def test_children_are_ended_when_the_block_breaks(
    tmp_path: Path, environment: dict[str, str]
) -> None:
    started: list[int] = []

    def break_off() -> None:
        with Children(tmp_path) as children:
            started.append(children.start(*DEMO, environment=environment).pid)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        break_off()
    assert is_over(started[0])


def test_a_child_that_is_stopped_is_ended_too(tmp_path: Path, environment: dict[str, str]) -> None:
    with Children(tmp_path) as children:
        child = children.start(*DEMO, environment=environment)
        assert child.wait_for("http://", timeout_s=LONGEST_S)
        os.kill(child.pid, signal.SIGSTOP)
    assert is_over(child.pid)


def test_a_child_that_cannot_begin_complains(tmp_path: Path) -> None:
    with Children(tmp_path) as children:
        child = children.start("simulate", "no such scenario", "--edf", "x.edf")
        assert not child.wait_for("never said", timeout_s=LONGEST_S)
        assert child.status == 2
        assert "no such scenario" in child.complaint
        assert not child.complaint.startswith("amr-monitor")
