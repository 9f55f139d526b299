"""EDF and BDF files as one recording: channels, time axis, stimuli, texts."""

import hashlib
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import numpy.typing as npt

from amr_monitor.drivers.edf_channels import EdfPart, EmgReader, Piece, TriggerReader
from amr_monitor.drivers.montage import FoundChannel, MatchedChannels, match_channels
from amr_monitor.drivers.recording import Recording, RecordingSettings, Segment, TimeAxis
from amr_monitor.drivers.stimuli import FoundStimuli, TextAt, TriggerEdges, find_stimuli
from amr_monitor.drivers.trigger_scan import coded_edges, trigger_edges
from amr_monitor.formats.edf import EdfFile
from amr_monitor.formats.edf_writer import ONSET_STEP_S
from amr_monitor.formats.segment_text import SegmentPlace, segment_place
from amr_monitor.formats.trigger_code import TRANSDUCER
from amr_monitor.model.errors import SourceFormatError
from amr_monitor.model.signal import Channel, Montage
from amr_monitor.model.source import Annotation, Origin, SourceInfo, SourceWarning
from amr_monitor.monitor.annotations import accepts_baseline, opens_case, stimulus_from_text

LOWEST_RATE_HZ = 1000.0
LOWEST_GOOD_RATE_HZ = 2000.0
HIGHEST_RATE_HZ = 1e6

NAMES_LEFT_OUT = (
    "names, birth date and free text of its header were left out; nothing of them is kept"
    " (the file itself still holds them)"
)

HASHED_STRETCHES = 64
HASHED_SAMPLES = 1024


def open_edf(paths: Sequence[Path], settings: RecordingSettings) -> list[Recording]:
    """Open one EDF or BDF file, or several that are segments of one recording.

    Where our own recorder says that the source came back as another, another
    recording begins; it counts its samples on.

    Parameters
    ----------
    paths : sequence of Path
        In any order: their start times order them.
    settings : RecordingSettings

    Raises
    ------
    SourceFormatError
        There is no signal, no stimulus or no order that could be used.
    """
    files = in_order([EdfFile(path) for path in paths])
    try:
        recordings: list[Recording] = []
        for group in _alike_groups(files):
            first_index = recordings[-1].axis.n_samples if recordings else 0
            recordings.append(_recording(group, paths, settings, first_index=first_index))
        return recordings
    except BaseException:
        for file in files:
            file.close()
        raise


def _recording(
    files: list[EdfFile],
    paths: Sequence[Path],
    settings: RecordingSettings,
    *,
    first_index: int,
) -> Recording:
    name = files[0].name if len(files) == 1 else f"{paths[0].parent.name} ({len(files)} files)"
    found = [_match(file, settings) for file in files]
    parts = _alike([part for part, _ in found])
    matched = found[0][1]
    rate_hz = _rate(parts[0])
    pieces, axis, runs = _axis(parts, rate_hz=rate_hz, first_index=first_index)
    emg = EmgReader(pieces)
    texts = _texts(pieces)
    said = [(time_s, stimulus_from_text(text)) for time_s, text in texts]
    marked = [
        (*axis.position(time_s), stimulus) for time_s, stimulus in said if stimulus is not None
    ]
    edges, silent_triggers = _edges(pieces, runs, parts[0], settings)
    stimuli = find_stimuli(
        edges=edges,
        silent_triggers=silent_triggers,
        texts=[TextAt(position=p, said=s) for p, inside, s in marked if inside],
        read_uv=emg.read_uv,
        axis=axis,
        settings=settings.trigger,
        name=name,
    )
    if edges is None or edges.polarities is None:
        _require_sweep(stimuli, axis, settings, name)
    annotations = tuple(
        Annotation(
            sample_index=_index_of(axis, time_s, is_own=parts[-1].place is not None),
            time_s=round(time_s, 6),
            text=text,
        )
        for (time_s, text), (_, stimulus) in zip(texts, said, strict=True)
        if stimulus is None
    )
    content_hash, flat = _identity(parts, stimuli.positions)
    warnings = [w for file in files for w in file.warnings] + [*stimuli.warnings]
    warnings += [
        _warning(
            "trigger_never_rises",
            f"{name}: trigger channel {label!r} never rises from one level to another; "
            "was its cable connected?",
        )
        for label in silent_triggers
    ]
    if any(file.header.names_people for file in files):
        warnings.append(_warning("header_stripped", f"{name}: {NAMES_LEFT_OUT}"))
    warnings += [_warning("channel_flat", f"{name}: {told}") for told in flat]
    n_outside = sum(not inside for _, inside, _ in marked)
    if n_outside:
        warnings.append(
            _warning("stimuli_not_recorded", f"{name}: {n_outside} stimuli lie outside the samples")
        )
    if rate_hz < LOWEST_GOOD_RATE_HZ:
        warnings.append(
            _warning("rate_low", f"{name}: {rate_hz:g} Hz is slow for EMG; latencies are coarse")
        )
    info = SourceInfo(
        name=name,
        origin=Origin.SIMULATED if any(f.header.is_simulated for f in files) else Origin.REPLAY,
        montage=_montage(parts[0], matched),
        sampling_rate_hz=rate_hz,
        trigger_quality=stimuli.quality,
        start_utc=_start_utc(parts[0]),
        first_time_s=axis.segments[0].onset_s,
        duration_s=round(axis.end_s - axis.segments[0].onset_s, 6),
        side=matched.side,
        content_hash=content_hash,
        baseline_is_marked=any(accepts_baseline(a.text) for a in annotations),
        case_is_marked=any(opens_case(a.text) for a in annotations),
        sweep_start_ms=settings.sweep_start_ms,
        sweep_end_ms=settings.sweep_end_ms,
        warnings=tuple(warnings),
    )

    def close() -> None:
        for file in files:
            file.close()

    return Recording(
        info=info,
        axis=axis,
        stimuli=stimuli.stimuli,
        annotations=annotations,
        read_uv=emg.read_uv,
        close=close,
    )


def in_order(files: list[EdfFile]) -> list[EdfFile]:
    """Return files in the order in which they were recorded.

    Raises
    ------
    SourceFormatError
        One has no start date.
    """
    if len(files) == 1:
        return files
    firsts = [place.first_index for place in map(place_of, files) if place is not None]
    if len(set(firsts)) == len(files):
        return sorted(files, key=_first_index)
    for file in files:
        if file.header.start is None:
            raise SourceFormatError(
                f"{file.name}: has no start date, so it cannot be put in order with the other "
                "files; replay it alone"
            )
    return sorted(files, key=lambda f: (_start(f), f.segments[0].onset_s))


def _alike_groups(files: Sequence[EdfFile]) -> list[list[EdfFile]]:
    """Part files where our own recorder says that channels or rate are others."""
    groups: list[list[EdfFile]] = []
    for file in files:
        place = place_of(file)
        if not groups or (place is not None and place.changed):
            groups.append([])
        groups[-1].append(file)
    return groups


def place_of(file: EdfFile) -> SegmentPlace | None:
    """Return where our own recorder says that a file belongs; None for other files."""
    return next(filter(None, (segment_place(a.text) for a in file.annotations)), None)


def _first_index(file: EdfFile) -> int:
    place = place_of(file)
    return 0 if place is None else place.first_index


def _start(file: EdfFile) -> datetime:
    if file.header.start is None:
        raise SourceFormatError(f"{file.name}: has no start date")
    return file.header.start


def _match(file: EdfFile, settings: RecordingSettings) -> tuple[EdfPart, MatchedChannels]:
    signals = [s for s in file.signals if s.samples_per_record]
    channels = [FoundChannel(label=s.label, dimension=s.dimension) for s in signals]
    matched = match_channels(channels, settings.montage, name=file.name)
    triggers = [signals[i] for i in matched.triggers]
    # BioSemi's own trigger input carries no name that a montage would have.
    triggers += [s for s in signals if s.is_status and s not in triggers]
    # That of our own recorder is the one, whatever a config calls a trigger.
    triggers = [s for s in signals if s.transducer == TRANSDUCER] or triggers
    part = EdfPart(
        file=file,
        emg=tuple(signals[match.index] for match in matched.emg),
        lines=tuple(
            file.calibration(signals[match.index]).scaled(match.microvolts_per_unit)
            for match in matched.emg
        ),
        triggers=tuple(triggers),
        place=place_of(file),
    )
    return part, matched


def _alike(parts: list[EdfPart]) -> list[EdfPart]:
    """Require the same channels and rates of all files."""
    first = parts[0]
    for part in parts[1:]:
        if len(part.emg) != len(first.emg) or [
            part.file.rate_hz(s) for s in (*part.emg, *part.triggers)
        ] != [first.file.rate_hz(s) for s in (*first.emg, *first.triggers)]:
            raise SourceFormatError(
                f"{part.file.name}: other channels or sampling rates than in {first.file.name}; "
                "replay them one by one, or judge all of a folder: amr-monitor batch FOLDER"
            )
    return parts


def _start_utc(part: EdfPart) -> datetime | None:
    """Return the moment of time 0 on the axis of the recording."""
    start = part.file.header.start
    if start is None or part.place is None:
        return start
    offset_s = part.file.segments[0].onset_s - part.place.onset_s
    return start + timedelta(seconds=round(offset_s, 4))


def _rate(part: EdfPart) -> float:
    fastest = max(part.emg, key=lambda s: s.samples_per_record)
    rate_hz = part.file.rate_hz(fastest)
    if part.place is not None and round(part.place.rate_hz) == fastest.samples_per_record:
        # A record holds a whole number of samples: the header cannot say every rate.
        rate_hz = part.place.rate_hz
    if not LOWEST_RATE_HZ <= rate_hz <= HIGHEST_RATE_HZ:
        raise SourceFormatError(
            f"{part.file.name}: EMG channel {fastest.label!r} is sampled at {rate_hz:g} Hz; "
            f"a response needs at least {LOWEST_RATE_HZ:g} Hz to be seen"
        )
    return rate_hz


def _axis(
    parts: Sequence[EdfPart], *, rate_hz: float, first_index: int
) -> tuple[list[Piece], TimeAxis, list[tuple[int, int]]]:
    """Lay all segments of all files on one grid; return runs of pieces without a hole, too."""
    pieces: list[Piece] = []
    segments: list[Segment] = []
    runs: list[tuple[int, int]] = []
    tolerance_s = max(0.5 / rate_hz, ONSET_STEP_S)
    for part in parts:
        offset_s = 0.0
        if part.place is not None:
            offset_s = part.place.onset_s - part.file.segments[0].onset_s
        elif len(parts) > 1:
            offset_s = (_start(part.file) - _start(parts[0].file)).total_seconds()
        for number, segment in enumerate(part.file.segments):
            first_index = segments[-1].end_index if segments else first_index
            onset_s = round(offset_s + segment.onset_s, 7)
            if part.place is not None and number == 0:
                onset_s = part.place.onset_s
            n_samples = segment.n_samples(part.per_record)
            reason = ""
            if segments:
                end_s = segments[-1].onset_s + segments[-1].n_samples / rate_hz
                missing_s = onset_s - end_s
                follows = abs(missing_s) <= tolerance_s
                if part.place is not None:
                    follows = part.place.continues and follows
                if number == 0 and follows:
                    last = segments.pop()
                    pieces.append(_piece(part, number, first_index, n_samples, end_s))
                    runs[-1] = (runs[-1][0], len(pieces))
                    segments.append(
                        Segment(
                            first_index=last.first_index,
                            n_samples=last.n_samples + n_samples,
                            onset_s=last.onset_s,
                            reason=last.reason,
                        )
                    )
                    continue
                if missing_s < -1.0:
                    raise SourceFormatError(
                        f"{part.file.name}: begins {-missing_s:.1f} s before the file before it "
                        "ends; the files are not segments of one recording"
                    )
                reason = f"{missing_s:.3f} s were not recorded"
                if part.place is not None and number == 0:
                    reason = part.place.reason or reason
                elif missing_s < 0.0:
                    # Start times in whole seconds cannot tell how much is missing.
                    onset_s, reason = end_s, f"{part.file.name} begins; what is missing is unknown"
            pieces.append(_piece(part, number, first_index, n_samples, onset_s))
            runs.append((len(pieces) - 1, len(pieces)))
            segments.append(
                Segment(
                    first_index=first_index,
                    n_samples=n_samples,
                    onset_s=onset_s,
                    reason=reason or (part.place.reason if part.place is not None else ""),
                )
            )
    return pieces, TimeAxis(segments, rate_hz=rate_hz), runs


def _piece(part: EdfPart, number: int, first_index: int, n_samples: int, onset_s: float) -> Piece:
    return Piece(
        part=part, number=number, first_index=first_index, n_samples=n_samples, onset_s=onset_s
    )


def _texts(pieces: Sequence[Piece]) -> list[tuple[float, str]]:
    """Return all texts with their times on the recording's axis, in order."""
    texts = []
    for piece in pieces:
        if piece.number == 0:
            # Where its samples were put, its texts go, too.
            file = piece.part.file
            offset_s = piece.onset_s - file.segments[0].onset_s
            texts += [
                (offset_s + a.onset_s, a.text)
                for a in file.annotations
                if a.text.strip() and segment_place(a.text) is None
            ]
    return sorted(texts, key=lambda text: text[0])


def _index_of(axis: TimeAxis, time_s: float, *, is_own: bool) -> int:
    """Return the number of samples received at the time of a text.

    A command may count up to a millisecond after the last sample: our own
    recorder says so, in other recordings there is nothing after the end.
    """
    last = axis.segments[-1]
    if is_own and time_s >= axis.end_s:
        return last.first_index + round((time_s - last.onset_s) * axis.rate_hz)
    return axis.index(time_s)


def _edges(
    pieces: Sequence[Piece],
    runs: Sequence[tuple[int, int]],
    part: EdfPart,
    settings: RecordingSettings,
) -> tuple[TriggerEdges | None, list[str]]:
    """Return the edges of the first trigger channel that rises, and labels of those that do not."""
    silent: list[str] = []
    for which in range(len(part.triggers)):
        reader = TriggerReader(pieces, which)
        stretches = [reader.stretch(*run) for run in runs]
        coded = coded_edges(reader.read, stretches) if reader.is_coded else None
        if coded is not None:
            positions = reader.on_grid(coded.positions)
            return TriggerEdges(positions=positions, polarities=coded.polarities), silent
        threshold = reader.level(settings.trigger.threshold)
        found = trigger_edges(
            reader.read,
            stretches,
            rate_hz=reader.rate_hz,
            threshold=threshold,
            refractory_ms=settings.trigger.refractory_ms,
        )
        if found is None:
            silent.append(reader.label)
            continue
        positions, are_steps = found
        ratio = part.per_record / part.triggers[which].samples_per_record
        edges = TriggerEdges(
            positions=reader.on_grid(positions),
            step_samples=ratio if are_steps and ratio > 1.0 else 0.0,
        )
        return edges, silent
    return None, silent


def _montage(part: EdfPart, matched: MatchedChannels) -> Montage:
    return Montage(
        channels=tuple(
            Channel(label=signal.label, muscle=match.muscle, side=match.side, rail_uv=line.rail)
            for signal, line, match in zip(part.emg, part.lines, matched.emg, strict=True)
        )
    )


def _require_sweep(
    stimuli: FoundStimuli, axis: TimeAxis, settings: RecordingSettings, name: str
) -> None:
    if not any(stimuli.has_sweep(axis, settings.sweep_start_ms, settings.sweep_end_ms)):
        raise SourceFormatError(
            f"{name}: none of its {len(stimuli.stimuli)} stimuli has the samples from "
            f"{settings.sweep_start_ms:g} to {settings.sweep_end_ms:g} ms around it that a sweep "
            "needs; the recording is too short"
        )


def _identity(
    parts: Sequence[EdfPart], positions: npt.NDArray[np.float64]
) -> tuple[str, list[str]]:
    """Return a hash of what tells recordings apart, and which EMG channels are flat.

    Hashed are each header without the patient field, all texts, the stimuli
    and 64 stretches of 1024 samples of each EMG channel, evenly spread: a
    recording of hours is hashed in milliseconds.
    """
    digest = hashlib.sha256(positions.tobytes())
    is_flat = [True] * len(parts[0].emg)
    value: list[int | None] = [None] * len(is_flat)
    for part in parts:
        digest.update(part.file.identity())
        for row, signal in enumerate(part.emg):
            n_held = part.file.n_samples(signal)
            n_read = min(HASHED_SAMPLES, n_held)
            for first in np.unique(np.linspace(0, n_held - n_read, HASHED_STRETCHES).astype(int)):
                digital = part.file.read_digital(signal, int(first), n_read)
                digest.update(digital.tobytes())
                value[row] = int(digital[0]) if value[row] is None else value[row]
                is_flat[row] = is_flat[row] and bool((digital == value[row]).all())
    flat = [
        f"EMG channel {signal.label!r} is flat; is its electrode connected?"
        for signal, flat in zip(parts[0].emg, is_flat, strict=True)
        if flat
    ]
    return digest.hexdigest(), flat


def _warning(code: str, message: str) -> SourceWarning:
    return SourceWarning(sample_index=0, code=code, message=message)
