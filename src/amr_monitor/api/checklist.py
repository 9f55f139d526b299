"""The checklist of the set-up: what is done before a baseline is accepted, and what is not."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from amr_monitor.codec import SweepHeader
from amr_monitor.model.case import DIRECT_MUSCLE, CaseInfo, Muscle
from amr_monitor.model.context import CONTEXT, ContextKind
from amr_monitor.model.source import SourceInfo
from amr_monitor.model.status import BaselineStatus, CaseStatus, RecordingState, RecordingStatus
from amr_monitor.model.stimulation import TriggerQuality
from amr_monitor.monitor.words import reasons_in_words

LOOKED_AT = 10
"""Newest sweeps by which a channel is judged alive."""

ACCEPTED_ENOUGH = 8
"""Of ten: the channel does."""

OLD_VALUE_S = 900.0
"""A train of four or a depth of anaesthesia told longer ago says nothing of now."""

_ANAESTHESIA = frozenset(
    quantity.name
    for quantity in CONTEXT
    if quantity.kind in (ContextKind.ANAESTHETIC, ContextKind.DEPTH)
)
_TRIGGERS = {
    TriggerQuality.SAMPLE_LOCKED: "every stimulus is locked to its sample",
    TriggerQuality.STREAM_SYNCED: "two streams are aligned by their clocks",
    TriggerQuality.SWEEP_LOCKED: "sweeps are cut by the recording program",
    TriggerQuality.SOFTWARE: "by software alone: averages and latencies blur",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ChecklistItem:
    """One line of the checklist.

    Attributes
    ----------
    key : str
        `pseudonym`, `side`, `branch`, `channel:<muscle>`, `trigger`, `current`,
        `m_wave`, `tof`, `anaesthesia`, `recording` or `baseline`.
    title : str
    done : bool
    words : str
        What is known, or what to do.
    """

    key: str
    title: str
    done: bool
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Checklist:
    """The set-up of the case.

    Attributes
    ----------
    case_id : str
    done, total : int
    items : tuple of ChecklistItem
        In the order in which they are done.
    """

    case_id: str
    done: int
    total: int
    items: tuple[ChecklistItem, ...]


def checklist_of(
    case_id: str,
    status: CaseStatus | None,
    source: SourceInfo | None,
    recording: RecordingStatus | None,
    sweeps: Sequence[SweepHeader],
) -> Checklist:
    """Return the checklist as it stands.

    Parameters
    ----------
    case_id : str
    status : CaseStatus or None
        None before a case is opened.
    source : SourceInfo or None
    recording : RecordingStatus or None
        None where nothing is recorded.
    sweeps : sequence of SweepHeader
        The newest sweeps, oldest first.
    """
    info = status.case if status is not None else None
    newest = sweeps[-LOOKED_AT:]
    items = [*_of_case(info), *_channels(source, newest), _trigger(source)]
    items += [_current(newest), *_m_wave(info, source, newest)]
    items += [_tof(status), _anaesthesia(status), _recording(source, recording)]
    if status is not None:
        items.append(_baseline(status.baseline))
    n_done = sum(item.done for item in items)
    return Checklist(case_id=case_id, done=n_done, total=len(items), items=tuple(items))


def _item(key: str, title: str, *, done: bool, words: str) -> ChecklistItem:
    return ChecklistItem(key=key, title=title, done=done, words=words)


def _plain(muscle: Muscle) -> str:
    return muscle.value.replace("_", " ")


def _of_case(info: CaseInfo | None) -> list[ChecklistItem]:
    if info is None:
        return [_item("case", "Case", done=False, words="open a case: pseudonym, side, branch")]
    missing = "none: the case can be found by its number alone; set it in the configuration"
    side = "not told: the labels of the channels name none"
    return [
        _item(
            "pseudonym",
            "Pseudonym",
            done=bool(info.pseudonym),
            words=info.pseudonym or missing,
        ),
        _item(
            "side",
            "Side",
            done=info.side is not None,
            words=f"{info.side.value}: compare with the patient" if info.side else side,
        ),
        _item(
            "branch",
            "Stimulated branch",
            done=True,
            words=f"{info.branch.value.replace('_', ' ')}, "
            f"M wave from {_plain(DIRECT_MUSCLE[info.branch])}",
        ),
    ]


def _channels(source: SourceInfo | None, newest: Sequence[SweepHeader]) -> list[ChecklistItem]:
    if source is None:
        return [_item("montage", "Channels", done=False, words="no source: nothing is received")]
    items = []
    for channel in source.montage.channels:
        name = _plain(channel.muscle)
        title = f"{channel.label} ({name})" if channel.label.lower() != name else channel.label
        rows = [
            (header.quality[row], header.measurement[row])
            for header in newest
            for row, muscle in enumerate(header.muscles)
            if muscle is channel.muscle
        ]
        key = f"channel:{channel.muscle.value}"
        if not rows:
            items.append(_item(key, title, done=False, words="no sweep yet: stimulate"))
            continue
        n_accepted = sum(quality.accepted for quality, _ in rows)
        noise = [figures.noise_rms_uv for _, figures in rows if figures.noise_rms_uv is not None]
        words = f"{n_accepted} of the last {len(rows)} sweeps accepted"
        if noise:
            words += f", noise {median(noise):.1f} uV"
        reasons = tuple(dict.fromkeys(r for quality, _ in rows for r in quality.reasons))
        if reasons:
            words += f"; {reasons_in_words(reasons)}"
        done = n_accepted * LOOKED_AT >= ACCEPTED_ENOUGH * len(rows)
        items.append(_item(key, title, done=done, words=words))
    return items


def _trigger(source: SourceInfo | None) -> ChecklistItem:
    if source is None:
        return _item("trigger", "Trigger", done=False, words="no source")
    quality = source.trigger_quality
    return _item(
        "trigger",
        "Trigger",
        done=quality is not TriggerQuality.SOFTWARE,
        words=f"{quality.value}: {_TRIGGERS[quality]}",
    )


def _current(newest: Sequence[SweepHeader]) -> ChecklistItem:
    if not newest:
        return _item("current", "Current", done=False, words="no stimulus yet")
    current_ma = newest[-1].current_ma
    if current_ma is None:
        words = "not sent by the stimulator: enter it under Room at every change"
        return _item("current", "Current", done=False, words=words)
    return _item("current", "Current", done=True, words=f"{current_ma:g} mA")


def _m_wave(
    info: CaseInfo | None, source: SourceInfo | None, newest: Sequence[SweepHeader]
) -> list[ChecklistItem]:
    if info is None or source is None:
        return []
    direct = DIRECT_MUSCLE[info.branch]
    if direct not in source.montage.muscles:
        words = f"{_plain(direct)} is not recorded: the stimulus artifact alone shows the delivery"
        return [_item("m_wave", "M wave", done=False, words=words)]
    waves, noise = [], []
    for header in newest:
        if direct not in header.muscles:
            continue  # of before the source changed
        figures = header.measurement[header.muscles.index(direct)]
        if figures.m_wave_uv is not None and figures.noise_rms_uv is not None:
            waves.append(figures.m_wave_uv)
            noise.append(figures.noise_rms_uv)
    if not waves:
        return [_item("m_wave", "M wave", done=False, words="no sweep yet")]
    wave_uv = median(waves)
    stands_out = wave_uv >= max(100.0, 10.0 * median(noise))
    told = f"{wave_uv / 1000:.2f} mV" if wave_uv >= 1000.0 else f"{wave_uv:.0f} uV"
    words = f"{told} in {_plain(direct)}"
    if not stands_out:
        words += ": turn the current up, or look at the stimulating electrode"
    return [_item("m_wave", "M wave", done=stands_out, words=words)]


def _told(status: CaseStatus, names: frozenset[str]) -> list[tuple[str, float]]:
    """Return the values of these names with their ages, the newest first."""
    values = [value for value in status.context if value.name in names]
    values.sort(key=lambda value: -value.time_s)
    return [
        (value.words.replace("_", " "), max(0.0, status.time_s - value.time_s)) for value in values
    ]


def age_in_words(age_s: float) -> str:
    """Return "now" within a minute, else "12 min ago", "1 h 4 min ago"."""
    minutes = int(age_s // 60)
    if minutes < 1:
        return "now"
    return f"{minutes} min ago" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min ago"


def _tof(status: CaseStatus | None) -> ChecklistItem:
    told = [] if status is None else _told(status, frozenset({"TOF_ratio", "TOF_count"}))
    if not told:
        return _item("tof", "Train of four", done=False, words="not known: enter it")
    words, age_s = told[0]
    is_old = age_s > OLD_VALUE_S
    words = f"{words}, {age_in_words(age_s)}" + (": old, enter it anew" if is_old else "")
    return _item("tof", "Train of four", done=not is_old, words=words)


def _anaesthesia(status: CaseStatus | None) -> ChecklistItem:
    told = [] if status is None else _told(status, _ANAESTHESIA)
    if not told:
        words = "not known: enter MAC, propofol or BIS; a slow fall cannot be told from it without"
        return _item("anaesthesia", "Anaesthesia", done=False, words=words)
    words = ", ".join(f"{value} ({age_in_words(age_s)})" for value, age_s in told[:3])
    is_old = told[0][1] > OLD_VALUE_S
    words += ": old, enter it anew" if is_old else ""
    return _item("anaesthesia", "Anaesthesia", done=not is_old, words=words)


def _recording(source: SourceInfo | None, recording: RecordingStatus | None) -> ChecklistItem:
    if recording is None:
        of_recording = source is not None and source.duration_s is not None
        words = "a recording is replayed: nothing is to be kept" if of_recording else "off"
        return _item("recording", "Recorder", done=of_recording, words=words)
    hours = recording.disk_hours_left
    words = recording.state.value + ("" if hours is None else f", disk for {min(hours, 99):.0f} h")
    return _item(
        "recording", "Recorder", done=recording.state is RecordingState.RECORDING, words=words
    )


def _baseline(baseline: BaselineStatus) -> ChecklistItem:
    if baseline.accepted:
        current = baseline.reference_current_ma
        at = "" if current is None else f" at {current:g} mA"
        words = f"accepted, {baseline.valid_sweeps} sweeps{at}"
    else:
        words = f"{baseline.valid_sweeps} of {baseline.needed_sweeps} valid sweeps"
        words += ": a person can accept it" if baseline.acceptable else ""
    return _item("baseline", "Baseline", done=baseline.accepted, words=words)
