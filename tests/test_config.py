"""Settings are read strictly, and what is wrong is told with its place and its nearest name."""

import re
import tomllib
from dataclasses import dataclass, field, fields, is_dataclass, replace
from enum import StrEnum
from pathlib import Path

import pytest

from amr_monitor.api.settings import AccessToken, Role
from amr_monitor.config import CaseSettings, Settings, load, load_settings, variable_names
from amr_monitor.model.case import CaseInfo, CaseMode, Side
from amr_monitor.model.errors import ConfigError

EXAMPLE = Path(__file__).resolve().parents[1] / "examples" / "or.toml"


class Colour(StrEnum):
    RED = "red"
    GREEN = "green"


@dataclass(frozen=True, slots=True, kw_only=True)
class Lamp:
    colour: Colour = Colour.RED
    level: float = field(default=0.5, metadata={"min": 0.0, "max": 1.0})

    def __post_init__(self) -> None:
        if self.level == 0.25:
            raise ValueError("level 0.25 flickers")


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    lamp: Lamp = field(default_factory=Lamp)
    seats: int = 4
    is_open: bool = False
    name: str = field(default="", metadata={"max_length": 8})
    plan: Path | None = None
    rates_hz: tuple[float, ...] = ()
    corner: tuple[float, float] = (0.0, 0.0)
    lamps: tuple[Lamp, ...] = ()
    labels: dict[Colour, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    room: Room = field(default_factory=Room)
    key: str = "under the mat"


def house(tmp_path: Path, text: str, **environment: str) -> House:
    path = tmp_path / "house.toml"
    path.write_text(text, encoding="utf-8")
    return load(House, path, environment)


def test_without_a_file_the_defaults_hold() -> None:
    assert load(House, None, {}) == House()
    assert load_settings(None, environment={}) == Settings()


def test_every_kind_of_value_is_read(tmp_path: Path) -> None:
    text = """
        key = "hook"
        [room]
        seats = 5
        is_open = true
        name = "OR 3"
        plan = "plans/or3.pdf"
        rates_hz = [1, 2.5]
        corner = [1.0, 2]
        lamp = { colour = "green", level = 1 }
        [[room.lamps]]
        level = 0.1
        [room.labels]
        red = ["left", "L"]
    """
    assert house(tmp_path, text) == House(
        key="hook",
        room=Room(
            seats=5,
            is_open=True,
            name="OR 3",
            plan=Path("plans/or3.pdf"),
            rates_hz=(1.0, 2.5),
            corner=(1.0, 2.0),
            lamp=Lamp(colour=Colour.GREEN, level=1.0),
            lamps=(Lamp(level=0.1),),
            labels={Colour.RED: ("left", "L")},
        ),
    )


def test_an_empty_text_leaves_an_optional_setting_unset(tmp_path: Path) -> None:
    assert house(tmp_path, '[room]\nplan = ""').room.plan is None


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[room]\nseat = 3", "[room] seat: no such setting; did you mean seats?"),
        ("[romm]\nseats = 3", "romm: no such setting; did you mean room?"),
        ("[room.lamp]\ncolor = 'red'", "[room.lamp] color: no such setting; did you mean colour?"),
        ("[room]\nzzz = 3", "[room] zzz: no such setting; known: corner, is_open, labels"),
        ("room = 3", "room: must be a section, not 3"),
        ("[room]\nseats = 3.5", "[room] seats: must be a whole number, not 3.5"),
        ("[room]\nseats = true", "[room] seats: must be a whole number, not true"),
        ("[room]\nis_open = 1", "[room] is_open: must be true or false, not 1"),
        ("[room]\nname = 3", "[room] name: must be a text in quotes, not 3"),
        ("[room]\nname = 'far too long'", "[room] name: must be of at most 8 characters"),
        ("[room]\nplan = 3", "[room] plan: must be a path in quotes, not 3"),
        ("[room]\nrates_hz = 3", "[room] rates_hz: must be a list, not 3"),
        ("[room]\nrates_hz = [1, 'x']", '[room] rates_hz[2]: must be a number, not "x"'),
        ("[room]\ncorner = [1]", "[room] corner: must be a list of 2, not [1]"),
        ("[room]\nlabels = []", "[room] labels: must be a table, not []"),
        ("[room.labels]\nblue = ['x']", "[room] labels: must be one of red, green"),
        ("[room.lamp]\nlevel = 1.5", "[room.lamp] level: must be at most 1.0, not 1.5"),
        ("[room.lamp]\nlevel = -1", "[room.lamp] level: must be at least 0.0, not -1"),
        ("[room.lamp]\nlevel = nan", "[room.lamp] level: must be a finite number"),
        ("[room.lamp]\nlevel = 0.25", "[room] lamp: level 0.25 flickers"),
        (
            "[room.lamp]\ncolour = 'gren'",
            '[room.lamp] colour: must be one of red, green, not "gren"; did you mean green?',
        ),
        ("[room\n", "not TOML: "),
    ],
)
def test_what_cannot_be_used_is_told_in_one_line(tmp_path: Path, text: str, told: str) -> None:
    with pytest.raises(ConfigError) as refusal:
        house(tmp_path, text)
    message = str(refusal.value)
    assert message.startswith(f"{tmp_path / 'house.toml'}: {told}")
    assert "\n" not in message


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"none\.toml: no such config file"):
        load_settings(tmp_path / "none.toml")


def test_a_folder_is_no_config_file(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be read: Is a directory"):
        load_settings(tmp_path)


def test_a_binary_file_is_no_config_file(tmp_path: Path) -> None:
    path = tmp_path / "recording.edf"
    path.write_bytes(b"\xff\xfe\x00binary")
    with pytest.raises(ConfigError, match="not a text file in UTF-8"):
        load_settings(path)


# ---------------------------------------------------------------- environment


def test_the_environment_wins_over_the_file(tmp_path: Path) -> None:
    read = house(
        tmp_path,
        "[room]\nseats = 3\nname = 'a'",
        AMR_MONITOR_ROOM_SEATS="9",
        AMR_MONITOR_ROOM_NAME="77",
        AMR_MONITOR_ROOM_IS_OPEN="true",
        AMR_MONITOR_ROOM_LAMP_COLOUR="green",
        AMR_MONITOR_ROOM_RATES_HZ="[1.0]",
        OTHER_ROOM_SEATS="11",
    )
    assert read.room == Room(
        seats=9, name="77", is_open=True, lamp=Lamp(colour=Colour.GREEN), rates_hz=(1.0,)
    )


def test_an_empty_variable_leaves_an_optional_setting_unset(tmp_path: Path) -> None:
    assert house(tmp_path, "[room]\nplan = 'x'", AMR_MONITOR_ROOM_PLAN="").room.plan is None


def test_a_variable_that_is_no_setting_is_refused_with_the_nearest(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="did you mean AMR_MONITOR_ROOM_SEATS"):
        house(tmp_path, "", AMR_MONITOR_ROOM_SEAT="3")


def test_a_variable_of_the_wrong_kind_is_told_by_its_name(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as refusal:
        house(tmp_path, "", AMR_MONITOR_ROOM_SEATS="many")
    assert str(refusal.value) == (
        "environment variable AMR_MONITOR_ROOM_SEATS:"
        ' [room] seats: must be a whole number, not "many"'
    )


def test_a_variable_below_a_malformed_section_leaves_the_fault_to_the_file(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="room: must be a section"):
        house(tmp_path, "room = 3", AMR_MONITOR_ROOM_SEATS="4")


def test_the_variables_of_the_program_itself_are_no_settings() -> None:
    environment = {"AMR_MONITOR_DEBUG": "1", "AMR_MONITOR_CONFIG": "or.toml"}
    assert load_settings(None, environment=environment) == Settings()


def test_no_two_settings_share_a_variable() -> None:
    keys = list(variable_names().values())
    assert len(keys) == len(set(keys)) == len(leaves(Settings()))


# ---------------------------------------------------------------- the real settings


def leaves(settings: object, prefix: str = "") -> dict[str, object]:
    """Return every key with its value."""
    assert is_dataclass(settings)
    found: dict[str, object] = {}
    for each in fields(settings):
        value = getattr(settings, each.name)
        key = f"{prefix}{each.name}"
        found |= leaves(value, f"{key}.") if is_dataclass(value) else {key: value}
    return found


def uncommented(text: str) -> str:
    """Return the example with every setting in force: `#key = value`, no space after the #."""
    return re.sub(r"^#(?=[a-z\[])", "", text, flags=re.MULTILINE)


def keys_in(table: object, prefix: str = "") -> set[str]:
    if not isinstance(table, dict):
        return {prefix.rstrip(".")}
    return {key for name, inner in table.items() for key in keys_in(inner, f"{prefix}{name}.")}


def test_the_example_as_it_stands_sets_nothing_but_the_source() -> None:
    shipped = load_settings(EXAMPLE, environment={})
    assert replace(shipped, source=Settings().source) == Settings()


def test_the_example_shows_every_key_with_its_default(tmp_path: Path) -> None:
    text = uncommented(EXAMPLE.read_text(encoding="utf-8"))
    path = tmp_path / "or.toml"
    path.write_text(text, encoding="utf-8")
    read = load_settings(path, environment={})
    defaults = Settings()
    assert replace(read, source=defaults.source) == defaults
    assert keys_in(tomllib.loads(text)) == set(leaves(defaults))


def test_every_key_of_the_example_is_explained_above_it() -> None:
    previous = ""
    for line in EXAMPLE.read_text(encoding="utf-8").splitlines():
        if re.match(r"#?[a-z_]+ = ", line):
            assert previous.startswith("# "), f"{line} is not explained"
        previous = line


def test_a_real_file_is_read(tmp_path: Path) -> None:
    path = tmp_path / "or.toml"
    path.write_text(
        """
        [case]
        mode = "shadow"
        [montage]
        side = "left"
        [storage]
        folder = "/data/amr"
        [api]
        port = 9000
        [[api.tokens]]
        name = "wall"
        role = "viewer"
        token = "a-long-secret-of-the-wall"
        """,
        encoding="utf-8",
    )
    read = load_settings(path, environment={})
    assert read.montage.side is Side.LEFT
    assert read.case.mode is CaseMode.SHADOW
    assert read.storage.folder == Path("/data/amr")
    assert read.api.port == 9000
    token = AccessToken(name="wall", role=Role.VIEWER, token="a-long-secret-of-the-wall")  # noqa: S106
    assert read.api.tokens == (token,)


def test_a_server_beyond_this_machine_without_tls_and_tokens_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "or.toml"
    path.write_text("[api]\nhost = '0.0.0.0'\n", encoding="utf-8")
    with pytest.raises(ConfigError, match=r"or\.toml: api\.host 0\.0\.0\.0"):
        load_settings(path, environment={})


def test_a_pseudonym_is_short(tmp_path: Path) -> None:
    path = tmp_path / "or.toml"
    path.write_text(f"[case]\npseudonym = '{'x' * 65}'\n", encoding="utf-8")
    with pytest.raises(ConfigError, match="at most 64 characters"):
        load_settings(path, environment={})


def test_the_case_is_on_the_side_of_its_channels() -> None:
    case = CaseSettings(pseudonym="P-17", mode=CaseMode.SHADOW)
    assert case.info(side=Side.RIGHT) == CaseInfo(
        pseudonym="P-17", side=Side.RIGHT, mode=CaseMode.SHADOW
    )


def test_a_recording_is_read_as_far_as_the_detector_looks(tmp_path: Path) -> None:
    path = tmp_path / "or.toml"
    path.write_text(
        "[monitor.detector.windows]\nsweep_end_ms = 150\n[montage]\nside = 'left'\n"
        "[trigger]\nrefractory_ms = 9.0\n",
        encoding="utf-8",
    )
    recording = load_settings(path, environment={}).recording
    assert recording.sweep_end_ms == 150.0
    assert recording.montage.side is Side.LEFT
    assert recording.trigger.refractory_ms == 9.0


def test_the_verdict_hash_follows_what_can_change_a_verdict_alone() -> None:
    settings = Settings()
    elsewhere = replace(
        settings,
        storage=replace(settings.storage, folder=Path("/elsewhere")),
        api=replace(settings.api, port=9000),
    )
    assert elsewhere.verdict_hash == settings.verdict_hash
    for changed in (
        replace(settings, case=replace(settings.case, mode=CaseMode.SHADOW)),
        replace(settings, montage=replace(settings.montage, side=Side.LEFT)),
        replace(settings, trigger=replace(settings.trigger, refractory_ms=9.0)),
        replace(settings, monitor=replace(settings.monitor, kept_reports=1)),
    ):
        assert changed.verdict_hash != settings.verdict_hash
    assert len(settings.verdict_hash) == 64
