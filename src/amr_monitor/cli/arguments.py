"""The verbs and their options, with help that teaches them."""

import argparse
from collections.abc import Callable, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any, NoReturn

import amr_monitor
from amr_monitor.cli import help_texts as said
from amr_monitor.cli.argument_types import count, day, factor, port, seconds, speed, whole
from amr_monitor.cli.hints import unknown_arguments, with_nearest_choice
from amr_monitor.model.case import Outcome

PROGRAM = "amr-monitor"

ROOMS = {
    "demo": "sessions",
    "run": "sessions",
    "replay": "sessions",
    "simulate": "simulation",
    "cases": "catalogue",
    "show": "catalogue",
    "verify": "catalogue",
    "report": "reporting",
    "export": "transfers",
    "import": "transfers",
    "delete": "transfers",
    "recover": "recordings",
    "convert": "recordings",
    "streams": "streams",
    "hil": "loop",
    "batch": "batching",
    "doctor": "doctoring",
    "cohort": "cohort",
}
"""Which module carries out which verb."""

ORIGINS = ("device", "replay", "simulated")
"""Those of the model, which is not imported for the help."""

FUNCTIONS = {"import": "import_case"}
"""What a verb is called there, where Python needs its word itself."""


class Chosen(argparse.Namespace):
    """What the command line asked for.

    Attributes
    ----------
    carry_out : callable
        Carries the verb out and returns the exit status.
    parser : argparse.ArgumentParser
        Of the verb.
    debug : bool
    """

    carry_out: Callable[["Chosen"], int]
    parser: argparse.ArgumentParser
    debug: bool


def parse(arguments: Sequence[str]) -> Chosen:
    """Return what is asked for.

    Raises
    ------
    SystemExit
        After help or version (0), or wrong usage (2, told in one line).
    """
    chosen, extra = _parser().parse_known_args(arguments, namespace=Chosen())
    if extra:
        # Told by the verb's own parser: its help is the one that lists the options.
        chosen.parser.error(unknown_arguments(extra, chosen.parser))
    return chosen


class _Parser(argparse.ArgumentParser):
    def __init__(self, **options: Any) -> None:
        # An abbreviation that works today could mean another option tomorrow.
        super().__init__(**options, allow_abbrev=False)

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{self.prog}: {with_nearest_choice(message)}; see {self.prog} --help\n")


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog=PROGRAM,
        description=said.DESCRIPTION,
        epilog=said.EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--version", action="version", version=f"{PROGRAM} {amr_monitor.__version__}"
    )
    parser.set_defaults(debug=False)
    verbs = parser.add_subparsers(metavar="VERB", title="verbs", required=True)

    def verb(name: str, summary: str, text: str, epilog: str = "") -> argparse.ArgumentParser:
        added = verbs.add_parser(
            name,
            help=summary,
            description=text,
            epilog=epilog,
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        added.add_argument("--debug", action="store_true", help="show a traceback with an error")
        added.set_defaults(carry_out=_later(name), parser=added)
        return added

    _demo(verb("demo", "play the bundled surgery, with the dashboard", said.DEMO))
    _run(verb("run", "the daemon, from a config file", said.RUN, said.RUN_EPILOG))
    _replay(verb("replay", "judge a recorded surgery", said.REPLAY, said.REPLAY_EPILOG))
    _simulate(verb("simulate", "write a simulated surgery", said.SIMULATE, said.SIMULATE_EPILOG))
    _cases(verb("cases", "list the cases in the journal", said.CASES, said.CASES_EPILOG))
    show = verb("show", "tell one case", said.SHOW)
    _case(show)
    show.add_argument("--json", action="store_true", help="the events as JSON, one a line")
    _config(show)
    verify = verb("verify", "has a case been altered?", said.VERIFY)
    _case(verify)
    _config(verify)
    _report(verb("report", "the report of one case", said.REPORT, said.REPORT_EPILOG))
    _export(verb("export", "write one case as files", said.EXPORT, said.EXPORT_EPILOG))
    _import(verb("import", "enter a case of another machine", said.IMPORT))
    _delete(verb("delete", "remove one case for good", said.DELETE))
    _convert(verb("convert", "write a recording as BDF+", said.CONVERT, said.CONVERT_EPILOG))
    _recover(
        verb(
            "recover", "make a recording whole that a crash cut", said.RECOVER, said.RECOVER_EPILOG
        )
    )
    _streams(verb("streams", "list the LSL streams in reach", said.STREAMS, said.STREAMS_EPILOG))
    _hil(verb("hil", "judge the whole chain, with a simulator in it", said.HIL, said.HIL_EPILOG))
    _cohort(verb("cohort", "compare groups of patients", said.COHORT, said.COHORT_EPILOG))
    _batch(verb("batch", "judge every recording of a folder", said.BATCH, said.BATCH_EPILOG))
    _doctor(verb("doctor", "would tonight's case run?", said.DOCTOR))
    return parser


def _later(name: str) -> Callable[[Chosen], int]:
    """Return the verb's function, imported when it is called: help must be quick."""

    def carry_out(chosen: Chosen) -> int:
        room = import_module(f"amr_monitor.cli.{ROOMS[name]}")
        status: int = getattr(room, FUNCTIONS.get(name, name))(chosen)
        return status

    return carry_out


def _demo(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--speed", type=factor, default=1.0, metavar="N", help="times real time (default 1)"
    )
    _serving(parser)


def _run(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--config", type=Path, metavar="FILE", help="settings (or AMR_MONITOR_CONFIG)"
    )
    parser.add_argument(
        "--new-case", action="store_true", help="do not go on with a case that was left open"
    )
    _serving(parser)


def _replay(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "files",
        type=Path,
        nargs="+",
        metavar="FILE",
        help="a recording; several, or a folder, are the segments of one",
    )
    parser.add_argument(
        "--speed",
        type=speed,
        metavar="N|max",
        help="times real time; max (the default without --serve) is as fast as it goes",
    )
    _config(parser)
    parser.add_argument(
        "--events", metavar="OUT", help="write every event to this file, one a line; - is stdout"
    )
    parser.add_argument("--side", choices=("left", "right"), help="where both were recorded")
    parser.add_argument(
        "--context",
        type=Path,
        metavar="FILE.vital",
        help="values from the room (MAC, BIS, TOF ...) as Vital Recorder kept them",
    )
    parser.add_argument(
        "--context-offset",
        type=seconds,
        metavar="SECONDS",
        help="it begins so long after the recording (default: by the clocks of both)",
    )
    parser.add_argument("--serve", action="store_true", help="with the dashboard, until Ctrl-C")
    parser.add_argument(
        "--no-keep", dest="keep", action="store_false", help="do not enter the case in the journal"
    )
    _serving(parser)
    testing = parser.add_argument_group("for testing that the events do not depend on them")
    testing.add_argument(
        "--block-samples",
        type=count,
        metavar="N",
        help="read every sample, in blocks of N, instead of the sweeps alone",
    )
    testing.add_argument(
        "--batch", type=count, metavar="N", help="give the monitor at most N sweeps at once"
    )


def _convert(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", type=Path, metavar="IN", help="a recording, or a folder of one")
    parser.add_argument("target", type=Path, metavar="OUT", help="the file to write")
    parser.add_argument("--side", choices=("left", "right"), help="where both were recorded")
    _config(parser)


def _cases(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--since", type=day, metavar="DATE", help="recorded on that day (UTC) or later"
    )
    parser.add_argument("--until", type=day, metavar="DATE", help="on that day or before")
    parser.add_argument(
        "--outcome",
        action="append",
        choices=[*(outcome.value for outcome in Outcome), "open"],
        metavar="OUTCOME",
        help=f"{', '.join(Outcome)} or open; may be given several times",
    )
    parser.add_argument("--origin", choices=ORIGINS)
    parser.add_argument("--limit", type=count, metavar="N", help="the newest N alone")
    parser.add_argument("--json", action="store_true", help="as JSON, one case a line")
    _config(parser)


def _report(parser: argparse.ArgumentParser) -> None:
    _case(parser)
    parser.add_argument(
        "-o",
        "--output",
        type=Path,
        metavar="FILE.html|FILE.pdf",
        help="to write (default: amr-report-CASE.html)",
    )
    _config(parser)


def _export(parser: argparse.ArgumentParser) -> None:
    _case(parser)
    parser.add_argument(
        "-o",
        "--output",
        type=Path,
        required=True,
        metavar="FOLDER|FILE.zip",
        help="to write; must not exist",
    )
    parser.add_argument(
        "--format",
        choices=("case", "bids", "dicom"),
        default="case",
        help="case: everything, for `import` (default); bids, dicom: the EMG, de-identified",
    )
    parser.add_argument(
        "--recording",
        type=Path,
        nargs="+",
        default=[],
        metavar="FILE",
        help="bids, dicom: the file of a replayed case, which keeps none of its own",
    )
    _config(parser)


def _import(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "file", type=Path, metavar="FOLDER|FILE.zip", help="what `export` has written"
    )
    _config(parser)


def _delete(parser: argparse.ArgumentParser) -> None:
    _case(parser)
    parser.add_argument("--reason", required=True, metavar="TEXT", help="is kept; no names in it")
    parser.add_argument("--by", metavar="NAME", help="who deletes it (default: the login name)")
    parser.add_argument("--yes", action="store_true", help="without this nothing is deleted")
    parser.add_argument(
        "--even-open", action="store_true", help="also a case that was never closed"
    )
    _config(parser)


def _recover(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "files", type=Path, nargs="+", metavar="FILE", help="a recording, or a folder of them"
    )


def _simulate(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("scenario", metavar="SCENARIO", help="its name, or a TOML file")
    parser.add_argument(
        "--with",
        dest="confounder",
        metavar="NAME",
        help="the same course with what disturbs this other scenario",
    )
    parser.add_argument("--seed", type=whole, default=1, metavar="N", help="of chance (default 1)")
    parser.add_argument(
        "--minutes", type=factor, metavar="M", help="shorten the phases to this length"
    )
    parser.add_argument(
        "--rate",
        type=count,
        metavar="HZ",
        help="of samples (default 10000; 6000 with --epworks)",
    )
    parser.add_argument(
        "--stimulus-rate", type=factor, metavar="HZ", help="0.5 to 3 (default: the scenario's)"
    )
    target = parser.add_mutually_exclusive_group(required=True)
    target.add_argument("--edf", type=Path, metavar="FILE", help="write EDF+ (16 bit)")
    target.add_argument("--bdf", type=Path, metavar="FILE", help="write BDF+ (24 bit)")
    target.add_argument(
        "--xdf", type=Path, metavar="FILE", help="write XDF, as LabRecorder records --lsl"
    )
    target.add_argument("--epworks", type=Path, metavar="DIR", help="write an EPWorks study")
    target.add_argument("--lsl", action="store_true", help="send it over LSL, in real time")
    live = parser.add_argument_group("with --lsl (--xdf: chunks, trigger and counter)")
    live.add_argument(
        "--name", default="amr-simulator", help="of the stream (default amr-simulator)"
    )
    live.add_argument(
        "--source-id", default="", metavar="ID", help="default: of name, scenario and seed"
    )
    live.add_argument(
        "--chunk-samples", type=count, metavar="N", help="of each push (default 2-10 ms)"
    )
    live.add_argument(
        "--no-trigger",
        dest="trigger",
        action="store_false",
        help="without a trigger channel: markers alone",
    )
    live.add_argument("--counter", action="store_true", help="with a channel that counts samples")
    live.add_argument(
        "--wait-consumer",
        type=factor,
        default=0.0,
        metavar="S",
        help="begin when someone has connected; an error after S seconds",
    )
    live.add_argument("--truth", type=Path, metavar="FILE", help="write the truth, at the start")
    live.add_argument(
        "--timing", type=Path, metavar="FILE", help="write when each stimulus was sent, at the end"
    )


def _hil(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("scenario", metavar="SCENARIO", help="its name, or a TOML file")
    parser.add_argument("--seed", type=whole, default=1, metavar="N", help="of chance (default 1)")
    parser.add_argument(
        "--minutes", type=factor, metavar="M", help="shorten the phases to this length"
    )
    parser.add_argument(
        "--rate", type=count, default=10_000, metavar="HZ", help="of samples (default 10000)"
    )
    parser.add_argument(
        "--stimulus-rate", type=factor, metavar="HZ", help="0.5 to 3 (default: the scenario's)"
    )
    parser.add_argument("--json", metavar="FILE", help="write the figures; - is stdout")
    parser.add_argument("--external", action="store_true", help="judge a real amplifier")
    parser.add_argument("--stream", metavar="NAME", help="of the amplifier, with --external")
    parser.add_argument("--config", type=Path, metavar="FILE", help="settings, with --external")


def _batch(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("folder", type=Path, metavar="DIR", help="with recordings, at any depth")
    parser.add_argument(
        "-o", "--output", type=Path, metavar="OUT", help="of results (default DIR/amr-results)"
    )
    parser.add_argument("--side", choices=("left", "right"), help="where both were recorded")
    where = parser.add_mutually_exclusive_group()
    where.add_argument("--jobs", type=count, metavar="N", help="processes (default: one a core)")
    where.add_argument(
        "--scheduler", metavar="tcp://HOST:PORT", help="of a Dask cluster that does the work"
    )
    parser.add_argument("--again", action="store_true", help="do also what is finished")
    parser.add_argument("--reports", action="store_true", help="with the report of each case")
    parser.add_argument(
        "--compare", type=Path, metavar="OLD", help="against the results of an earlier batch"
    )
    parser.add_argument(
        "--tolerance",
        type=factor,
        default=5.0,
        metavar="S",
        help="seconds by which a confirmed state may come sooner or later (default 5)",
    )
    parser.add_argument(
        "--readers", type=Path, metavar="READERS.csv", help="count the agreement with people"
    )
    _config(parser)


def _doctor(parser: argparse.ArgumentParser) -> None:
    _config(parser)
    parser.add_argument(
        "--seconds",
        type=factor,
        default=60.0,
        metavar="S",
        help="measure the timing for so long (default 60)",
    )
    parser.add_argument("--json", metavar="FILE", help="write everything found; - is stdout")


def _cohort(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "file",
        type=Path,
        metavar="CASES.csv|RESULTS",
        help="a table of patients, or what `batch` has written",
    )
    parser.add_argument(
        "--outcomes",
        type=Path,
        metavar="RESULTS",
        help="take the outcomes from what `batch` has written, by case_id",
    )
    parser.add_argument(
        "-o",
        "--output",
        type=Path,
        metavar="OUT.html|.csv|.json|.txt",
        help="write a file (default: text on stdout)",
    )


def _streams(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--seconds", type=factor, default=2.3, metavar="S", help="to wait for answers (2.3)"
    )
    parser.add_argument("--side", choices=("left", "right"), help="where both are sent")
    parser.add_argument("--json", action="store_true", help="as JSON")
    _config(parser)


def _config(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--config", type=Path, metavar="FILE", help="settings (or AMR_MONITOR_CONFIG)"
    )


def _case(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "case", metavar="CASE", help="its id as `cases` lists it, or the beginning of it"
    )


def _serving(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--port", type=port, metavar="N", help="of the dashboard (default 8765; 0: a free one)"
    )
    parser.add_argument(
        "--exit-at-end",
        action="store_true",
        help="end with the case, instead of showing the result until Ctrl-C",
    )
