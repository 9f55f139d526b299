"""Count false losses on a hospital's own recordings, while its response is known to be there.

::

    python -m benchmarks.detection.hospital FOLDER [--config or.toml] [--until SECONDS]

No truth is needed beyond the operator's word. Every recording of the folder (a file, or a
folder of them for one that lies in several) is replayed as `amr-monitor replay` does it;
whatever of it the response is known to be there in is its *stretch*: from the accepted
baseline to the first mark `decompression started` or `vessel moved`, to `--until`, or as
`present.csv` in the folder says, which wins:

    file,from_s,until_s
    case_17.edf,,2710
    case_18.edf,300,1950

An empty `from_s` is the accepted baseline. Seconds are those of the recording's axis. A
recording with neither mark, option nor line is listed and left out.

Every loss told in a stretch is counted as false and listed with its time: look at each. A
loss when the dura was opened or CSF drained may be true; let the stretch end before it. Hours are
those with stimulation: pauses of more than 5 s are none. Limits are 95 %: exact Poisson
limits of a rate, or those by resampling recordings where they are wider; of shares of recordings
Clopper and Pearson's.
"""

import argparse
import csv
import json
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from math import inf
from pathlib import Path

import numpy as np
from tqdm import tqdm

from amr_monitor.config import load_settings
from amr_monitor.drivers.registry import open_source
from amr_monitor.model.case import Certainty, Side
from amr_monitor.model.errors import AmrMonitorError, SourceFormatError
from benchmarks.detection.hospital_counting import Counted, Replayed, Stretch, counted
from benchmarks.detection.measures import Estimate, rate_per_hour, share

PRESENT_FILE = "present.csv"


def read_stretches(path: Path) -> dict[str, list[Stretch]]:
    """Return the stretches of `present.csv` by name of recording; none without the file.

    Raises
    ------
    ValueError
        A line makes no sense; the message names it.
    """
    found: dict[str, list[Stretch]] = {}
    if not path.is_file():
        return found
    with path.open(encoding="utf-8-sig", newline="") as file:
        for number, row in enumerate(csv.DictReader(file), start=2):
            try:
                name = row["file"].strip()
                low = float(row["from_s"]) if row["from_s"].strip() else None
                high = float(row["until_s"])
            except (KeyError, AttributeError, TypeError, ValueError) as fault:
                raise ValueError(
                    f"{path}, line {number}: needs file,from_s,until_s with seconds as numbers "
                    "(from_s may be empty)"
                ) from fault
            found.setdefault(name, []).append((low, high))
    return found


def recordings_of(folder: Path) -> list[Path]:
    """Return what may be recordings: files, and folders of files."""
    return sorted(
        path
        for path in folder.iterdir()
        if path.name != PRESENT_FILE and not path.name.startswith(".")
    )


GROUPS: dict[str, Callable[[Counted], bool]] = {
    "all": lambda one: True,
    "monitorable": lambda one: one.monitorable,
    "not monitorable": lambda one: not one.monitorable,
    "fires in 90 % of sweeps or more": lambda one: one.response_rate >= 0.9,
    "fires less often": lambda one: one.response_rate < 0.9,
    "amplitude below 10 x noise": lambda one: one.snr < 10.0,
    "amplitude 10 x noise or more": lambda one: one.snr >= 10.0,
}


def rates(found: list[Counted]) -> list[tuple[str, Certainty, Estimate, Estimate]]:
    """Return rates an hour and shares of recordings, by group and certainty."""
    rows = []
    for group, belongs in GROUPS.items():
        members = [one for one in found if belongs(one)]
        hours = np.array([one.hours for one in members])
        if not members or not hours.sum():
            continue
        for certainty in Certainty:
            counts = np.array([float(one.n_losses(certainty)) for one in members])
            rows.append(
                (
                    group,
                    certainty,
                    rate_per_hour(counts, hours),
                    share(int((counts > 0).sum()), len(members)),
                )
            )
    return rows


def report(found: list[Counted]) -> str:
    """Return the tables."""
    done = [one for one in found if not one.why_not]
    lines = [
        "# False losses on recordings",
        "",
        f"{len(done)} recordings, {sum(one.hours for one in done):.2f} h with stimulation.",
        "",
        "| recording | h | sweeps | accepted | cannot tell | uV | noise uV (5-95 %) | SNR "
        "| fires | longest miss | losses: provisional, confirmed, sustained |",
        "|---|---|---|---|---|---|---|---|---|---|---|",
    ]
    for one in done:
        losses = ", ".join(str(one.n_losses(certainty)) for certainty in Certainty)
        low_uv, high_uv = one.noise_range_uv
        lines.append(
            f"| {one.name}{'' if one.monitorable else ' (not monitorable)'} | {one.hours:.2f} "
            f"| {one.sweeps} | {one.accepted / one.sweeps:.0%} | {one.indeterminate} x "
            f"| {one.amplitude_uv:.0f} | {one.noise_uv:.1f} ({low_uv:.1f}-{high_uv:.1f}) "
            f"| {one.snr:.1f} | {one.response_rate:.1%} | {one.longest_silent_run} | {losses} |"
        )
    lines += ["", "| recordings | loss | an hour | of recordings |", "|---|---|---|---|"]
    for group, certainty, rate, cases in rates(done):
        lines.append(
            f"| {group} ({cases.n}) | {certainty} | {rate.value:.3f} [{rate.low:.3f}, "
            f"{rate.high:.3f}] | {cases.value:.1%} [{cases.low:.1%}, {cases.high:.1%}] |"
        )
    told = [(one, loss) for one in done for loss in one.losses]
    if told:
        lines += ["", "Each loss told, to be looked at:", ""]
        lines += [
            f"- {one.name}, {loss.time_s:.1f} s, {loss.certainty}: {loss.words}"
            for one, loss in told
        ]
    left_out = [one for one in found if one.why_not]
    if left_out:
        lines += ["", "Left out:", ""]
        lines += [f"- {one.name}: {one.why_not}" for one in left_out]
    return "\n".join(lines) + "\n"


def as_json(found: list[Counted]) -> str:
    """Return the same for programs."""
    done = [one for one in found if not one.why_not]
    content = {
        "recordings": [asdict(one) for one in found],
        "rates": [
            {
                "group": group,
                "certainty": certainty,
                "per_hour": asdict(rate),
                "of_recordings": asdict(cases),
            }
            for group, certainty, rate, cases in rates(done)
        ],
    }
    return json.dumps(content, indent=1) + "\n"


def parsed(arguments: Sequence[str] | None) -> argparse.Namespace:
    """Return the options."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.detection.hospital",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("folder", type=Path)
    parser.add_argument("--config", type=Path, help="settings, as `amr-monitor run` takes them")
    parser.add_argument("--side", choices=[side.value for side in Side])
    parser.add_argument("--until", type=float, default=inf, help="seconds, for every recording")
    parser.add_argument("--json", type=Path, help="write the figures here too")
    return parser.parse_args(arguments)


def main(arguments: Sequence[str] | None = None) -> int:
    """Replay every recording of a folder and print the tables; return the exit status."""
    options = parsed(arguments)
    try:
        settings = load_settings(options.config)
        if options.side is not None:
            montage = replace(settings.montage, side=Side(options.side))
            settings = replace(settings, montage=montage)
        stretches = read_stretches(options.folder / PRESENT_FILE)
        paths = recordings_of(options.folder)
    except (AmrMonitorError, OSError, ValueError) as fault:
        print(fault, file=sys.stderr)
        return 2
    found: list[Counted] = []
    for path in tqdm(paths, unit="recording", leave=False):
        try:
            source = open_source([path], settings.recording)
        except SourceFormatError:
            # Whatever else lies beside recordings: notes, tables, reports.
            continue
        except AmrMonitorError as fault:
            found.append(Counted(name=path.name, why_not=str(fault)))
            continue
        replayed = Replayed(source, settings)
        known = stretches.pop(path.name, [])
        found.append(counted(path.name, replayed, known, options.until))
    found += [
        Counted(name=name, why_not=f"in {PRESENT_FILE}, but no such recording in the folder")
        for name in stretches
    ]
    if not any(not one.why_not for one in found):
        print(report(found), file=sys.stderr)
        print(f"{options.folder}: nothing could be counted", file=sys.stderr)
        return 2
    print(report(found), end="")
    if options.json is not None:
        options.json.write_text(as_json(found), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
