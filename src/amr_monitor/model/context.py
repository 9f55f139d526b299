"""Values from the room that can be told to the monitor: the one table of their names."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class ContextKind(StrEnum):
    """What a value from the room speaks of."""

    DEPTH = "depth"
    ANAESTHETIC = "anaesthetic"
    ANALGESIC = "analgesic"
    RELAXATION = "relaxation"
    BODY = "body"
    STIMULATION = "stimulation"


@dataclass(frozen=True, slots=True, kw_only=True)
class ContextQuantity:
    """One value that can be told.

    Attributes
    ----------
    name : str
        As it stands in events.
    kind : ContextKind
    unit : str
        In which it is kept; "" for none.
    lowest, highest : float
        What is outside is refused: it is a slip of the hand.
    meaning : str
        For documents and messages.
    aliases : tuple of str
        Other names; case, spaces, dashes and underscores do not matter.
    units : mapping of str to (float, float)
        Other units, in small letters: factor and offset to `unit`.
    deeper_by : float or None
        A change of so much since the baseline is deeper anaesthesia; negative
        where lower is deeper. [ours]
    step : float
        Of a device that tells it all the time, a change of less is not told. [ours]
    whole : bool
        Only whole numbers.
    in_words : bool
        A text, without bounds.
    """

    name: str
    kind: ContextKind
    unit: str = ""
    lowest: float = 0.0
    highest: float = 0.0
    meaning: str
    aliases: tuple[str, ...] = ()
    units: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    deeper_by: float | None = None
    step: float = 1.0
    whole: bool = False
    in_words: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ContextValue:
    """A value from the room as it stands.

    Attributes
    ----------
    name : str
        One of `CONTEXT`.
    value : str
        As it stands in the event, in `unit`.
    number : float or None
        None of a text.
    unit : str
    time_s : float
        When it was told.
    by : str
    """

    name: str
    value: str
    number: float | None
    unit: str
    time_s: float
    by: str

    @property
    def words(self) -> str:
        """Return "MAC 0.9", "TOF_ratio 92 %"."""
        return " ".join(part for part in (self.name, self.value, self.unit) if part)


@dataclass(frozen=True, slots=True, kw_only=True)
class BaselineConditions:
    """What is shown of the room and of the M wave where a baseline is to be accepted.

    Attributes
    ----------
    tof_known : bool
    tof : str
        What is known of the train of four, in words.
    n_bursts : int
        Runs of stimuli with a pause between them.
    burst_interval_s : float or None
        From the beginning of the first to that of the last; None of one.
    m_wave_change_percent : float or None
        From the first to the last.
    steady : bool
        Two bursts far enough apart have the same M wave.
    """

    tof_known: bool
    tof: str
    n_bursts: int
    burst_interval_s: float | None
    m_wave_change_percent: float | None
    steady: bool


_MASS_PER_VOLUME = {"mcg/ml": (1.0, 0.0), "mg/l": (1.0, 0.0), "ng/ml": (0.001, 0.0)}

CONTEXT: tuple[ContextQuantity, ...] = (
    ContextQuantity(
        name="BIS",
        kind=ContextKind.DEPTH,
        highest=100.0,
        deeper_by=-10.0,
        step=5.0,
        meaning="bispectral index",
    ),
    ContextQuantity(
        name="PSI",
        kind=ContextKind.DEPTH,
        highest=100.0,
        deeper_by=-10.0,
        step=5.0,
        meaning="patient state index",
    ),
    ContextQuantity(
        name="MAC",
        kind=ContextKind.ANAESTHETIC,
        highest=5.0,
        deeper_by=0.2,
        units={"mac": (1.0, 0.0)},
        step=0.1,
        meaning="volatile anaesthetic, in multiples of its minimum alveolar concentration",
    ),
    ContextQuantity(
        name="sevoflurane",
        kind=ContextKind.ANAESTHETIC,
        unit="%",
        highest=10.0,
        deeper_by=0.4,
        aliases=("sevo", "et sevo", "exp sevo"),
        units={"vol%": (1.0, 0.0), "vol %": (1.0, 0.0)},
        step=0.2,
        meaning="end-tidal sevoflurane",
    ),
    ContextQuantity(
        name="desflurane",
        kind=ContextKind.ANAESTHETIC,
        unit="%",
        highest=20.0,
        deeper_by=1.2,
        aliases=("des", "et des", "exp des"),
        units={"vol%": (1.0, 0.0), "vol %": (1.0, 0.0)},
        step=0.5,
        meaning="end-tidal desflurane",
    ),
    ContextQuantity(
        name="isoflurane",
        kind=ContextKind.ANAESTHETIC,
        unit="%",
        highest=6.0,
        deeper_by=0.25,
        aliases=("iso", "et iso", "exp iso"),
        units={"vol%": (1.0, 0.0), "vol %": (1.0, 0.0)},
        step=0.1,
        meaning="end-tidal isoflurane",
    ),
    ContextQuantity(
        name="propofol",
        kind=ContextKind.ANAESTHETIC,
        unit="ug/mL",
        highest=15.0,
        deeper_by=0.5,
        aliases=("propofol ce", "ppf"),
        units=_MASS_PER_VOLUME,
        step=0.2,
        meaning="propofol, concentration at the site of effect",
    ),
    ContextQuantity(
        name="propofol_rate",
        kind=ContextKind.ANAESTHETIC,
        unit="mg/kg/h",
        highest=30.0,
        deeper_by=1.0,
        units={"ug/kg/min": (0.06, 0.0), "mcg/kg/min": (0.06, 0.0)},
        step=0.5,
        meaning="propofol, rate of infusion",
    ),
    ContextQuantity(
        name="remifentanil",
        kind=ContextKind.ANALGESIC,
        unit="ng/mL",
        highest=20.0,
        aliases=("remi", "rftn"),
        units={"ug/l": (1.0, 0.0), "mcg/l": (1.0, 0.0)},
        step=0.5,
        meaning="remifentanil, concentration at the site of effect",
    ),
    ContextQuantity(
        name="anaesthesia",
        kind=ContextKind.ANAESTHETIC,
        aliases=("anesthesia",),
        in_words=True,
        meaning="what the anaesthetist says, in words",
    ),
    ContextQuantity(
        name="TOF_count",
        kind=ContextKind.RELAXATION,
        highest=4.0,
        aliases=("train of four count", "tof cnt"),
        whole=True,
        units={"/4": (1.0, 0.0), "count": (1.0, 0.0)},
        meaning="train of four, number of responses",
    ),
    ContextQuantity(
        name="TOF_ratio",
        kind=ContextKind.RELAXATION,
        unit="%",
        highest=150.0,
        aliases=("train of four ratio", "tofr"),
        units={"ratio": (100.0, 0.0)},
        step=5.0,
        meaning="train of four, fourth response over the first",
    ),
    ContextQuantity(
        name="relaxant",
        kind=ContextKind.RELAXATION,
        unit="mg",
        highest=500.0,
        aliases=("muscle relaxant", "rocuronium", "vecuronium", "cisatracurium"),
        meaning="dose of muscle relaxant given now; 0: none acts any more",
    ),
    ContextQuantity(
        name="temperature",
        kind=ContextKind.BODY,
        unit="degC",
        lowest=25.0,
        highest=43.0,
        aliases=("temp", "bt", "body temperature", "core temperature"),
        units={
            "c": (1.0, 0.0),
            "\u00b0c": (1.0, 0.0),
            "celsius": (1.0, 0.0),
            "f": (5.0 / 9.0, -160.0 / 9.0),
            "\u00b0f": (5.0 / 9.0, -160.0 / 9.0),
        },
        step=0.2,
        meaning="of the body",
    ),
    ContextQuantity(
        name="current",
        kind=ContextKind.STIMULATION,
        unit="mA",
        highest=100.0,
        aliases=("stimulus current", "stimulation current"),
        units={"ua": (0.001, 0.0)},
        step=0.1,
        meaning="of the stimulator from now on, where no stimulus carries its own",
    ),
)
"""Whoever tells a value tells one of these: by page, REST, marker, annotation or `.vital`."""
