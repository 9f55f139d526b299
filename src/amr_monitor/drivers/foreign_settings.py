"""How recordings of other programs are read through neo."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class ForeignSettings:
    """What cannot be told from such a recording itself.

    Attributes
    ----------
    reader : str
        Name of neo's reader, such as "Spike2"; "" goes by the ending of the file's name.
    trigger_channel : str
        Label of the signal that carries the stimulus trigger; "" goes by [montage] trigger.
    event_channel : str
        Name of a channel of digital events, each of which is a stimulus.
    stimulus_events : tuple of str
        Events that are stimuli, by their label, or by channel and label
        ("Stimulus/S  1"). They are placed by the artifact near them.
    """

    reader: str = ""
    trigger_channel: str = ""
    event_channel: str = ""
    stimulus_events: tuple[str, ...] = ()
