"""Which channel is which muscle, by its label."""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from amr_monitor.formats.calibration import microvolts_per_unit
from amr_monitor.model.case import Muscle, Side
from amr_monitor.model.errors import ChannelError, ConfigError

_SIDES = {"l": Side.LEFT, "left": Side.LEFT, "r": Side.RIGHT, "right": Side.RIGHT}
_PREFIX = "emg"
HEADER_CHARACTERS = 16
"""EDF and BDF cut labels here."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MontageSettings:
    """How channels are named. Case, dots, dashes and underscores do not matter.

    An `EMG` prefix and a side (`L`, `R`, `left`, `right`) may stand around a
    label without being named here; a label named with its side takes no other.

    Attributes
    ----------
    orbicularis_oculi, frontalis, mentalis : tuple of str
        Labels of each muscle.
    trigger : tuple of str
        Labels of the stimulus trigger.
    side : Side or None
        The side that is monitored. With a side chosen, a channel of the other
        one never matches; without, both sides recorded is an error.
    stream : str
        In a recording of several streams (XDF), name, source_id or number of
        the one with the EMG; "" takes the one that holds it.
    """

    orbicularis_oculi: tuple[str, ...] = ("orbicularis oculi", "o. oculi", "oculi", "OOc")
    frontalis: tuple[str, ...] = ("frontalis",)
    mentalis: tuple[str, ...] = ("mentalis", "ment")
    trigger: tuple[str, ...] = ("TRIG", "TTL", "STIM")
    side: Side | None = None
    stream: str = ""

    def __post_init__(self) -> None:
        taken: dict[str, str] = {}
        for what, labels in (*self._by_muscle(), ("trigger", self.trigger)):
            for label in labels:
                core = _core(label)[0]
                if not core:
                    raise ConfigError(f"montage: {what}: {label!r} names no channel")
                if taken.setdefault(core, what) != what:
                    raise ConfigError(f"montage: {label!r} stands for {taken[core]} and {what}")

    def labels(self, muscle: Muscle) -> tuple[str, ...]:
        """Return the labels of a muscle."""
        return dict(self._by_muscle())[muscle]

    def _by_muscle(self) -> Iterable[tuple[Muscle, tuple[str, ...]]]:
        return (
            (Muscle.ORBICULARIS_OCULI, self.orbicularis_oculi),
            (Muscle.FRONTALIS, self.frontalis),
            (Muscle.MENTALIS, self.mentalis),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundChannel:
    """A channel of a source as its header or metadata describes it.

    Attributes
    ----------
    label : str
    dimension : str
        Physical unit; "" where none is told.
    """

    label: str
    dimension: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class EmgMatch:
    """A channel that was found to be a muscle.

    Attributes
    ----------
    index : int
        Among the channels that were searched.
    muscle : Muscle
    side : Side or None
    microvolts_per_unit : float
    """

    index: int
    muscle: Muscle
    side: Side | None
    microvolts_per_unit: float


@dataclass(frozen=True, slots=True, kw_only=True)
class MatchedChannels:
    """What the montage makes of the channels of a source.

    Attributes
    ----------
    emg : tuple of EmgMatch
        In the order of `Muscle`, so that it does not depend on the file's.
    triggers : tuple of int
        Indices of trigger channels, the label named first in the settings
        first: where one never rises, the next may.
    side : Side or None
        Chosen, or told by the labels where they agree.
    """

    emg: tuple[EmgMatch, ...]
    triggers: tuple[int, ...]
    side: Side | None


def match_channels(
    channels: Sequence[FoundChannel], settings: MontageSettings, *, name: str
) -> MatchedChannels:
    """Find the muscles and the trigger among the channels.

    Parameters
    ----------
    channels : sequence of FoundChannel
    settings : MontageSettings
    name : str
        Of the source, for messages.

    Raises
    ------
    ChannelError
        No muscle is among them, two channels match one muscle, or a channel
        that is needed has no usable unit. A wrong channel would be a wrong
        answer in the operating room, so nothing is guessed.
    """
    cores = [_core(_uncut(channel.label, settings)) for channel in channels]
    emg = []
    for muscle in Muscle:
        matching = _matching(cores, settings.labels(muscle), settings.side)
        if len(matching) > 1:
            raise _ambiguous(muscle, [channels[i].label for i in matching], cores, matching, name)
        for i in matching:
            emg.append(
                EmgMatch(
                    index=i,
                    muscle=muscle,
                    side=cores[i][1] or settings.side,
                    microvolts_per_unit=_microvolts(channels[i], name),
                )
            )
    if not emg:
        found = ", ".join(repr(channel.label) for channel in channels[:40]) or "none"
        side = f" on the {settings.side} side" if settings.side else ""
        raise ChannelError(
            f"{name}: no EMG channel of a facial muscle{side} among its channels ({found}); "
            "name the labels in [montage] of the config"
        )
    sides = {match.side for match in emg if match.side is not None}
    if len(sides) > 1:
        told = " and ".join(repr(channels[match.index].label) for match in emg)
        raise ChannelError(f"{name}: {told} are on different sides; choose --side left|right")
    return MatchedChannels(
        emg=tuple(emg),
        triggers=_triggers(channels, cores, settings, name),
        side=settings.side or (sides.pop() if sides else None),
    )


def _matching(
    cores: Sequence[tuple[str, Side | None]], labels: Iterable[str], side: Side | None
) -> list[int]:
    wanted = {_core(label) for label in labels}
    return [
        i
        for i, (core, own_side) in enumerate(cores)
        if ((core, None) in wanted or (core, own_side) in wanted)
        and not (side and own_side and side is not own_side)
    ]


def _triggers(
    channels: Sequence[FoundChannel],
    cores: Sequence[tuple[str, Side | None]],
    settings: MontageSettings,
    name: str,
) -> tuple[int, ...]:
    triggers: list[int] = []
    for label in settings.trigger:
        matching = [i for i in _matching(cores, [label], None) if i not in triggers]
        if len(matching) > 1:
            told = " and ".join(repr(channels[i].label) for i in matching)
            raise ChannelError(
                f"{name}: {told} both match the trigger; name one in [montage] of the config"
            )
        triggers += matching
    return tuple(triggers)


def _ambiguous(
    muscle: Muscle,
    labels: Sequence[str],
    cores: Sequence[tuple[str, Side | None]],
    matching: Sequence[int],
    name: str,
) -> ChannelError:
    told = " and ".join(repr(label) for label in labels)
    sides = {cores[i][1] for i in matching}
    remedy = "choose --side left|right"
    if len(sides) < len(matching):
        remedy = "name the right one in [montage] of the config"
        if len(sides) > 1:
            remedy = f"choose --side left|right, or {remedy}"
    return ChannelError(f"{name}: {told} both match {muscle.replace('_', ' ')}; {remedy}")


def _microvolts(channel: FoundChannel, name: str) -> float:
    factor = microvolts_per_unit(channel.dimension)
    if factor is None:
        told = f"the unit {channel.dimension!r}" if channel.dimension.strip() else "no unit"
        raise ChannelError(
            f"{name}: EMG channel {channel.label!r} has {told}; uV, mV, V or nV is needed "
            "in its physical dimension"
        )
    return factor


def _uncut(label: str, settings: MontageSettings) -> str:
    """Return a label that a header of 16 characters cut short, as it was meant.

    Only where it reaches two letters into the last word of a label of the
    settings: `orbicularis ocul` is one, `R. orbicularis o` could be oris.
    """
    if len(label.strip()) < HEADER_CHARACTERS:
        return label
    cut = " ".join(_words(label))
    for labels in (settings.orbicularis_oculi, settings.frontalis, settings.mentalis):
        for whole in sorted(_written(labels), key=len):
            base = whole.removesuffix(" left").removesuffix(" right")
            if whole.startswith(cut) and len(cut) > base.rfind(" ") + 2:
                return whole
    return label


def _written(labels: Iterable[str]) -> list[str]:
    """Return every way to write a label, with and without prefix and side."""
    sides = ("", *_SIDES)
    return [
        " ".join(part for part in (prefix, before, " ".join(_words(label)), after) if part)
        for label in labels
        for prefix in ("", _PREFIX)
        for before in sides
        for after in sides
        if not (before and after)
    ]


def _words(label: str) -> list[str]:
    plain = unicodedata.normalize("NFKC", label).casefold()
    return [word for word in re.split(r"[\W_]+", plain) if word]


def _core(label: str) -> tuple[str, Side | None]:
    """Return a label without prefix and side, and the side.

    `EMG L. Orb.Oculi` becomes `orb oculi`, left.
    """
    words = _words(label)
    side = None
    for _ in range(2):  # prefix and side, in either order
        for at in (0, -1):
            if len(words) > 1 and words[at] == _PREFIX:
                words.pop(at)
            elif len(words) > 1 and side is None and words[at] in _SIDES:
                side = _SIDES[words.pop(at)]
    return " ".join(words), side
