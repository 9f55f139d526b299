"""The verbs that go through a case: demo, run, replay."""

from collections.abc import Sequence
from contextlib import ExitStack
from math import inf
from pathlib import Path

from amr_monitor.cli.arguments import Chosen
from amr_monitor.cli.output import EventFile
from amr_monitor.cli.progress import ProgressBar
from amr_monitor.cli.recordings import in_words
from amr_monitor.cli.reporting import html_reporter
from amr_monitor.cli.settings import chosen_settings, config_path
from amr_monitor.cli.status import DONE, SIGNALLED, complain
from amr_monitor.cli.telling import Teller
from amr_monitor.config import Settings
from amr_monitor.daemon.composition import Composed, compose_replay, compose_run
from amr_monitor.daemon.proving import prove_beside
from amr_monitor.daemon.sources import ContextFile, open_address, open_recording
from amr_monitor.model.errors import ConfigError
from amr_monitor.simulation import bundled_recording
from amr_monitor.storage.recovery import Recovery, recover_all


def demo(chosen: Chosen) -> int:
    """Play the bundled surgery."""
    settings = chosen_settings(None, port=chosen.port)
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
    path = config_path(chosen.config)
    if path is None:
        raise ConfigError("run needs its settings: --config FILE, such as examples/or.toml")
    settings = chosen_settings(path, port=chosen.port)
    if not settings.source.address:
        raise ConfigError(f"{path}: [source] address must be given: lsl:NAME, or sim:SCENARIO")
    teller = Teller(debug=chosen.debug, at_once=True)
    recovered: list[Recovery] = []
    with ExitStack() as stack:
        try:
            # First of all: what it sends from now on waits until the case goes on.
            opened = open_address(settings.source.address, settings)
            stack.callback(opened.source.close)
        finally:
            recovered += recover_all(settings.storage.recordings_folder(), tell=complain)
            for done in recovered:
                complain(in_words(done))
        composed = compose_run(opened, settings, wants_new=chosen.new_case, on_entries=teller.take)
        stack.callback(composed.close)
        own = composed.record.case_id
        others = [done for done in recovered if done.path.parent.name != own]
        prove_beside(others, settings.storage, composed.journal, tell=complain)
        _serve(composed, settings, teller, stack, stays_up=not chosen.exit_at_end)
        if composed.session.outcome is None:
            complain(
                f"ended; case {composed.record.case_id} stays open in {composed.journal.place}"
            )
    return teller.status


def replay(chosen: Chosen) -> int:
    """Judge a recording."""
    settings = chosen_settings(config_path(chosen.config), port=chosen.port, side=chosen.side)
    events = _event_file(chosen.events, chosen.files)
    teller = Teller(debug=chosen.debug, at_once=chosen.serve, events=events)
    with ExitStack() as stack:
        opened = open_recording(
            chosen.files,
            settings,
            speed=chosen.speed or (1.0 if chosen.serve else inf),
            can_be_paced=chosen.serve,
            block_samples=chosen.block_samples,
            context=_context_file(chosen),
        )
        stack.callback(opened.source.close)
        info = opened.source.info
        bar = ProgressBar(
            info.duration_s, "replaying", shown=not chosen.serve, start=info.first_time_s
        )
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
                return SIGNALLED + number
            return teller.status
        if events is not None:
            stack.enter_context(events)
        composed.begin()
        with bar:
            composed.session.run()
        teller.ended(composed)
    return teller.status


def _named(composed: Composed) -> str:
    case_id = composed.record.case_id
    return f"{case_id} goes on" if composed.goes_on else case_id


def _context_file(chosen: Chosen) -> ContextFile | None:
    if chosen.context is None:
        if chosen.context_offset is not None:
            raise ConfigError("--context-offset says where --context FILE begins: name the file")
        return None
    return ContextFile(path=chosen.context, offset_s=chosen.context_offset)


def _event_file(target: str | None, recordings: Sequence[Path]) -> EventFile | None:
    if target is None:
        return None
    path = Path(target)
    for recording in recordings:
        if path.exists() and recording.exists() and path.samefile(recording):
            raise ConfigError(f"--events {target}: is the recording itself; name another file")
    return EventFile(target)


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
    # A replay that nobody looks at needs no web server: importing one takes its time.
    from amr_monitor.daemon.documents import Documents
    from amr_monitor.daemon.serving import bound_server, serve

    journals = (each for each in (composed.journal, composed.catalogue) if each is not None)
    server = bound_server(
        composed.session,
        store=composed.store,
        hub=composed.hub,
        settings=settings.api,
        documents=Documents(
            *journals,
            recordings=settings.storage.recordings_folder(),
            reporter=html_reporter(),
        ),
    )
    if events is not None:
        stack.enter_context(events)
    composed.begin()
    until = "Ctrl-C ends it" if stays_up else "until the end of the case"
    return serve(
        composed.session,
        server,
        stays_up=stays_up,
        on_up=lambda url: teller.say(f"{url}  (case {_named(composed)}; {until})"),
        on_end=lambda fault: teller.ended(composed, fault),
    )
