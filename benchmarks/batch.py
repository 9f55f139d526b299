"""A batch of 200 surgeries with 10 bad files: again, changed, killed, on Dask, a worker killed.

Writes the surgeries (about 700 MB), then runs `amr-monitor batch` as a person would, and
holds every result against that of the first batch, byte for byte. Exit status 1 where
anything is not as it should be.

::

    python -m benchmarks.batch [--surgeries 190] [--jobs 2] [--folder DIR]
"""

import argparse
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from amr_monitor.qa.batch.local import LocalPool
from amr_monitor.simulation import simulate, write_recording
from tests.qa.batch.dask_processes import DaskProcesses
from tests.qa.batch.surgeries import table_bytes

PROGRAM = (sys.executable, "-m", "amr_monitor")
SCENARIOS = (
    "abrupt_loss",
    "persistent",
    "gradual_loss",
    "attenuated",
    "early_loss",
    "cautery",
    "not_elicited",
    "wrong_vessel",
)
N_BROKEN = 10
MINUTES = 3.0
RATE_HZ = 2000.0
STIMULUS_HZ = 3.0
CHANGED = "surgery-0000.edf"


@dataclass(frozen=True, slots=True, kw_only=True)
class ToWrite:
    """One surgery to be written."""

    path: Path
    number: int


def write(wanted: ToWrite) -> str:
    """Write one surgery, without its truth; return "" or why it cannot be."""
    surgery = simulate(
        SCENARIOS[wanted.number % len(SCENARIOS)],
        seed=1000 + wanted.number,
        minutes=MINUTES,
        rate_hz=RATE_HZ,
        stimulus_rate_hz=STIMULUS_HZ,
    )
    write_recording(surgery, wanted.path).unlink()
    return ""


def write_all(folder: Path, n_surgeries: int, n_workers: int) -> None:
    """Write surgeries and the bad files among them."""
    folder.mkdir(parents=True, exist_ok=True)
    wanted = [
        ToWrite(path=folder / f"surgery-{number:04d}.edf", number=number)
        for number in range(n_surgeries)
    ]
    pool = LocalPool(write, broke=lambda _, why: why, n_workers=n_workers)
    if faults := [why for why in pool.results(wanted) if why]:
        raise RuntimeError(faults[0])
    whole = wanted[0].path.read_bytes()
    for number in range(N_BROKEN):
        path = folder / f"surgery-{number * 19:04d}-bad.{('edf', 'bdf', 'xdf')[number % 3]}"
        path.write_bytes((b"", b"no recording", whole[:700], whole[256:4000])[number % 4])


class Acceptance:
    """The steps, one after the other.

    Parameters
    ----------
    folder : Path
        Of recordings and results.
    n_surgeries, n_jobs : int
    """

    def __init__(self, folder: Path, *, n_surgeries: int, n_jobs: int) -> None:
        self._recordings = folder / "recordings"
        self._folder = folder
        self._n_surgeries = n_surgeries
        self._n_jobs = n_jobs
        self._first: dict[str, bytes] = {}
        self.faults: list[str] = []

    def steps(self) -> Iterator[str]:
        """Yield what was found, a line for each step."""
        yield self._written()
        yield self._batch("first", "first", n_done=self._n_surgeries + N_BROKEN)
        self._first = table_bytes(self._folder / "first")
        yield self._batch("again", "first", n_done=0)
        yield self._killed()
        yield from self._on_dask()
        yield self._changed()

    def _written(self) -> str:
        began_s = time.perf_counter()
        write_all(self._recordings, self._n_surgeries, self._n_jobs)
        return f"{'written':<28}{time.perf_counter() - began_s:8.1f} s"

    def _batch(self, what: str, results: str, *, n_done: int, extra: Sequence[str] = ()) -> str:
        began_s = time.perf_counter()
        done = subprocess.run(  # noqa: S603 - our own program
            [*PROGRAM, *self._words(results, extra)], capture_output=True, text=True, check=False
        )
        took_s = time.perf_counter() - began_s
        told = done.stdout.partition("\n")[0]
        n_all = self._n_surgeries + N_BROKEN
        expected = f"{n_all} recordings: {self._n_surgeries} judged, {N_BROKEN} failed"
        self._must(done.returncode == 1, f"{what}: status {done.returncode}: {done.stderr[-300:]}")
        self._must(told.startswith(expected), f"{what}: {told}, not {expected}")
        said = f"{n_done} done now" if n_done else "nothing to do"
        self._must(said in told, f"{what}: {told}, not {said}")
        if self._first and what != "one file changed":
            same = table_bytes(self._folder / results) == self._first
            self._must(same, f"{what}: the tables are not those of the first batch")
        return f"{what:<28}{took_s:8.1f} s  {told}"

    def _words(self, results: str, extra: Sequence[str] = ()) -> list[str]:
        pool = extra or ("--jobs", str(self._n_jobs))
        return ["batch", str(self._recordings), "-o", str(self._folder / results), *pool]

    def _n_parts(self, results: str) -> int:
        return len(list((self._folder / results / "parts").glob("*.json.gz")))

    def _killed(self) -> str:
        process = self._start("killed")
        self._wait_for("killed", self._n_surgeries // 2)
        process.send_signal(signal.SIGKILL)
        process.wait()
        n_left = self._n_surgeries + N_BROKEN - self._n_parts("killed")
        return self._batch("killed and started again", "killed", n_done=n_left)

    def _on_dask(self) -> Iterator[str]:
        with (
            tempfile.TemporaryDirectory() as folder,
            DaskProcesses(Path(folder), n_workers=2) as dask,
        ):
            scheduler = ("--scheduler", dask.address)
            n_all = self._n_surgeries + N_BROKEN
            yield self._batch("two Dask workers", "dask", n_done=n_all, extra=scheduler)
            process = self._start("worker", scheduler)
            self._wait_for("worker", self._n_surgeries // 4)
            dask.workers[0].kill()
            self._must(process.wait() == 1, "a Dask worker killed: another status")
            yield self._batch("a Dask worker killed", "worker", n_done=0, extra=scheduler)

    def _changed(self) -> str:
        shutil.copyfile(self._recordings / "surgery-0001.edf", self._recordings / CHANGED)
        return self._batch("one file changed", "first", n_done=1)

    def _start(self, results: str, extra: Sequence[str] = ()) -> "subprocess.Popen[bytes]":
        return subprocess.Popen(  # noqa: S603 - our own program
            [*PROGRAM, *self._words(results, extra)],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    def _wait_for(self, results: str, n_parts: int) -> None:
        until_s = time.monotonic() + 3600.0
        while self._n_parts(results) < n_parts and time.monotonic() < until_s:
            time.sleep(0.05)

    def _must(self, holds: bool, words: str) -> None:  # noqa: FBT001
        if not holds:
            self.faults.append(words)


def main() -> int:
    """Go through every step; return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.batch", description=__doc__)
    parser.add_argument("--surgeries", type=int, default=190)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--folder", type=Path, help="kept; default: a temporary one")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="amr-monitor-batch-") as temporary:
        acceptance = Acceptance(
            options.folder or Path(temporary), n_surgeries=options.surgeries, n_jobs=options.jobs
        )
        for line in acceptance.steps():
            print(line, flush=True)
    for fault in acceptance.faults:
        print(f"NOT AS IT SHOULD BE: {fault}")
    return 1 if acceptance.faults else 0


if __name__ == "__main__":
    sys.exit(main())
