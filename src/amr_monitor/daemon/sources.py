"""Where the samples of a case come from: streams, recordings, simulated surgeries."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import isinf
from pathlib import Path
from urllib.parse import parse_qsl

from amr_monitor.api.seams import ReplayControl
from amr_monitor.config import Settings
from amr_monitor.drivers.annotated import AnnotatedSource
from amr_monitor.drivers.chained import ChainedSource
from amr_monitor.drivers.epworks_tail import EpworksTail
from amr_monitor.drivers.lsl_opening import LslSourceSettings
from amr_monitor.drivers.lsl_source import open_lsl
from amr_monitor.drivers.pacing import PacedSource
from amr_monitor.drivers.pre_cut import PreCutSource
from amr_monitor.drivers.registry import open_source
from amr_monitor.drivers.replay import ReplaySource
from amr_monitor.drivers.vital_context import room_values
from amr_monitor.model.errors import ConfigError, SourceError
from amr_monitor.model.source import SampleSource
from amr_monitor.simulation import SimulatedSource, simulate

LIVE = "lsl:"
EPWORKS = "epworks:"
SIMULATED = "sim:"
PACED_BLOCK_SAMPLES = 500
"""25 to 250 ms at 2 to 20 kHz: as an amplifier delivers, and soon enough for the eye."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ContextFile:
    """A `.vital` file with values from the room of a recording.

    Attributes
    ----------
    path : Path
    offset_s : float or None
        It begins so long after the recording; None: by the clocks of both.
    """

    path: Path
    offset_s: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenedSource:
    """A source, ready to be read.

    Attributes
    ----------
    source : SampleSource
    replay : ReplayControl or None
        Paces it; None where its pace is the patient's.
    is_live : bool
        Whether silence means that something is wrong.
    is_simulated : bool
        A simulated patient, whose surgery goes on while nobody looks.
    """

    source: SampleSource
    replay: ReplayControl | None = None
    is_live: bool = False
    is_simulated: bool = False


def open_recording(
    paths: Sequence[Path],
    settings: Settings,
    *,
    speed: float,
    can_be_paced: bool = False,
    block_samples: int | None = None,
    context: ContextFile | None = None,
) -> OpenedSource:
    """Return a recording as a source.

    Parameters
    ----------
    paths : sequence of Path
        One file, the segments of one recording, or a folder of them.
    settings : Settings
    speed : float
        Times real time; infinite for as fast as it can be read.
    can_be_paced : bool
        Whether somebody may want to pause and step through it.
    block_samples : int or None
        Every sample, in blocks of this size; None reads what is needed: the
        sweeps alone where nothing is paced.
    context : ContextFile or None
        Values from the room, laid beside it.

    Raises
    ------
    SourceError
        It cannot be read; the line says why and what to do.
    """
    is_paced = can_be_paced or not isinf(speed)
    if is_paced:
        block_samples = block_samples or PACED_BLOCK_SAMPLES
    source = open_source(paths, settings.recording, block_samples=block_samples)
    annotations = (
        source.annotations
        if isinstance(source, ReplaySource | PreCutSource | ChainedSource)
        else ()
    )
    if context is not None:
        source = _with_context(source, context, settings)
    if not is_paced:
        return OpenedSource(source=source)
    paced = PacedSource(source, speed=speed, annotations=annotations)
    return OpenedSource(source=paced, replay=paced)


def _with_context(source: SampleSource, context: ContextFile, settings: Settings) -> SampleSource:
    try:
        told = room_values(context.path, source.info, settings.context, offset_s=context.offset_s)
    except SourceError:
        source.close()
        raise
    return AnnotatedSource(
        source, told.texts, content_hash=told.content_hash, warnings=told.warnings
    )


def open_address(address: str, settings: Settings) -> OpenedSource:
    """Return the source that a config names.

    Parameters
    ----------
    address : str
        A stream in reach, `lsl:NAME`, or `lsl:` for the only one; an EPWorks
        study that is being recorded, `epworks:FOLDER`; the path of a
        recording; or `sim:SCENARIO`, perhaps with its seed and minutes:
        `sim:abrupt_loss?seed=7&minutes=5`.
    settings : Settings

    Raises
    ------
    ConfigError
        The address says nothing that can be used.
    SourceError
        The recording cannot be read, or the stream is not in reach.
    """
    if address.startswith(LIVE):
        wanted = LslSourceSettings(
            lsl=settings.lsl,
            recording=settings.recording,
            name=address.removeprefix(LIVE).strip(),
        )
        return OpenedSource(source=open_lsl(wanted), is_live=True)
    if address.startswith(EPWORKS):
        folder = Path(address.removeprefix(EPWORKS).strip()).expanduser()
        return OpenedSource(source=EpworksTail(folder, settings.recording.montage), is_live=True)
    if not address.startswith(SIMULATED):
        path = Path(address).expanduser()
        return open_recording([path], settings, speed=1.0, can_be_paced=True)
    scenario, _, query = address.removeprefix(SIMULATED).partition("?")
    told = _simulation_options(address, query)
    surgery = simulate(scenario, seed=int(told.get("seed", 1)), minutes=told.get("minutes"))
    paced = PacedSource(SimulatedSource(surgery, block_samples=PACED_BLOCK_SAMPLES))
    return OpenedSource(source=paced, replay=paced, is_simulated=True)


def _simulation_options(address: str, query: str) -> dict[str, float]:
    where = f"[source] address {address!r}"
    told: dict[str, float] = {}
    for name, text in parse_qsl(query, keep_blank_values=True):
        if name not in ("seed", "minutes"):
            raise ConfigError(f"{where}: {name!r} is unknown; seed and minutes can be given")
        try:
            told[name] = int(text) if name == "seed" else float(text)
        except ValueError as fault:
            raise ConfigError(f"{where}: {name} must be a number, not {text!r}") from fault
        if not 0 <= told[name] < float("inf"):
            raise ConfigError(f"{where}: {name} must be 0 or more, not {text}")
    return told
