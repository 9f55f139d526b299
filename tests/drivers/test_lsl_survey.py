"""Streams in reach, and what the montage makes of each."""

import pytest

from amr_monitor.drivers.lsl_layout import StreamDescription
from amr_monitor.drivers.lsl_settings import LslSettings
from amr_monitor.drivers.lsl_survey import SurveyedStream, survey
from amr_monitor.drivers.montage import MontageSettings
from tests.drivers.lsl_fakes import WITH_COUNTER, FakeNetwork, described


def surveyed(*streams: StreamDescription) -> list[SurveyedStream]:
    network = FakeNetwork(*((stream, []) for stream in streams))
    return survey(network, MontageSettings(), LslSettings(), timeout_s=1.0)


@pytest.mark.parametrize(
    ("stream", "told", "is_usable"),
    [
        (described(), "mentalis: 'L Mentalis' in uV, trigger: 'TRIG' in V", 1),
        (described(channels=WITH_COUNTER), "sample counter: 'COUNTER'", 1),
        (described(channels=(("L OOc", "uV"),)), "no trigger channel", 1),
        (described(channels=(("L OOc", "mmHg"),)), "'mmHg'", 0),
        (described(kind="EEG"), '[lsl] stream_type = "EEG"', 0),
        (described(kind="Markers", rate_hz=0.0), "stimuli, marks and notes", 0),
        (described(name="amr-monitor", kind="Markers", rate_hz=0.0), "of this program", 0),
        (described(kind="Gaze", rate_hz=0.0), "not used", 0),
    ],
)
def test_each_is_told_with_what_it_is_good_for(
    stream: StreamDescription, told: str, is_usable: int
) -> None:
    (found,) = surveyed(stream)
    assert told in found.use
    assert found.is_usable == bool(is_usable)
    assert "\n" not in found.use


def test_none_is_an_empty_list() -> None:
    assert surveyed() == []
