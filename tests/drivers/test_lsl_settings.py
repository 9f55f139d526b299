"""What can be set of the streams."""

import pytest

from amr_monitor.drivers.lsl_settings import EVENTS_STREAM, LslSettings
from amr_monitor.model.errors import ConfigError


def test_the_stream_of_its_own_events_is_no_marker_stream() -> None:
    with pytest.raises(ConfigError, match="own events"):
        LslSettings(markers=EVENTS_STREAM)


def test_a_type_must_be_given() -> None:
    with pytest.raises(ConfigError, match="stream_type"):
        LslSettings(stream_type="")
