"""The folder of an EPWorks study as a source of pre-cut sweeps.

What the format leaves open is told and not guessed: units, polarity, the
meaning of the trigger delay, blocks without a description (docs/formats.md).
The study's own name and the patient object are not taken over.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from amr_monitor.drivers.edf_recording import LOWEST_GOOD_RATE_HZ
from amr_monitor.drivers.epworks_blocks import (
    StoredBlock,
    Survey,
    stored_blocks,
    survey,
)
from amr_monitor.drivers.epworks_delay import is_pre_trigger, with_pre_trigger
from amr_monitor.drivers.epworks_selection import (
    Selection,
    StimulusGrouper,
    StoredStimulus,
    SweepKind,
    kind_of,
    select,
    without_doubles,
    without_outliers,
)
from amr_monitor.drivers.epworks_words import Findings, what_to_tell
from amr_monitor.drivers.montage import MontageSettings
from amr_monitor.drivers.pre_cut import CutSweep, PreCutRecording, PreCutSource
from amr_monitor.drivers.recording import RecordingSettings
from amr_monitor.formats.epworks_history import FILETIME_PER_S, find_iom, find_recs, utc_of
from amr_monitor.formats.epworks_rec import is_rec
from amr_monitor.formats.epworks_study import EpStudy, read_study
from amr_monitor.formats.epworks_tlv import is_iom
from amr_monitor.model.errors import SourceFormatError
from amr_monitor.model.signal import FloatArray
from amr_monitor.model.source import Origin, SourceInfo, SourceWarning
from amr_monitor.model.stimulation import Stimulus, TriggerQuality

LONGEST_SESSION = 24 * 3600 * FILETIME_PER_S
LOOKED_AT = 64
"""So many sweeps, evenly spread, are read when a study is opened."""


class EpworksDriver:
    """EPWorks study folders, and the `.iom` of one."""

    formats = "EPWorks study folders"

    def recognises(self, head: bytes) -> bool:
        """Tell by its first bytes whether a file belongs to a study."""
        return is_iom(head) or is_rec(head)

    def recognises_folder(self, folder: Path) -> bool:
        """Tell whether a folder is that of a study."""
        return find_iom(folder) is not None

    def open(
        self, paths: Sequence[Path], settings: RecordingSettings, *, block_samples: int | None
    ) -> PreCutSource:
        """Open one study; its sweeps come one by one where blocks are asked for."""
        if len(paths) != 1:
            raise SourceFormatError(
                f"{paths[0]}: is part of one EPWorks study and {paths[1]} of another; name the "
                "folder of one study"
            )
        if find_iom(paths[0]) is None:
            raise SourceFormatError(
                f"{paths[0]}: is one channel of an EPWorks study; name the folder of the study"
            )
        recording = open_epworks(paths[0], settings.montage)
        return PreCutSource(recording, paced=block_samples is not None)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class OpenedStudy:
    """A study whose sweeps have been found.

    Attributes
    ----------
    info : SourceInfo
    study : EpStudy
    found : Survey
    selection : Selection
    stimuli : tuple of StoredStimulus
        In the order of time, from the first complete one to the last.
    waiting : tuple of StoredStimulus
        Behind the last complete one: their other channels may still come.
    start : int
        FILETIME of sample 0.
    seen : set of bytes
        GUIDs of all blocks.
    pre_trigger : set of SweepKind
        Kinds whose delay is the time before the stimulus.
    """

    info: SourceInfo
    study: EpStudy
    found: Survey
    selection: Selection
    stimuli: tuple[StoredStimulus, ...]
    waiting: tuple[StoredStimulus, ...]
    start: int
    seen: set[bytes]
    pre_trigger: set[SweepKind]


def open_epworks(path: Path, montage: MontageSettings) -> PreCutRecording:
    """Open a study as it stands.

    Parameters
    ----------
    path : Path
        Its folder, or its `.iom`.
    montage : MontageSettings

    Raises
    ------
    SourceFormatError
        It holds nothing that could be monitored, or is damaged.
    """
    opened = open_study(path, montage)
    selection = opened.selection
    sweeps = tuple(cut_sweep(each, selection, opened.start) for each in opened.stimuli)
    return PreCutRecording(
        info=opened.info,
        window=selection.window,
        sweeps=sweeps,
        annotations=(),
        read_uv=lambda number: samples_uv(opened.stimuli[number], selection),
        close=opened.found.close,
    )


def open_study(path: Path, montage: MontageSettings) -> OpenedStudy:
    """Find the sweeps of a study.

    Raises
    ------
    SourceFormatError
        It holds nothing that could be monitored, or is damaged.
    """
    iom = find_iom(path)
    if iom is None:
        raise SourceFormatError(f"{path}: is no EPWorks study: no .iom is in it")
    study = read_study(str(iom), iom_bytes(iom))
    files = find_recs(iom.parent)
    found = survey(files.recs, study, montage)
    try:
        return _opened(iom, study, found, montage, foreign=files.foreign)
    except BaseException:
        found.close()
        raise


def iom_bytes(path: Path) -> bytes:
    """Return the bytes of a description.

    Raises
    ------
    SourceFormatError
        It cannot be read.
    """
    try:
        return path.read_bytes()
    except OSError as fault:
        raise SourceFormatError(
            f"{path}: cannot be read: {fault.strerror}; check the path"
        ) from fault


def cut_sweep(stored: StoredStimulus, selection: Selection, start: int) -> CutSweep:
    """Return a stimulus with its place on the samples.

    Parameters
    ----------
    stored : StoredStimulus
    selection : Selection
    start : int
        FILETIME of sample 0.
    """
    return CutSweep(
        stimulus=stimulus_of(stored, selection, start),
        is_complete=len(stored.blocks) == len(selection.montage.channels),
        is_rejected=stored.is_rejected,
    )


def stimulus_of(stored: StoredStimulus, selection: Selection, start: int) -> Stimulus:
    """Return the stimulus of stored blocks."""
    first_index = round((stored.filetime - start) * selection.kind.rate_hz / FILETIME_PER_S)
    return selection.window.stimulus(first_index, current_ma=stored.current_ma)


def samples_uv(stored: StoredStimulus, selection: Selection) -> FloatArray:
    """Return the samples of a complete stimulus, shape (n_channels, n_samples)."""
    rows = [stored.blocks[row] for row in range(len(selection.montage.channels))]
    return np.stack([b.track.rec.samples(b.number, b.track.header_bytes) for b in rows])


def _opened(
    iom: Path,
    study: EpStudy,
    found: Survey,
    montage: MontageSettings,
    *,
    foreign: Sequence[str],
) -> OpenedStudy:
    seen: set[bytes] = set()
    blocks: list[StoredBlock] = []
    n_doubles = 0
    for track in found.tracks:
        fresh, n = without_doubles(stored_blocks(found, track, study), seen)
        blocks += fresh
        n_doubles += n
    blocks, n_outliers = without_outliers(blocks)
    name = str(iom.parent)
    if not blocks:
        raise SourceFormatError(f"{name}: {_why_empty(found)}")
    positive = {kind for block in blocks if (kind := kind_of(block)).delay_ms > 0.0}
    pre_trigger = {kind for kind in positive if is_pre_trigger(blocks, kind)}
    blocks = with_pre_trigger(blocks, pre_trigger)
    selection = select(blocks, montage, name=name)
    grouper = StimulusGrouper()
    chosen = [
        (block, row)
        for block in sorted(blocks, key=lambda block: (block.filetime, block.guid))
        if (row := selection.row_of(block)) is not None
    ]
    for block, row in chosen:
        grouper.push(block, row)
    n_channels = len(selection.montage.channels)
    complete = [stimulus for stimulus in grouper.waiting if len(stimulus.blocks) == n_channels]
    if not complete:
        labels = " and ".join(repr(channel.label) for channel in selection.montage.channels)
        raise SourceFormatError(f"{name}: no stimulus has sweeps of both {labels}")
    stimuli = _between(grouper.waiting, complete[0], complete[-1])
    start = _start([block for block, _ in chosen], stimuli[0].filetime)
    looked_at = _evenly(complete)
    sweeps = np.stack([samples_uv(stimulus, selection) for stimulus in looked_at])
    kind = selection.kind
    told = what_to_tell(
        Findings(
            study=study,
            found=found,
            selection=selection,
            foreign=tuple(foreign),
            n_stimuli=len(grouper.waiting),
            n_complete=len(complete),
            n_doubles=n_doubles,
            n_outliers=n_outliers,
            n_contested=grouper.n_contested,
            n_orphans=sum(block.is_orphan for block, _ in chosen),
            n_without_current=sum(stimulus.current_ma is None for stimulus in stimuli),
            n_currents_differ=sum(stimulus.currents_differ for stimulus in stimuli),
            decimations={
                w.original_decimation
                for block, _ in chosen
                if (w := study.waveforms.get(block.guid)) is not None
            },
            sweeps_uv=sweeps,
            is_slow=kind.rate_hz < LOWEST_GOOD_RATE_HZ,
            is_pre_trigger=replace(kind, delay_ms=-kind.delay_ms) in pre_trigger,
        )
    )
    last = stimulus_of(stimuli[-1], selection, start)
    end_index = selection.window.first_index(last) + kind.n_samples
    started = utc_of(start)
    info = SourceInfo(
        name=f"EPWorks study of {started:%Y-%m-%d %H:%M} UTC",
        origin=Origin.SIMULATED if study.is_simulated else Origin.REPLAY,
        montage=selection.montage,
        sampling_rate_hz=kind.rate_hz,
        trigger_quality=TriggerQuality.SWEEP_LOCKED,
        start_utc=started,
        duration_s=round(end_index / kind.rate_hz, 6),
        side=selection.side,
        content_hash=_identity(selection, stimuli, sweeps),
        sweep_start_ms=selection.window.start_ms,
        sweep_end_ms=selection.window.end_ms,
        warnings=tuple(SourceWarning(sample_index=0, code=c, message=m) for c, m in told),
    )
    return OpenedStudy(
        info=info,
        study=study,
        found=found,
        selection=selection,
        stimuli=stimuli,
        waiting=tuple(s for s in grouper.waiting if s.filetime > complete[-1].filetime),
        start=start,
        seen=seen,
        pre_trigger=pre_trigger,
    )


def _between(
    stimuli: Sequence[StoredStimulus], first: StoredStimulus, last: StoredStimulus
) -> tuple[StoredStimulus, ...]:
    """Return the stimuli from the first complete one to the last.

    A block whose time is damaged stands alone, often before or behind all
    others, and would stretch the recording by hours.
    """
    return tuple(s for s in stimuli if first.filetime <= s.filetime <= last.filetime)


def _start(chosen: Sequence[StoredBlock], first: int) -> int:
    """Return the FILETIME of sample 0: when the first session began, as far as that is told."""
    sessions = {block.track.session for block in chosen}
    before = [s for s in sessions if s is not None and 0 <= first - s <= LONGEST_SESSION]
    return min(before, default=first)


def _evenly(stimuli: Sequence[StoredStimulus]) -> list[StoredStimulus]:
    at = np.unique(np.linspace(0, len(stimuli) - 1, LOOKED_AT).astype(int))
    return [stimuli[i] for i in at.tolist()]


def _identity(selection: Selection, stimuli: Sequence[StoredStimulus], sweeps: FloatArray) -> str:
    """Return a hash of what tells studies apart: of 64 sweeps each sample, of all the rest."""
    digest = hashlib.sha256(repr((selection.kind, selection.montage)).encode())
    for stimulus in stimuli:
        for row, block in sorted(stimulus.blocks.items()):
            digest.update(block.guid)
            digest.update(f"{row} {block.filetime} {block.current_ma} {block.is_rejected}".encode())
    digest.update(sweeps.tobytes())
    return digest.hexdigest()


def _why_empty(found: Survey) -> str:
    left_out = [f"{n} blocks are {what}" for what, n in sorted(found.told.items()) if n]
    if found.other_labels:
        labels = ", ".join(repr(label) for label in sorted(found.other_labels)[:20])
        left_out.append(
            f"its triggered channels are {labels}, no facial muscle; name the labels in "
            "[montage] of the config"
        )
    if found.no_rate:
        left_out.append(f"nothing tells the rate of {', '.join(sorted(found.no_rate))}")
    if found.damaged:
        left_out.append(f"{len(found.damaged)} damaged places, the first: {found.damaged[0]}")
    told = "; ".join(left_out) or "there is no .REC in its History"
    return f"holds no triggered sweep of a facial muscle: {told}"
