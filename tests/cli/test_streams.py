"""`amr-monitor streams`."""

import json
from dataclasses import replace

import pytest

from amr_monitor.cli.program import main
from amr_monitor.cli.streams import lines_of
from amr_monitor.drivers.lsl_survey import SurveyedStream
from tests.drivers.lsl_fakes import described


def test_without_streams_it_says_what_to_see_to(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["streams", "--seconds", "0.3"]) == 0
    assert "no LSL stream is in reach" in capsys.readouterr().out
    assert main(["streams", "--seconds", "0.3", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == []


def test_a_stream_is_told_with_everything_that_finds_it() -> None:
    stream = SurveyedStream(
        description=described(origin="simulated"), use="mentalis: 'x' in uV", is_usable=True
    )
    text = "\n".join(lines_of(stream))
    for part in ("amp", "EMG", "2000 Hz", "3 channels", "theatre", "amp-1", "simulated"):
        assert part in text
    assert 'address = "lsl:amp"' in text
    useless = replace(stream, is_usable=False, description=described(rate_hz=0.0))
    assert "address" not in "\n".join(lines_of(useless))
    assert "no fixed rate" in lines_of(useless)[0]
