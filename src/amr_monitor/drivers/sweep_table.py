"""Tables of pre-cut sweeps, with a sidecar that says the rest, as a source."""

import hashlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from amr_monitor.drivers.edf_recording import (
    HIGHEST_RATE_HZ,
    LOWEST_GOOD_RATE_HZ,
    LOWEST_RATE_HZ,
)
from amr_monitor.drivers.montage import EmgMatch, FoundChannel, MontageSettings, match_channels
from amr_monitor.drivers.pre_cut import CutSweep, PreCutRecording, PreCutSource, SweepWindow
from amr_monitor.drivers.recording import RecordingSettings
from amr_monitor.drivers.sweep_sidecar import (
    ENDING,
    ChannelColumns,
    SweepSidecar,
    read_sidecar,
)
from amr_monitor.formats.sweep_table import SweepTable, is_sweep_table, read_sweep_table
from amr_monitor.model.errors import SourceFormatError
from amr_monitor.model.signal import Channel, FloatArray, Montage
from amr_monitor.model.source import Annotation, Origin, SourceInfo, SourceWarning
from amr_monitor.model.stimulation import TriggerQuality
from amr_monitor.monitor.annotations import accepts_baseline

LARGEST_UV = 1e7
"""No amplifier for EMG gives 10 V: the unit is wrong."""

EXAMPLE = 'unit = "uV", stimulus_rate_hz = 1.0, [[channel]] label = "OOc"'


class SweepTableDriver:
    """Text tables of sweeps."""

    formats = "tables of sweeps (CSV with a TOML beside it)"

    def recognises(self, head: bytes) -> bool:
        """Tell by its first bytes whether a file may be such a table."""
        return is_sweep_table(head)

    def stands_alone(self, path: Path) -> bool:
        """Tell whether a table has its sidecar: without one it is any table."""
        return path.with_suffix(ENDING).is_file()

    def open(
        self, paths: Sequence[Path], settings: RecordingSettings, *, block_samples: int | None
    ) -> PreCutSource:
        """Open the tables of one recording."""
        recording = open_sweep_tables(paths, settings.montage)
        return PreCutSource(recording, paced=block_samples is not None)


def open_sweep_tables(paths: Sequence[Path], montage: MontageSettings) -> PreCutRecording:
    """Open the tables of one recording.

    Parameters
    ----------
    paths : sequence of Path
        One has its sidecar beside it: `surgery.toml` by `surgery.csv`. Others
        are those that the sidecar names.
    montage : MontageSettings

    Raises
    ------
    SourceFormatError
        One line: file, place and what to do.
    """
    sidecar_path, own = _sidecar_of(paths)
    sidecar = read_sidecar(sidecar_path)
    tables = _Tables(own, sidecar)
    foreign = [path for path in paths if path.resolve() not in tables.paths]
    if foreign:
        raise SourceFormatError(
            f"{foreign[0]}: is named by no [[channel]] of {sidecar_path.name}; add it there with "
            "file, or replay it alone"
        )
    return _recording(sidecar_path, sidecar, tables, montage)


class _Tables:
    """The tables of a sidecar, each read once.

    Parameters
    ----------
    own : Path
        The table that the sidecar stands beside.
    sidecar : SweepSidecar
    """

    def __init__(self, own: Path, sidecar: SweepSidecar) -> None:
        self._own = own
        self._sidecar = sidecar
        self._read: dict[Path, SweepTable] = {}
        self.digest = hashlib.sha256(repr(sidecar).encode())
        self.paths = {self.path_of(channel).resolve() for channel in sidecar.channels}

    def path_of(self, channel: ChannelColumns) -> Path:
        """Return where the sweeps of a channel stand."""
        return self._own.with_name(Path(channel.file).name) if channel.file else self._own

    def table_of(self, channel: ChannelColumns) -> SweepTable:
        """Return the table of a channel."""
        path = self.path_of(channel)
        if path not in self._read:
            try:
                data = path.read_bytes()
            except OSError as fault:
                raise SourceFormatError(
                    f"{path}: cannot be read: {fault.strerror}; check the path"
                ) from fault
            self.digest.update(data)
            self._read[path] = read_sweep_table(
                path,
                data,
                skip_lines=self._sidecar.skip_lines,
                rate_hz=self._sidecar.sampling_rate_hz,
            )
        return self._read[path]

    def columns_of(self, channel: ChannelColumns) -> list[int]:
        """Return the sweeps of a channel: numbers in its table, from 0."""
        path, table = self.path_of(channel), self.table_of(channel)
        n_sweeps = len(table.values)
        if channel.header:
            wanted = channel.header.casefold()
            found = [
                number
                for number, header in enumerate(table.headers[1:])
                if header.casefold().startswith(wanted)
            ]
            if not found:
                raise SourceFormatError(
                    f"{path}: no column begins with {channel.header!r}, as its sidecar says"
                )
            return found
        if channel.first is None or channel.last is None:
            return list(range(n_sweeps))
        if channel.last > n_sweeps + 1:
            raise SourceFormatError(
                f"{path}: has {n_sweeps + 1} columns; its sidecar asks for {channel.last}"
            )
        return list(range(channel.first - 2, channel.last - 1))


def _sidecar_of(paths: Sequence[Path]) -> tuple[Path, Path]:
    """Return the only sidecar, and its table."""
    found = {path.with_suffix(ENDING): path for path in paths}
    there = {sidecar: path for sidecar, path in found.items() if sidecar.is_file()}
    if not there:
        sidecar = paths[0].with_suffix(ENDING)
        raise SourceFormatError(
            f"{paths[0]}: a table of sweeps needs {sidecar.name} beside it, with at least: "
            f"{EXAMPLE}; docs/formats.md tells more"
        )
    if len(there) > 1:
        one, other, *_ = there.values()
        raise SourceFormatError(
            f"{one}: has a sidecar of its own, and {other.name} has one, too; replay them one by "
            "one, or name both in one sidecar"
        )
    return next(iter(there.items()))


def _recording(
    sidecar_path: Path, sidecar: SweepSidecar, tables: _Tables, montage: MontageSettings
) -> PreCutRecording:
    name = sidecar_path.with_suffix("").name
    labels = [_montage_label(channel, montage) for channel in sidecar.channels]
    matched = match_channels(
        [
            FoundChannel(label=label, dimension=channel.unit)
            for label, channel in zip(labels, sidecar.channels, strict=True)
        ],
        montage,
        name=str(sidecar_path),
    )
    channels = [sidecar.channels[match.index] for match in matched.emg]
    _require_apart(sidecar_path, channels)
    samples = _samples_uv(sidecar_path, tables, channels, matched.emg)
    n_sweeps, _, n_samples = samples.shape
    table = tables.table_of(channels[0])
    window = _window(sidecar_path, table, n_samples)
    currents_ma = _currents_ma(sidecar_path, sidecar, n_sweeps)
    if sidecar.rejected and max(sidecar.rejected) > n_sweeps:
        raise SourceFormatError(
            f"{sidecar_path}: rejected names sweep {max(sidecar.rejected)} of {n_sweeps}"
        )
    first_sample_s = _times_s(sidecar_path, sidecar, n_sweeps) + table.start_ms / 1000.0
    first_time_s = min(0.0, round(float(first_sample_s[0]), 6))
    first_indices = np.rint((first_sample_s - first_time_s) * window.rate_hz).astype(np.int64)
    if np.any(np.diff(first_indices) < 1):
        raise SourceFormatError(f"{sidecar_path}: stimuli are less than a sample apart")
    sweeps = tuple(
        CutSweep(
            stimulus=window.stimulus(int(first), current_ma=current_ma),
            is_rejected=number in sidecar.rejected,
        )
        for number, (first, current_ma) in enumerate(
            zip(first_indices, currents_ma, strict=True), start=1
        )
    )
    annotations = tuple(
        Annotation(
            sample_index=max(0, round((time_s - first_time_s) * window.rate_hz)),
            time_s=time_s,
            text=text,
        )
        for time_s, text in sidecar.marks
    )
    side = sidecar.side or matched.side
    if montage.side is not None and side is not None and side is not montage.side:
        raise SourceFormatError(f"{sidecar_path}: its side is {side}, not {montage.side}")
    end_s = float(first_indices[-1] + n_samples) / window.rate_hz
    info = SourceInfo(
        name=name,
        origin=Origin.SIMULATED if sidecar.is_simulated else Origin.REPLAY,
        montage=Montage(
            channels=tuple(
                Channel(label=channel.label, muscle=match.muscle, side=match.side or side)
                for channel, match in zip(channels, matched.emg, strict=True)
            )
        ),
        sampling_rate_hz=window.rate_hz,
        trigger_quality=TriggerQuality.SWEEP_LOCKED,
        start_utc=sidecar.start,
        first_time_s=first_time_s,
        duration_s=round(end_s, 6),
        side=side,
        content_hash=tables.digest.hexdigest(),
        baseline_is_marked=any(accepts_baseline(a.text) for a in annotations),
        sweep_start_ms=window.start_ms,
        sweep_end_ms=window.end_ms,
        warnings=_warnings(
            name,
            window,
            samples,
            channels,
            has_current=bool(sidecar.currents_ma),
            has_marks=bool(sidecar.marks),
        ),
    )
    return PreCutRecording(
        info=info,
        window=window,
        sweeps=sweeps,
        annotations=annotations,
        read_uv=lambda number: samples[number],
        close=lambda: None,
    )


def _montage_label(channel: ChannelColumns, montage: MontageSettings) -> str:
    """Return the label by which the montage finds a channel: its own, or of the muscle told."""
    return channel.label if channel.muscle is None else montage.labels(channel.muscle)[0]


def _samples_uv(
    sidecar_path: Path,
    tables: _Tables,
    channels: Sequence[ChannelColumns],
    matches: Sequence[EmgMatch],
) -> FloatArray:
    """Return all sweeps, shape (n_sweeps, n_channels, n_samples)."""
    first = tables.table_of(channels[0])
    rows = []
    for channel, match in zip(channels, matches, strict=True):
        table, columns = tables.table_of(channel), tables.columns_of(channel)
        if (table.start_ms, table.rate_hz) != (first.start_ms, first.rate_hz) or (
            table.values.shape[1] != first.values.shape[1]
        ):
            own, other = tables.path_of(channel), tables.path_of(channels[0])
            raise SourceFormatError(f"{own}: has other times in its first column than {other.name}")
        rows.append(table.values[columns] * match.microvolts_per_unit)
        if len(rows[0]) != len(rows[-1]):
            raise SourceFormatError(
                f"{sidecar_path}: {channels[0].label!r} has {len(rows[0])} sweeps, "
                f"{channel.label!r} has {len(rows[-1])}"
            )
    samples: FloatArray = np.stack(rows, axis=1)
    if np.abs(samples).max() > LARGEST_UV:
        raise SourceFormatError(
            f"{sidecar_path}: values reach {np.abs(samples).max() / 1e6:g} V; is the unit right?"
        )
    return samples.astype(np.float32)


def _require_apart(sidecar_path: Path, channels: Sequence[ChannelColumns]) -> None:
    """Require that no two channels are the same columns."""
    places = [(c.file, c.first, c.last, c.header.casefold()) for c in channels]
    if len(set(places)) < len(places):
        raise SourceFormatError(
            f"{sidecar_path}: two channels are the same columns; give each its columns, header "
            "or file"
        )


def _window(sidecar_path: Path, table: SweepTable, n_samples: int) -> SweepWindow:
    rate_hz = table.rate_hz
    if not LOWEST_RATE_HZ <= rate_hz <= HIGHEST_RATE_HZ:
        raise SourceFormatError(
            f"{sidecar_path}: its sweeps are sampled at {rate_hz:g} Hz; a response needs at least "
            f"{LOWEST_RATE_HZ:g} Hz to be seen (times are in ms)"
        )
    onset = round(-table.start_ms * rate_hz / 1000.0, 6) + 0.0
    if not (0.0 <= onset and round(onset) < n_samples):
        last_ms = table.start_ms + 1000.0 * (n_samples - 1) / rate_hz
        raise SourceFormatError(
            f"{sidecar_path}: its sweeps run from {table.start_ms:g} to {last_ms:g} ms; time 0 is "
            "the stimulus and must lie inside"
        )
    return SweepWindow(rate_hz=rate_hz, n_samples=n_samples, onset=onset)


def _times_s(sidecar_path: Path, sidecar: SweepSidecar, n_sweeps: int) -> npt.NDArray[np.float64]:
    if sidecar.times_s is None:
        times_s: npt.NDArray[np.float64] = (
            sidecar.first_s + np.arange(n_sweeps, dtype=np.float64) / sidecar.rate_hz
        )
        return times_s
    if len(sidecar.times_s) != n_sweeps:
        raise SourceFormatError(
            f"{sidecar_path}: {len(sidecar.times_s)} stimulus_times_s for {n_sweeps} sweeps"
        )
    return np.array(sidecar.times_s, dtype=np.float64)


def _currents_ma(sidecar_path: Path, sidecar: SweepSidecar, n_sweeps: int) -> list[float | None]:
    told = sidecar.currents_ma
    if not told:
        return [None] * n_sweeps
    if len(told) not in (1, n_sweeps):
        raise SourceFormatError(
            f"{sidecar_path}: {len(told)} values of current_ma for {n_sweeps} sweeps"
        )
    if min(told) < 0.0:
        raise SourceFormatError(f"{sidecar_path}: current_ma is 0 or more")
    return list(told if len(told) == n_sweeps else told * n_sweeps)


def _warnings(
    name: str,
    window: SweepWindow,
    samples: FloatArray,
    channels: Sequence[ChannelColumns],
    *,
    has_current: bool,
    has_marks: bool,
) -> tuple[SourceWarning, ...]:
    told = []
    if not has_current:
        told.append(("current_unknown", f"{name}: its sidecar tells no current_ma"))
    if window.rate_hz < LOWEST_GOOD_RATE_HZ:
        told.append(
            ("rate_low", f"{name}: {window.rate_hz:g} Hz is slow for EMG; latencies are coarse")
        )
    if not has_marks:
        told.append(("no_marks", f"{name}: without marks the phase of the surgery is not known"))
    flat = np.ptp(samples, axis=2).max(axis=0) == 0.0
    told += [
        (
            "channel_flat",
            f"{name}: EMG channel {channel.label!r} is flat; is its electrode connected?",
        )
        for channel, is_flat in zip(channels, flat, strict=True)
        if is_flat
    ]
    return tuple(SourceWarning(sample_index=0, code=code, message=text) for code, text in told)
