"""Settings: a TOML file, then the environment, into one frozen `Settings`.

Each room declares its own settings as a dataclass; this module composes them
and reads them strictly. A key that no dataclass has, a value of another type
or out of bounds is a `ConfigError` that names the file (or the environment
variable), the key, and the nearest name. `examples/or.toml` shows every key.

The environment variable of a key is `AMR_MONITOR_` and its path in capitals,
with underscores: `[storage] folder` is `AMR_MONITOR_STORAGE_FOLDER`. It wins
over the file. `AMR_MONITOR_CONFIG` names the file itself, `AMR_MONITOR_DEBUG`
shows tracebacks.
"""

import difflib
import hashlib
import json
import math
import os
import tomllib
import types
from collections.abc import Iterator, Mapping
from dataclasses import MISSING, dataclass, field, fields, is_dataclass
from enum import Enum, StrEnum
from pathlib import Path
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

from amr_monitor.api.settings import ApiSettings
from amr_monitor.drivers.foreign_settings import ForeignSettings
from amr_monitor.drivers.lsl_settings import LslSettings
from amr_monitor.drivers.montage import MontageSettings
from amr_monitor.drivers.recording import RecordingSettings
from amr_monitor.drivers.vital_context import ContextFileSettings
from amr_monitor.dsp.triggers import TriggerSettings
from amr_monitor.model.case import Branch, CaseInfo, CaseMode, Side
from amr_monitor.model.errors import ConfigError
from amr_monitor.monitor.settings import MonitorSettings
from amr_monitor.storage.settings import StorageSettings

PREFIX = "AMR_MONITOR_"
RESERVED_VARIABLES = ("AMR_MONITOR_CONFIG", "AMR_MONITOR_DEBUG")

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceSettings:
    """Where `amr-monitor run` takes its samples from.

    Attributes
    ----------
    address : str
        A live stream of LSL (`lsl:NAME`, or `lsl:` for the only one), a
        recording, played in real time, or a simulated surgery such as
        `sim:abrupt_loss`.
    """

    address: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseSettings:
    """What is known of the case before it is opened. No names, ever.

    Attributes
    ----------
    pseudonym : str
        The hospital's own key of the patient.
    branch : Branch
        Stimulated branch of the facial nerve.
    mode : CaseMode
        `shadow` records and judges, and shows no verdict until the end.
    """

    pseudonym: str = field(default="", metadata={"max_length": 64})
    branch: Branch = Branch.MARGINAL_MANDIBULAR
    mode: CaseMode = CaseMode.LIVE

    def info(self, *, side: Side | None) -> CaseInfo:
        """Return the case, on the side of the channels that were found."""
        return CaseInfo(pseudonym=self.pseudonym, side=side, branch=self.branch, mode=self.mode)


@dataclass(frozen=True, slots=True, kw_only=True)
class FitnessSettings:
    """What `amr-monitor doctor` holds a machine to. All bounds are ours.

    Attributes
    ----------
    hours : float
        Length of the case that must fit on the disk.
    certificate_days : float
        A certificate that ends sooner is told.
    clock_step_s : float
        The time of day may move by so much against the steady clock.
    delivery_p99_ms : float
        LSL on this machine, from push to hand: beside the 100 ms that a sweep
        takes anyway, more would be seen as lag.
    jitter_p99_ms : float
        By how much a sleep of 2 ms is too long: a machine that is later is busy
        with something else, and will be late with sweeps too.
    flush_p99_ms, flush_most_ms : float
        Until the disk has a second of samples: slower than a second and
        records pile up in memory.
    sweep_p99_ms : float
        Of the detector for one sweep: at 3 stimuli a second there are 333 ms.
    """

    hours: float = field(default=6.0, metadata={"min": 0.1, "max": 48.0})
    certificate_days: float = field(default=14.0, metadata={"min": 0.0})
    clock_step_s: float = field(default=0.05, metadata={"min": 0.001})
    delivery_p99_ms: float = field(default=20.0, metadata={"min": 0.1})
    jitter_p99_ms: float = field(default=20.0, metadata={"min": 0.1})
    flush_p99_ms: float = field(default=300.0, metadata={"min": 1.0})
    flush_most_ms: float = field(default=1000.0, metadata={"min": 1.0})
    sweep_p99_ms: float = field(default=100.0, metadata={"min": 1.0})


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Everything that can be set, composed of each room's own.

    Attributes
    ----------
    source : SourceSettings
    case : CaseSettings
    montage : MontageSettings
    trigger : TriggerSettings
    lsl : LslSettings
    context : ContextFileSettings
    foreign : ForeignSettings
    monitor : MonitorSettings
    storage : StorageSettings
    api : ApiSettings
    doctor : FitnessSettings
    """

    source: SourceSettings = field(default_factory=SourceSettings)
    case: CaseSettings = field(default_factory=CaseSettings)
    montage: MontageSettings = field(default_factory=MontageSettings)
    trigger: TriggerSettings = field(default_factory=TriggerSettings)
    lsl: LslSettings = field(default_factory=LslSettings)
    context: ContextFileSettings = field(default_factory=ContextFileSettings)
    foreign: ForeignSettings = field(default_factory=ForeignSettings)
    monitor: MonitorSettings = field(default_factory=MonitorSettings)
    storage: StorageSettings = field(default_factory=StorageSettings)
    api: ApiSettings = field(default_factory=ApiSettings)
    doctor: FitnessSettings = field(default_factory=FitnessSettings)

    @property
    def verdict_hash(self) -> str:
        """SHA-256 over `verdict_text`. It stands beside every event."""
        return hashlib.sha256(self.verdict_text.encode()).hexdigest()

    @property
    def verdict_text(self) -> str:
        """What can change a verdict, as JSON: case, montage, trigger and monitor.

        Where a journal or a port lies changes no verdict and is left out.
        """
        parts = {
            "case": self.case,
            "montage": self.montage,
            "trigger": self.trigger,
            "monitor": self.monitor,
        }
        return json.dumps(_plain(parts), sort_keys=True)

    @property
    def recording(self) -> RecordingSettings:
        """How a recording is read: around each stimulus what the detector looks at."""
        windows = self.monitor.detector.windows
        return RecordingSettings(
            montage=self.montage,
            trigger=self.trigger,
            foreign=self.foreign,
            sweep_start_ms=windows.sweep_start_ms,
            sweep_end_ms=windows.sweep_end_ms,
        )


def load_settings(path: Path | None, *, environment: Mapping[str, str] | None = None) -> Settings:
    """Return the settings of a TOML file, overridden by the environment.

    Parameters
    ----------
    path : Path or None
        None takes the defaults.
    environment : mapping or None
        None takes the one of the process.

    Raises
    ------
    ConfigError
        The file cannot be read, or something in it cannot be used.
    """
    return load(Settings, path, os.environ if environment is None else environment)


def load(kind: type[T], path: Path | None, environment: Mapping[str, str]) -> T:
    """Return the dataclass of settings `kind` in the same way.

    Raises
    ------
    ConfigError
    """
    table = {} if path is None else _read(path)
    origins = _override(table, kind, environment)
    place = "settings" if path is None else str(path)
    return _Reader(place=place, origins=origins).record(kind, table, "")


def variable_names(kind: type = Settings) -> dict[str, str]:
    """Return the key, as in `storage.folder`, of each environment variable."""
    return {PREFIX + key.replace(".", "_").upper(): key for key, _ in _leaves(kind, "")}


def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as fault:
        raise ConfigError(f"{path}: no such config file") from fault
    except OSError as fault:
        raise ConfigError(f"{path}: cannot be read: {fault.strerror}") from fault
    except UnicodeDecodeError as fault:
        raise ConfigError(f"{path}: not a text file in UTF-8, so no TOML") from fault
    except tomllib.TOMLDecodeError as fault:
        raise ConfigError(f"{path}: not TOML: {fault}") from fault


def _override(table: dict[str, Any], kind: type, environment: Mapping[str, str]) -> dict[str, str]:
    """Put the values of the environment into the table; return which key came from where."""
    keys = variable_names(kind)
    kinds = dict(_leaves(kind, ""))
    origins = {}
    for variable in sorted(name for name in environment if name.startswith(PREFIX)):
        if variable in RESERVED_VARIABLES:
            continue
        if variable not in keys:
            raise ConfigError(
                f"environment variable {variable}: no such setting{_nearest(variable, keys)}"
            )
        key = keys[variable]
        *sections, name = key.split(".")
        inner: Any = table
        for section in sections:
            # What is no section is left for the reader to tell of.
            inner = inner.setdefault(section, {}) if isinstance(inner, dict) else None
        if isinstance(inner, dict):
            inner[name] = _value_of(environment[variable], kinds[key])
            origins[key] = f"environment variable {variable}"
    return origins


def _value_of(text: str, kind: object) -> object:
    """Read the text of an environment variable as TOML would, where it is no plain word."""
    inner = _without_none(kind)
    if text == "" or (isinstance(inner, type) and issubclass(inner, str | Path)):
        return text
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        return text


def _leaves(kind: Any, prefix: str) -> Iterator[tuple[str, object]]:
    hints = get_type_hints(kind)
    for each in fields(kind):
        hint = hints[each.name]
        if is_dataclass(hint):
            yield from _leaves(hint, f"{prefix}{each.name}.")
        else:
            yield f"{prefix}{each.name}", hint


def _without_none(kind: Any) -> Any:
    if get_origin(kind) in (Union, types.UnionType):
        inner = [argument for argument in get_args(kind) if argument is not type(None)]
        if len(inner) == 1:
            return inner[0]
    return kind


def _nearest(name: str, known: Mapping[str, object]) -> str:
    near = difflib.get_close_matches(name, list(known), n=1, cutoff=0.5)
    return f"; did you mean {near[0]}?" if near else f"; known: {', '.join(sorted(known))}"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Reader:
    """Builds dataclasses from tables and tells where a value came from.

    Attributes
    ----------
    place : str
        The file.
    origins : mapping
        By key, where a value came from if not from the file.
    """

    place: str
    origins: Mapping[str, str]

    def record(self, kind: type[T], table: object, key: str) -> T:
        """Return the dataclass that a table describes; unknown keys are refused."""
        if not isinstance(table, dict):
            raise self._misfit(key, "a section", table)
        hints = get_type_hints(kind)
        known = {each.name: each for each in fields(kind)}  # type: ignore[arg-type]
        for name in table:
            if name not in known:
                raise self._refusal(_join(key, name), f"no such setting{_nearest(name, known)}")
        arguments: dict[str, object] = {}
        for name, each in known.items():
            inner = _join(key, name)
            if name in table:
                value = self._value(hints[name], table[name], inner)
                self._hold_to_bounds(value, each.metadata, inner)
                arguments[name] = value
            elif each.default is MISSING and each.default_factory is MISSING:
                raise self._refusal(inner, "must be given")
        try:
            return kind(**arguments)
        except ConfigError as fault:  # of the room, which names its key
            raise ConfigError(f"{self.place}: {fault}") from fault
        except ValueError as fault:
            raise self._refusal(key, str(fault)) from fault

    def _value(self, kind: Any, value: object, key: str) -> object:
        inner = _without_none(kind)
        if inner is not kind:
            # TOML has no null: an empty text is "not set".
            return None if value == "" else self._value(inner, value, key)
        origin, arguments = get_origin(kind), get_args(kind)
        if origin is tuple:
            return self._several(arguments, value, key)
        if origin is dict:
            return self._table(arguments, value, key)
        if is_dataclass(kind) and isinstance(kind, type):
            return self.record(kind, value, key)
        return self._plain_value(kind, value, key)

    def _several(self, kinds: tuple[Any, ...], value: object, key: str) -> tuple[object, ...]:
        if not isinstance(value, list):
            raise self._misfit(key, "a list", value)
        if Ellipsis not in kinds and len(kinds) != len(value):
            raise self._misfit(key, f"a list of {len(kinds)}", value)
        each = [kinds[0]] * len(value) if Ellipsis in kinds else list(kinds)
        return tuple(
            self._value(kind, item, f"{key}[{number}]")
            for number, (kind, item) in enumerate(zip(each, value, strict=True), start=1)
        )

    def _table(self, kinds: tuple[Any, ...], value: object, key: str) -> dict[object, object]:
        if not isinstance(value, dict):
            raise self._misfit(key, "a table", value)
        return {
            self._value(kinds[0], name, key): self._value(kinds[1], item, _join(key, name))
            for name, item in value.items()
        }

    def _plain_value(self, kind: Any, value: object, key: str) -> object:
        if kind is bool and isinstance(value, bool):
            return value
        if kind is int and isinstance(value, int) and not isinstance(value, bool):
            return value
        if kind is float and isinstance(value, int | float) and not isinstance(value, bool):
            if not math.isfinite(value):
                raise self._misfit(key, "a finite number", value)
            return float(value)
        if kind in (str, Path) and isinstance(value, str):
            return kind(value)
        if isinstance(kind, type) and issubclass(kind, StrEnum):
            return self._word(kind, value, key)
        if kind not in _WORDS:
            raise TypeError(f"setting {key}: no TOML form is known for {kind}")
        raise self._misfit(key, _WORDS[kind], value)

    def _word(self, kind: type[StrEnum], value: object, key: str) -> StrEnum:
        words: dict[str, StrEnum] = {member.value: member for member in kind}
        if isinstance(value, str) and value in words:
            return words[value]
        hint = _nearest(value, words) if isinstance(value, str) else ""
        raise self._misfit(key, f"one of {', '.join(words)}", value, hint=hint)

    def _hold_to_bounds(self, value: object, bounds: Mapping[str, Any], key: str) -> None:
        if isinstance(value, int | float):
            if "min" in bounds and value < bounds["min"]:
                raise self._misfit(key, f"at least {bounds['min']}", value)
            if "max" in bounds and value > bounds["max"]:
                raise self._misfit(key, f"at most {bounds['max']}", value)
        if isinstance(value, str) and len(value) > bounds.get("max_length", len(value)):
            raise self._misfit(key, f"of at most {bounds['max_length']} characters", value)

    def _misfit(self, key: str, wanted: str, value: object, *, hint: str = "") -> ConfigError:
        shown = json.dumps(value, default=str, ensure_ascii=False)
        if len(shown) > 60:
            shown = f"{shown[:57]}..."
        return self._refusal(key, f"must be {wanted}, not {shown}{hint}")

    def _refusal(self, key: str, message: str) -> ConfigError:
        *sections, name = key.split(".")
        shown = f"[{'.'.join(sections)}] {name}" if sections else name
        place = self.origins.get(key, self.place)
        return ConfigError(f"{place}: {shown}: {message}" if key else f"{place}: {message}")


_WORDS: dict[object, str] = {
    bool: "true or false",
    int: "a whole number",
    float: "a number",
    str: "a text in quotes",
    Path: "a path in quotes",
}


def _join(key: str, name: str) -> str:
    return f"{key}.{name}" if key else name


def _plain(value: Any) -> Any:
    """Return nested settings as what JSON can hold."""
    if is_dataclass(value) and not isinstance(value, type):
        return {each.name: _plain(getattr(value, each.name)) for each in fields(value)}
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, Mapping):
        return {str(_plain(key)): _plain(item) for key, item in value.items()}
    if isinstance(value, tuple | list | frozenset):
        return [_plain(item) for item in value]
    return str(value) if isinstance(value, Path) else value
