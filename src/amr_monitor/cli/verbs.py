"""What each verb does."""

import os
from contextlib import ExitStack
from dataclasses import replace
from difflib import get_close_matches
from math import inf
from pathlib import Path
from typing import Never

from tqdm import tqdm

from amr_monitor.cli.arguments import Chosen
from amr_monitor.cli.output import EventFile, case_head, case_table, entry_line
from amr_monitor.cli.status import DONE, NO, complain
from amr_monitor.cli.telling import Teller
from amr_monitor.config import Settings, load_settings
from amr_monitor.daemon.composition import Composed, compose_replay, compose_run
from amr_monitor.daemon.serving import bound_server, serve
from amr_monitor.daemon.sources import open_address, open_recording
from amr_monitor.model.case import Side
from amr_monitor.model.errors import ConfigError, StorageError
from amr_monitor.simulation import bundled_recording, write_recording
from amr_monitor.simulation import simulate as simulated
from amr_monitor.storage.catalog import CaseRecord
from amr_monitor.storage.journal import Journal

CONFIG_VARIABLE = "AMR_MONITOR_CONFIG"


def demo(chosen: Chosen) -> int:
    """Play the bundled surgery."""
    settings = _settings(None, port=chosen.port)
    teller = Teller(debug=chosen.debug, at_once=True)
    with ExitStack() as stack:
        opened = open_recording(
            [bundled_recording()], settings, speed=chosen.speed, can_be_paced=True
        )
        stack.callback(opened.source.close)
        composed = compose_replay(
            opened, settings, keeps=False, serves=True, on_entries=teller.take
        )
        stack.callback(composed.close)
        _serve(composed, settings, teller, stack, stays_up=not chosen.exit_at_end)
    return teller.status


def run(chosen: Chosen) -> int:
    """Be the daemon."""
    path = _config_path(chosen.config)
    if path is None:
        raise ConfigError("run needs its settings: --config FILE, such as examples/or.toml")
    settings = _settings(path, port=chosen.port)
    if not settings.source.address:
        raise ConfigError(f"{path}: [source] address must be given: a recording, or sim:SCENARIO")
    teller = Teller(debug=chosen.debug, at_once=True)
    with ExitStack() as stack:
        opened = open_address(settings.source.address, settings)
        stack.callback(opened.source.close)
        composed = compose_run(opened, settings, on_entries=teller.take)
        stack.callback(composed.close)
        _serve(composed, settings, teller, stack, stays_up=not chosen.exit_at_end)
        if composed.session.outcome is None:
            place = settings.storage.journal_path()
            complain(f"ended; case {composed.record.case_id} stays open in {place}")
    return teller.status


def replay(chosen: Chosen) -> int:
    """Judge a recording."""
    settings = _settings(_config_path(chosen.config), port=chosen.port, side=chosen.side)
    events = EventFile(chosen.events) if chosen.events else None
    teller = Teller(debug=chosen.debug, at_once=chosen.serve, events=events)
    with ExitStack() as stack:
        opened = open_recording(
            chosen.files,
            settings,
            speed=chosen.speed or (1.0 if chosen.serve else inf),
            can_be_paced=chosen.serve,
            block_samples=chosen.block_samples,
        )
        stack.callback(opened.source.close)
        bar = _Bar(opened.source.info.duration_s, "replaying", shown=not chosen.serve)
        composed = compose_replay(
            opened,
            settings,
            keeps=chosen.keep,
            serves=chosen.serve,
            batch_sweeps=chosen.batch,
            on_entries=teller.take,
            on_progress=bar.reach,
        )
        stack.callback(composed.close)
        if chosen.serve:
            number = _serve(
                composed, settings, teller, stack, stays_up=not chosen.exit_at_end, events=events
            )
            if number is not None and composed.session.outcome is None and teller.status == DONE:
                complain("ended before the recording did; the replay is not kept")
                return 128 + number
            return teller.status
        if events is not None:
            stack.enter_context(events)
        composed.begin()
        with bar:
            composed.session.run()
        teller.ended(composed)
    return teller.status


def simulate(chosen: Chosen) -> int:
    """Write a simulated surgery."""
    path: Path = chosen.edf or chosen.bdf
    surgery = simulated(chosen.scenario, seed=chosen.seed, minutes=chosen.minutes)
    with _Bar(1.0, "writing", shown=True) as bar:
        truth = write_recording(
            surgery, path, format="edf" if chosen.edf else "bdf", progress=bar.reach
        )
    print(f"{path} ({surgery.duration_s / 60:.1f} min, simulated), truth in {truth}")
    return DONE


def cases(chosen: Chosen) -> int:
    """List the cases."""
    with _journal(chosen.config) as journal:
        records = journal.cases()
    if records:
        print(case_table(records))
    else:
        complain("no case is in the journal yet; `replay` and `run` enter some")
    return DONE


def show(chosen: Chosen) -> int:
    """Tell one case."""
    with _journal(chosen.config) as journal:
        record = _case(journal, chosen.case)
        if chosen.json:
            for line in journal.lines(record.case_id):
                print(line)
            return DONE
        entries = journal.entries(record.case_id)
    print(case_head(record), "\n")
    for entry in entries:
        print(entry_line(entry))
    return DONE


def verify(chosen: Chosen) -> int:
    """Tell whether a case stands as it was written."""
    with _journal(chosen.config) as journal:
        record = _case(journal, chosen.case)
        found = journal.verify(record.case_id)
    if found.fault is not None:
        print(f"{record.case_id}: ALTERED: {found.fault} ({found.n_events} events before it hold)")
        return NO
    print(f"{record.case_id}: {found.n_events} events stand as written; head {found.head_hash}")
    return DONE


# ---------------------------------------------------------------- settings and journal


def _config_path(named: Path | None) -> Path | None:
    variable = os.environ.get(CONFIG_VARIABLE)
    return named or (Path(variable) if variable else None)


def _settings(path: Path | None, *, port: int | None = None, side: str | None = None) -> Settings:
    settings = load_settings(path)
    if port is not None:
        settings = replace(settings, api=replace(settings.api, port=port))
    if side is not None:
        settings = replace(settings, montage=replace(settings.montage, side=Side(side)))
    return settings


def _journal(config: Path | None) -> Journal:
    settings = _settings(_config_path(config)).storage
    path = settings.journal_path()
    if not path.exists():
        # To look for a case is no reason to make a journal.
        return Journal.in_memory()
    return Journal.at(path, lock_timeout_s=settings.lock_timeout_s)


def _case(journal: Journal, wanted: str) -> CaseRecord:
    records = journal.cases()
    exact = [record for record in records if record.case_id == wanted]
    matching = exact or [record for record in records if record.case_id.startswith(wanted)]
    if len(matching) == 1:
        return matching[0]
    if matching:
        several = ", ".join(record.case_id for record in matching[:5])
        raise StorageError(f"case {wanted}: several begin so: {several}; give more of the id")
    near = get_close_matches(wanted, [record.case_id for record in records], n=1)
    hint = f"did you mean {near[0]}?" if near else "see `amr-monitor cases`"
    raise StorageError(f"case {wanted}: not in the journal; {hint}")


# ---------------------------------------------------------------- serving and progress


def _serve(
    composed: Composed,
    settings: Settings,
    teller: Teller,
    stack: ExitStack,
    *,
    stays_up: bool,
    events: EventFile | None = None,
) -> int | None:
    """Go through the case with the dashboard; return the signal that ended it."""
    server = bound_server(
        composed.session, store=composed.store, hub=composed.hub, settings=settings.api
    )
    if events is not None:
        stack.enter_context(events)
    composed.begin()
    until = "Ctrl-C ends it" if stays_up else "until the end of the case"
    return serve(
        composed.session,
        server,
        stays_up=stays_up,
        on_up=lambda url: teller.say(f"{url}  (case {composed.record.case_id}; {until})"),
        on_end=lambda fault: teller.ended(composed, fault),
    )


class _Bar:
    """A progress bar, on a terminal only."""

    def __init__(self, total: float | None, what: str, *, shown: bool) -> None:
        self._bar: tqdm[Never] = tqdm(
            total=total,
            desc=what,
            leave=False,
            disable=None if shown else True,
            bar_format="{desc} {percentage:3.0f} % |{bar}| {elapsed} < {remaining}",
        )

    def __enter__(self) -> "_Bar":
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.close()

    def reach(self, position: float) -> None:
        """Draw as far as `position` of the total."""
        self._bar.update(max(0.0, position - self._bar.n))
