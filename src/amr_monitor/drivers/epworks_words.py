"""What a person is told of an EPWorks study before it is monitored."""

from dataclasses import dataclass

import numpy as np

from amr_monitor.drivers.epworks_blocks import ASSUMED_UNIT, Survey
from amr_monitor.drivers.epworks_delay import ARTIFACT_WITHIN_MS, artifact_sample
from amr_monitor.drivers.epworks_selection import Selection
from amr_monitor.formats.epworks_study import EpStudy
from amr_monitor.formats.epworks_writer import SAMPLES_PER_DIVISION
from amr_monitor.model.signal import FloatArray

MOST_NAMED = 5


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Findings:
    """What was found and left out, counted.

    Attributes
    ----------
    study : EpStudy
    found : Survey
    selection : Selection
    foreign : tuple of str
    n_stimuli, n_complete, n_doubles, n_outliers, n_contested, n_orphans : int
    n_without_current, n_currents_differ : int
    decimations : set of float or None
        `OriginalDecim` of the sweeps.
    sweeps_uv : ndarray of float32, shape (n_sweeps, n_channels, n_samples)
        Some of the sweeps.
    is_slow : bool
        Latencies are coarse at this rate.
    is_pre_trigger : bool
        The delay was positive, and the artifact shows that it lies before the stimulus.
    """

    study: EpStudy
    found: Survey
    selection: Selection
    foreign: tuple[str, ...]
    n_stimuli: int
    n_complete: int
    n_doubles: int
    n_outliers: int
    n_contested: int
    n_orphans: int
    n_without_current: int
    n_currents_differ: int
    decimations: set[float | None]
    sweeps_uv: FloatArray
    is_slow: bool
    is_pre_trigger: bool = False


def what_to_tell(findings: Findings) -> list[tuple[str, str]]:
    """Return codes and sentences, what always holds first."""
    f, kind = findings, findings.selection.kind
    study, found, selection = f.study, f.found, f.selection
    rate = f"{kind.rate_hz:g} Hz"
    told = [
        (
            "units_assumed",
            f"EPWorks files name no unit: samples are taken as {ASSUMED_UNIT}, the current as mA, "
            f"the trigger delay as ms from the stimulus to the first sample ({kind.delay_ms:g} ms)",
        ),
        ("polarity_unknown", "EPWorks files do not say whether up is positive or negative"),
        (
            "decimated",
            f"the sweeps are stored at {rate}, as on the screen of EPWorks; what is finer is lost",
        ),
        (
            "marks_not_read",
            "notes of EPWorks are not read: without marks the phase of the surgery is not known",
        ),
    ]
    if f.is_slow:
        told.append(("rate_low", f"{rate} is slow for EMG; latencies are coarse"))
    if f.is_pre_trigger:
        told.append(
            (
                "delay_by_artifact",
                f"the trigger delay is {-kind.delay_ms:g} ms in the files and taken as the time "
                "before the stimulus, since there the artifact stands",
            )
        )
    if selection.left_out:
        told.append(
            ("other_groups", f"other triggered sweeps are left out: {_some(selection.left_out)}")
        )
    if selection.sparse:
        told.append(("channel_sparse", f"left out for too few sweeps: {_some(selection.sparse)}"))
    ignored = sorted(f"{n} are {what}" for what, n in found.told.items() if n)
    if ignored:
        told.append(("blocks_ignored", f"stored blocks left out: {_some(ignored)}"))
    if found.averages_possible:
        told.append(
            (
                "averages_possible",
                "triggered groups that name a number of sweeps to average are taken as single "
                f"sweeps: {_some(sorted(found.averages_possible))}; see that they are",
            )
        )
    if found.other_labels:
        labels = sorted(repr(label) for label in found.other_labels)
        told.append(("other_channels", f"triggered channels of no muscle of ours: {_some(labels)}"))
    if f.n_complete < f.n_stimuli:
        n = f.n_stimuli - f.n_complete
        told.append(
            ("sweeps_incomplete", f"{n} of {f.n_stimuli} stimuli lack a channel and are left out")
        )
    if f.n_orphans:
        told.append(
            (
                "orphans",
                f"{f.n_orphans} blocks are not described in the .iom: whether they were "
                "rejected is not known",
            )
        )
    for n, code, what in (
        (f.n_doubles, "doubles", "blocks stand twice; the first of each is taken"),
        (f.n_contested, "doubles", "blocks repeat a channel at one time and are left out"),
        (f.n_outliers, "times_damaged", "blocks have a time far from the others and are left out"),
        (f.n_without_current, "current_unknown", "stimuli tell no current"),
        (f.n_currents_differ, "currents_differ", "stimuli tell different currents by channel"),
    ):
        if n:
            told.append((code, f"{n} {what}"))
    if found.header_told:
        told.append(("block_header", f"samples are read from {_some(sorted(found.header_told))}"))
    if found.rates_differ:
        labels = sorted(repr(label) for label in found.rates_differ)
        told.append(
            (
                "rates_differ",
                f"settings and sweeps name different rates for {_some(labels)}; the sweeps are "
                "believed",
            )
        )
    odd = {d for d in f.decimations if d is not None and kind.rate_hz * d not in _amplifiers(study)}
    if odd:
        told.append(("decimation_odd", "timebase and decimation of the sweeps do not agree"))
    if kind.n_samples % SAMPLES_PER_DIVISION:
        told.append(
            (
                "length_odd",
                f"{kind.n_samples} samples are no whole number of divisions: the rate may be wrong",
            )
        )
    damaged = [*found.damaged, *(f"{name}: is no .REC of EPWorks" for name in f.foreign)]
    if damaged:
        told.append(
            (
                "damaged",
                f"{len(damaged)} damaged or foreign places are left out; the first: {damaged[0]}",
            )
        )
    if study.cut_at is not None:
        told.append(
            (
                "iom_cut",
                f"the .iom ends inside an object at byte {study.cut_at}; the {study.n_objects} "
                "before it are read",
            )
        )
    if study.unknown:
        kinds = sorted(repr(kind) for kind in study.unknown)
        told.append(("objects_unknown", f"objects of unknown types are ignored: {_some(kinds)}"))
    told += _of_samples(f)
    return told


def artifact_ms(findings: Findings) -> float | None:
    """Return where the stimulus artifact stands; None where none stands out."""
    at = artifact_sample(findings.sweeps_uv)
    window = findings.selection.window
    return None if at is None else (at - window.onset) * 1000.0 / window.rate_hz


def _of_samples(findings: Findings) -> list[tuple[str, str]]:
    told = []
    with np.errstate(all="ignore"):
        flat = np.ptp(findings.sweeps_uv, axis=2).max(axis=0) == 0.0
    at_ms = artifact_ms(findings)
    for channel, is_flat in zip(findings.selection.montage.channels, flat, strict=True):
        if is_flat:
            told.append(
                (
                    "channel_flat",
                    f"EMG channel {channel.label!r} is flat; is its electrode connected?",
                )
            )
    if at_ms is not None and not ARTIFACT_WITHIN_MS[0] <= at_ms <= ARTIFACT_WITHIN_MS[1]:
        told.append(
            (
                "artifact_elsewhere",
                f"the stimulus artifact stands at {at_ms:.1f} ms, not at 0: the trigger delay may "
                "mean something else, and latencies may be wrong by as much",
            )
        )
    return told


def _amplifiers(study: EpStudy) -> set[float]:
    return {w.sampling_hz for w in study.waveforms.values() if w.sampling_hz is not None}


def _some(items: list[str] | tuple[str, ...]) -> str:
    more = len(items) - MOST_NAMED
    return "; ".join(items[:MOST_NAMED]) + (f"; and {more} more" if more > 0 else "")
