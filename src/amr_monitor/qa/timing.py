"""How punctual this machine is: what LSL, the scheduler, the disk and the detector take.

LSL, scheduler and disk are measured at once, as they work in a case; the
detector before, by itself.
"""

import multiprocessing
import os
import secrets
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from amr_monitor.drivers.lsl_network import library
from amr_monitor.model.case import CaseInfo
from amr_monitor.model.errors import SourceError
from amr_monitor.model.events import BaselineAccepted
from amr_monitor.model.signal import SampleBlock
from amr_monitor.model.stimulation import Stimulus
from amr_monitor.monitor.commands import OpenCase
from amr_monitor.monitor.engine import Monitor
from amr_monitor.monitor.settings import MonitorSettings
from amr_monitor.simulation import SimulatedSource, simulate

N_CHANNELS = 8
RATE_HZ = 20_000
CHUNK_S = 0.002
"""The heaviest stream that is expected of an amplifier."""

TICK_S = 0.002
RECORD_S = 1.0
BYTES_PER_SAMPLE = 3
FIRST_CHUNKS_LEFT_OUT = 50
FIND_WITHIN_S = 10.0
SWEEPS_MEASURED = 40
TELL_EVERY_S = 0.25


@dataclass(frozen=True, slots=True, kw_only=True)
class MachineTiming:
    """Figures in ms, one for each thing that was measured.

    Attributes
    ----------
    delivery_ms : tuple of float
        From the push of a chunk to LSL until it is in hand.
    jitter_ms : tuple of float
        By how much a sleep of 2 ms was too long.
    flush_ms : tuple of float
        From writing one second of samples until the disk has it.
    sweep_ms : tuple of float
        What the detector takes for one sweep.
    delivery_fault : str
        Why LSL could not be measured; "" where it was.
    """

    delivery_ms: tuple[float, ...]
    jitter_ms: tuple[float, ...]
    flush_ms: tuple[float, ...]
    sweep_ms: tuple[float, ...]
    delivery_fault: str = ""


def measured_timing(
    *,
    seconds: float,
    folder: Path,
    lsl_config: Path | None = None,
    on_progress: Callable[[float], None] = lambda seconds: None,
) -> MachineTiming:
    """Measure this machine.

    Parameters
    ----------
    seconds : float
    folder : Path
        Where cases are kept: its disk is measured.
    lsl_config : Path or None
        Configuration file of liblsl.
    on_progress : callable
        Called with the seconds that have passed.
    """
    sweep_ms = sweep_times_ms()
    stop = threading.Event()
    jitter_ms: list[float] = []
    flush_ms: list[float] = []
    delivery = _Delivery(stop, lsl_config)
    threads = [
        threading.Thread(target=delivery.receive, daemon=True),
        threading.Thread(target=_tick, args=(stop, jitter_ms), daemon=True),
        threading.Thread(target=_flush, args=(stop, flush_ms, folder), daemon=True),
    ]
    try:
        threads[0].start()
        # Until the stream is there the machine is busy with starting its sender.
        delivery.is_settled.wait(2.0 * FIND_WITHIN_S)
        for thread in threads[1:]:
            thread.start()
        begun_s = time.monotonic()
        while (passed_s := time.monotonic() - begun_s) < seconds:
            stop.wait(min(TELL_EVERY_S, seconds - passed_s))
            on_progress(min(passed_s, seconds))
    finally:
        stop.set()
        for thread in threads:
            if thread.is_alive():
                thread.join()
    return MachineTiming(
        delivery_ms=tuple(delivery.delays_ms[FIRST_CHUNKS_LEFT_OUT:]),
        jitter_ms=tuple(jitter_ms),
        flush_ms=tuple(flush_ms),
        sweep_ms=sweep_ms,
        delivery_fault=delivery.fault,
    )


class _Delivery:
    """A stream from another process of this machine, as an amplifier's program is one."""

    def __init__(self, stop: threading.Event, lsl_config: Path | None) -> None:
        self._stop = stop
        self._lsl_config = lsl_config
        self.is_settled = threading.Event()
        self.delays_ms: list[float] = []
        self.fault = ""

    def receive(self) -> None:
        """Take chunks until it is over; the sender ends with it."""
        name = f"amr-monitor-doctor-{secrets.token_hex(4)}"
        context = multiprocessing.get_context("spawn")
        sender = context.Process(
            target=send_chunks, args=(name, os.getpid(), self._lsl_config), daemon=True
        )
        sender.start()
        try:
            self._receive_from(name)
        except (SourceError, RuntimeError, TimeoutError) as fault:
            self.fault = str(fault) or type(fault).__name__
        finally:
            self.is_settled.set()
            sender.terminate()
            sender.join()

    def _receive_from(self, name: str) -> None:
        pylsl = library(self._lsl_config)
        found: list[Any] = []
        until_s = time.monotonic() + FIND_WITHIN_S
        while not found and time.monotonic() < until_s and not self._stop.is_set():
            found = pylsl.resolve_byprop("name", name, timeout=0.5)
        if not found:
            raise SourceError("a stream of this very machine is not found over LSL")
        inlet = pylsl.StreamInlet(found[0], max_buflen=5, processing_flags=0)
        buffer = np.empty((round(RATE_HZ * CHUNK_S), N_CHANNELS), dtype=np.float32)
        try:
            inlet.open_stream(timeout=FIND_WITHIN_S)
            while not self._stop.is_set():
                _, stamps = inlet.pull_chunk(
                    timeout=0.5, max_samples=buffer.shape[0], dest_obj=buffer
                )
                if stamps:
                    self.is_settled.set()
                    self.delays_ms.append(1000.0 * (pylsl.local_clock() - stamps[-1]))
        finally:
            inlet.close_stream()


def send_chunks(name: str, parent_pid: int, lsl_config: Path | None) -> None:
    """Send chunks as an amplifier would, for as long as the parent lives."""
    pylsl = library(lsl_config)
    info = pylsl.StreamInfo(name, "Test", N_CHANNELS, RATE_HZ, pylsl.cf_float32, name)
    outlet = pylsl.StreamOutlet(info)
    chunk = np.zeros((round(RATE_HZ * CHUNK_S), N_CHANNELS), dtype=np.float32)
    due_s = time.monotonic()
    while os.getppid() == parent_pid:
        due_s += CHUNK_S
        time.sleep(max(0.0, due_s - time.monotonic()))
        outlet.push_chunk(chunk, pylsl.local_clock())


def _tick(stop: threading.Event, late_ms: list[float]) -> None:
    while not stop.is_set():
        begun_s = time.monotonic()
        time.sleep(TICK_S)
        late_ms.append(1000.0 * (time.monotonic() - begun_s - TICK_S))


def _flush(stop: threading.Event, took_ms: list[float], folder: Path) -> None:
    """Write records as a recorder does; the file goes away with the measurement."""
    record = bytes(round(N_CHANNELS * RATE_HZ * RECORD_S * BYTES_PER_SAMPLE))
    with tempfile.TemporaryFile(dir=folder) as file:
        while True:
            begun_s = time.monotonic()
            file.seek(0)
            file.write(record)
            file.flush()
            os.fsync(file.fileno())
            took_ms.append(1000.0 * (time.monotonic() - begun_s))
            if stop.wait(RECORD_S / 2.0):
                return


def sweep_times_ms() -> tuple[float, ...]:
    """Return what the detector takes for single sweeps of a simulated patient."""
    surgery = simulate("persistent", seed=1, minutes=4.0, rate_hz=RATE_HZ)
    source = SimulatedSource(surgery, block_samples=round(0.5 * RATE_HZ))
    settings = MonitorSettings()
    settings = replace(settings, baseline=replace(settings.baseline, auto_accept=True))
    monitor = Monitor(info=source.info, settings=settings)
    monitor.receive(OpenCase(sample_index=0, case=CaseInfo(side=source.info.side)))
    has_baseline = False
    took_ms: list[float] = []
    while len(took_ms) < SWEEPS_MEASURED and (items := source.read(timeout_s=0.0)) is not None:
        given = [item for item in items if isinstance(item, SampleBlock | Stimulus)]
        begun_s = time.perf_counter()
        events = monitor.receive(*given)
        passed_ms = 1000.0 * (time.perf_counter() - begun_s)
        n_sweeps = len(monitor.take_reports())
        if has_baseline and n_sweeps:
            took_ms.append(passed_ms / n_sweeps)
        has_baseline = has_baseline or any(isinstance(e, BaselineAccepted) for e in events)
    return tuple(took_ms)
