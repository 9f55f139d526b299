"""Values from the room out of a stream of type `Context`: labels are names, with their units."""

from amr_monitor.drivers.context_values import ValueTeller, unit_fits
from amr_monitor.drivers.lsl_layout import TEXT_FORMAT, StreamDescription
from amr_monitor.drivers.lsl_network import Pulled, text_of
from amr_monitor.model.errors import CommandRefused
from amr_monitor.monitor.annotations import annotation_text
from amr_monitor.monitor.commands import SetContext
from amr_monitor.monitor.context import quantity_of, read_context

CONTEXT_TYPE = "Context"
BY = "lsl"
"""Stands as the user of what a stream tells."""


class ContextStream:
    """Turn the samples of a `Context` stream into texts of the recording.

    A channel of numbers is told when it changes by a step, or now and then
    (see `ValueTeller`); a channel of texts each time that it says something
    else. Not a number is no value.

    Parameters
    ----------
    at_least_every_s, at_most_every_s : float
        Between two tellings of one value.
    """

    def __init__(self, *, at_least_every_s: float = 300.0, at_most_every_s: float = 60.0) -> None:
        self._at_least_every_s = at_least_every_s
        self._at_most_every_s = at_most_every_s
        self._tellers: dict[int, ValueTeller] = {}
        self._labels: dict[int, str] = {}
        self._said: dict[int, str] = {}
        self._warnings: list[str] = []
        self._description: StreamDescription | None = None

    def connect(self, description: StreamDescription) -> None:
        """Go on with this stream; channels that tell nothing of ours are named.

        The same one again, after a break, goes on where it was.
        """
        if self._description is not None and description.channels == self._description.channels:
            return
        self._description = description
        self._tellers, self._labels = {}, {}
        unknown = []
        self._said = {}
        for number, channel in enumerate(description.channels):
            quantity = quantity_of(channel.label)
            if quantity is None or not unit_fits(quantity, channel.dimension):
                unknown.append(f"{channel.label} {channel.dimension}".strip())
            elif description.channel_format == TEXT_FORMAT:
                self._labels[number] = quantity.name
            elif not quantity.in_words:
                self._tellers[number] = ValueTeller(
                    quantity,
                    unit=channel.dimension,
                    by=BY,
                    at_least_every_s=self._at_least_every_s,
                    at_most_every_s=self._at_most_every_s,
                )
        if unknown or not description.channels:
            shown = ", ".join(repr(label) for label in unknown[:8]) or "it has no labels"
            self._warnings.append(
                f"{description.words}: channels without a known name or unit: {shown}"
            )

    def push(self, pulled: Pulled) -> list[str]:
        """Take samples; return annotations, in their order."""
        texts = []
        for stamp_s, row in zip(pulled.stamps_s.tolist(), pulled.values, strict=True):
            for number, teller in self._tellers.items():
                command = teller.push(stamp_s, float(row[number]))
                if command is not None:
                    texts.append(annotation_text(command))
            for number, name in self._labels.items():
                text = self._text(number, name, text_of(row[number]))
                if text is not None:
                    texts.append(text)
        return texts

    def take_warnings(self) -> list[str]:
        """Return what a person should know, since the last call."""
        told, self._warnings = self._warnings, []
        refused = [t.quantity.name for t in self._tellers.values() if t.n_refused]
        if refused:
            told.append(f"context stream: values that cannot be are left out: {', '.join(refused)}")
            for teller in self._tellers.values():
                teller.n_refused = 0
        return told

    def _text(self, number: int, name: str, said: str) -> str | None:
        if not said or self._said.get(number) == said:
            return None
        self._said[number] = said
        try:
            reading = read_context(name, said)
        except CommandRefused as refusal:
            self._warnings.append(str(refusal))
            return None
        return annotation_text(
            SetContext(
                sample_index=0, by=BY, name=reading.name, value=reading.value, unit=reading.unit
            )
        )
