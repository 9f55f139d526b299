"""Everything the project raises on purpose.

::

    AmrMonitorError              one line: what, where, how to mend it
    +-- ConfigError              a setting that cannot be used
    +-- SourceError              samples cannot be had
    |   +-- SourceFormatError    a file or stream that is not what it claims
    |   |   +-- ChannelError     channels cannot be matched to the montage
    |   +-- SourceLost           a live source that went away
    +-- StorageError             the journal or a recording cannot be kept
    +-- ProtocolError            a message or line that is not what docs/protocol.md says
    +-- CommandRefused           a command that the case's state does not allow

Clinical conditions (artifact, gap, no M wave) are values and events, never
exceptions. The command line turns each of these into one line and exit
status 2.
"""


class AmrMonitorError(Exception):
    """Base of every error with a message meant for the user."""


class ConfigError(AmrMonitorError):
    """A setting is unknown, malformed or unsafe."""


class SourceError(AmrMonitorError):
    """Samples cannot be read from where they were asked for."""


class SourceFormatError(SourceError):
    """A file or stream is not in the form it claims."""


class ChannelError(SourceFormatError):
    """The channels of a source cannot be matched to the montage."""


class SourceLost(SourceError):
    """A live source stopped delivering and did not come back."""


class StorageError(AmrMonitorError):
    """The journal or a recording cannot be written or read."""


class ProtocolError(AmrMonitorError):
    """A message is malformed, too long, or of an unknown type."""


class CommandRefused(AmrMonitorError):
    """A command makes no sense in the present state of the case."""
