"""A sweep beside a verdict comes back as it was."""

from dataclasses import replace

import numpy as np
import pytest

from amr_monitor.codec import sweep_record, sweep_record_from_row, sweep_record_to_row
from amr_monitor.model.errors import ProtocolError
from tests.sweep_reports import MUSCLES, a_report


def test_a_sweep_survives_its_row() -> None:
    record = sweep_record(a_report(sample_index=4321, sweep_number=7))
    read = sweep_record_from_row(*sweep_record_to_row(record))
    assert read.header == record.header
    assert read.header.muscles == MUSCLES
    assert read.header.measurement[0].mains_uv is None
    assert np.array_equal(read.raw_uv, record.raw_uv)
    assert np.array_equal(read.cleaned_uv, record.cleaned_uv)


def test_a_sweep_without_raw_samples_is_kept_as_it_was_shown() -> None:
    record = sweep_record(replace(a_report(sample_index=1), raw_uv=None))
    read = sweep_record_from_row(*sweep_record_to_row(record))
    assert read.raw_uv.shape == (2, 0)
    assert read.cleaned_uv.shape == (2, 50)


def test_samples_that_do_not_belong_to_the_header_are_refused() -> None:
    header, samples = sweep_record_to_row(sweep_record(a_report(sample_index=1)))
    with pytest.raises(ProtocolError, match="bytes of samples"):
        sweep_record_from_row(header, samples[:-4])
    with pytest.raises(ProtocolError):
        sweep_record_from_row("{}", samples)
