"""Scenario files: TOML -> Scenario, and the ones that are shipped.

docs/simulator.md shows the form. An unknown key is refused with the nearest
name: a scenario with a misspelt fault would look like one without a fault.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import fields
from difflib import get_close_matches
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import cast

from amr_monitor.model.case import Muscle
from amr_monitor.model.errors import ConfigError
from amr_monitor.simulation.confounders import Fault
from amr_monitor.simulation.fault_kinds import FAULTS
from amr_monitor.simulation.patient import PatientRanges
from amr_monitor.simulation.phases import DEFAULT_PHASES, PhaseName, PhaseSpan
from amr_monitor.simulation.scenario import (
    GainStep,
    MarkHabits,
    Scenario,
    ScheduledMark,
    Stimulation,
    Trajectory,
)
from amr_monitor.simulation.stream import StreamSettings
from amr_monitor.simulation.tables import (
    distribution_from,
    nearest,
    read_table,
    refuse_unknown,
)


def scenario_names() -> tuple[str, ...]:
    """Return the names of the shipped scenarios, sorted."""
    return tuple(
        sorted(
            entry.name.removesuffix(".toml")
            for entry in _shipped().iterdir()
            if entry.name.endswith(".toml")
        )
    )


def load_scenario(name_or_path: str | Path) -> Scenario:
    """Return a shipped scenario by its name, or one from a TOML file.

    Parameters
    ----------
    name_or_path : str or Path
        A name without ending is a shipped one; what ends in `.toml` is a file.

    Raises
    ------
    ConfigError
        There is no such scenario, or it cannot be used.
    """
    if Path(name_or_path).suffix == ".toml":
        path = Path(name_or_path)
        try:
            return parse_scenario(path.read_text(encoding="utf-8"), name=path.stem, where=str(path))
        except (OSError, UnicodeDecodeError) as error:
            raise ConfigError(f"{path}: the scenario cannot be read: {error}") from error
    name = str(name_or_path)
    if name not in scenario_names():
        raise ConfigError(
            f"scenario {name!r} is unknown; {_near_scenarios(name)}"
            "`amr-monitor simulate --help` lists them all (a file of your own ends in .toml)"
        )
    text = _shipped().joinpath(f"{name}.toml").read_text(encoding="utf-8")
    return parse_scenario(text, name=name, where=f"scenario {name}")


def _near_scenarios(name: str) -> str:
    """Return a hint of the shipped scenarios that are like a name; nothing where none is."""
    close = get_close_matches(name, scenario_names(), n=3, cutoff=0.6)
    return f"did you mean {' or '.join(repr(each) for each in close)}? " if close else ""


def parse_scenario(text: str, *, name: str, where: str) -> Scenario:
    """Return the scenario that TOML `text` describes.

    Raises
    ------
    ConfigError
        The text is no TOML, or a key or value in it cannot be used.
    """
    try:
        table: dict[str, object] = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{where}: not TOML: {error}") from error
    own = {"phase", "amr", "mark", "fault"}
    parts = own | {"stimulation", "patient", "mark_habits", "stream"}
    words = {"description", "side", "branch", "vessel", "muscles", "rail_uv"}
    refuse_unknown(table, sorted(parts | words), where)
    return read_table(
        Scenario,
        {key: value for key, value in table.items() if key in words},
        where,
        name=name,
        stimulation=read_table(
            Stimulation, _table(table, "stimulation", where), f"{where}, [stimulation]"
        ),
        patient=read_table(PatientRanges, _table(table, "patient", where), f"{where}, [patient]"),
        mark_habits=read_table(
            MarkHabits, _table(table, "mark_habits", where), f"{where}, [mark_habits]"
        ),
        stream=read_table(StreamSettings, _table(table, "stream", where), f"{where}, [stream]"),
        phases=_phases(_table(table, "phase", where), where),
        trajectories=_trajectories(_table(table, "amr", where), where),
        marks=tuple(
            read_table(ScheduledMark, item, f"{where}, [[mark]] {k}")
            for k, item in enumerate(_tables(table, "mark", where), start=1)
        ),
        faults=tuple(
            _fault(item, f"{where}, [[fault]] {k}")
            for k, item in enumerate(_tables(table, "fault", where), start=1)
        ),
    )


def _shipped() -> Traversable:
    return files("amr_monitor.simulation").joinpath("scenarios")


def _table(table: Mapping[str, object], key: str, where: str) -> Mapping[str, object]:
    value = table.get(key, {})
    if not isinstance(value, dict):
        raise ConfigError(f"{where}: {key!r} is a table, [{key}]")
    return cast("Mapping[str, object]", value)


def _tables(table: Mapping[str, object], key: str, where: str) -> list[Mapping[str, object]]:
    value = table.get(key, [])
    if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
        raise ConfigError(f"{where}: {key!r} is a list of tables, [[{key}]]")
    return value


def _phases(table: Mapping[str, object], where: str) -> dict[PhaseName, PhaseSpan]:
    refuse_unknown(table, [phase.value for phase in PhaseName], f"{where}, [phase]")
    phases = dict(DEFAULT_PHASES)
    for key in table:
        here = f"{where}, [phase.{key}]"
        span = _table(table, key, f"{where}, [phase]")
        refuse_unknown(span, [field.name for field in fields(PhaseSpan)], here)
        usual = phases[PhaseName(key)]
        least_s = span.get("least_s", usual.least_s)
        if not isinstance(least_s, (int, float)) or least_s < 0:
            raise ConfigError(f"{here}: 'least_s' is a number of seconds, not {least_s!r}")
        phases[PhaseName(key)] = PhaseSpan(
            minutes=(
                distribution_from(span["minutes"], usual.minutes, f"{here}, minutes")
                if "minutes" in span
                else usual.minutes
            ),
            least_s=float(least_s),
        )
    return phases


def _trajectories(table: Mapping[str, object], where: str) -> tuple[Trajectory, ...]:
    refuse_unknown(table, [muscle.value for muscle in Muscle], f"{where}, [amr]")
    trajectories = []
    for key in table:
        here = f"{where}, [amr.{key}]"
        own = _table(table, key, f"{where}, [amr]")
        refuse_unknown(own, ["elicited", "step"], here)
        steps = tuple(
            read_table(GainStep, item, f"{here}, step {k}")
            for k, item in enumerate(_tables(own, "step", here), start=1)
        )
        elicited = own.get("elicited", True)
        if not isinstance(elicited, bool):
            raise ConfigError(f"{here}: 'elicited' is true or false, not {elicited!r}")
        trajectories.append(Trajectory(muscle=Muscle(key), elicited=elicited, steps=steps))
    return tuple(trajectories)


def _fault(table: Mapping[str, object], where: str) -> Fault:
    kind = table.get("kind")
    if kind is None:
        raise ConfigError(f"{where}: 'kind' is missing; known are: {', '.join(sorted(FAULTS))}")
    if kind not in FAULTS:
        raise ConfigError(f"{where}: kind {kind!r} is unknown; {nearest(str(kind), list(FAULTS))}")
    rest = {key: value for key, value in table.items() if key != "kind"}
    return read_table(FAULTS[str(kind)], rest, where)
