"""The verbs that work on recordings themselves."""

from collections.abc import Iterable, Sequence
from pathlib import Path

from amr_monitor.cli.arguments import Chosen
from amr_monitor.cli.progress import ProgressBar
from amr_monitor.cli.settings import chosen_settings, config_path
from amr_monitor.cli.status import DONE, USAGE, complain
from amr_monitor.storage.recovery import Recovery, recover_all
from amr_monitor.storage.recovery import recover as recover_one


def recover(chosen: Chosen) -> int:
    """Make recordings whole that a crash cut."""
    told: list[str] = []
    recovered: list[Recovery] = []
    files: Iterable[Path] = chosen.files
    for path in files:
        if path.is_dir():
            recovered += recover_all(path, tell=told.append)
        else:
            recovered.append(recover_one(path))
    for done in recovered:
        print(in_words(done))
    if recovered:
        _prove(recovered)
    for line in told:
        complain(line)
    if not recovered and not told:
        print("every recording there is whole")
    return USAGE if told else DONE


def convert(chosen: Chosen) -> int:
    """Write a recording as BDF+."""
    # The drivers take their time to be imported.
    from amr_monitor.daemon.conversion import convert as convert_to

    settings = chosen_settings(config_path(chosen.config), side=chosen.side)
    told: list[str] = []
    with ProgressBar(1.0, "converting", shown=True) as bar:
        written = convert_to(
            [chosen.file], settings, chosen.target, progress=bar.reach, tell=told.append
        )
    for line in told:
        complain(line)
    for path in written:
        print(path)
    return DONE


def _prove(recovered: Sequence[Recovery]) -> None:
    """Have the cases of the recordings tell their hashes."""
    # Journal and monitor take their time to be imported.
    from amr_monitor.cli.catalogue import opened_journal
    from amr_monitor.daemon.proving import prove_recovered

    settings = chosen_settings(config_path(None)).storage
    with opened_journal(None) as journal:
        for entry in prove_recovered(recovered, settings, journal):
            print(f"{entry.case_id}: the hash of the recovered file is event {entry.seq}")


def in_words(done: Recovery) -> str:
    """Return what became of a recording, in one line."""
    if done.was_whole:
        return f"{done.path}: is whole, {done.duration_s:.1f} s; nothing was done"
    if not done.n_records:
        return f"{done.path}: was cut before its first second was written; it held nothing"
    texts = f", {done.n_texts} texts put back" if done.n_texts else ""
    cut = " after the last whole record, the begun one is cut off" if done.n_bytes_cut else ""
    return f"{done.path}: is whole again, {done.duration_s:.1f} s{texts}{cut}"
