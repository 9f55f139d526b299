"""What is kept of every sweep comes back from its page as it was put there."""

import zlib
from dataclasses import replace

import numpy as np
import pytest

from amr_monitor.codec import (
    KeptSweep,
    form_of,
    kept_sweep,
    packed_page,
    page_form,
    page_samples,
    page_trend,
    shortened,
    sweep_header,
    trend_of,
    unpacked_page,
)
from amr_monitor.codec.pages import LARGEST_UV
from amr_monitor.model.case import AmrState, Reason
from amr_monitor.model.errors import ProtocolError
from tests.sweep_reports import MUSCLES, a_report


def sweeps(n_sweeps: int) -> list[KeptSweep]:
    return [
        kept_sweep(a_report(sample_index=100 * n, sweep_number=n), seq=n)
        for n in range(1, n_sweeps + 1)
    ]


def test_sweeps_come_back_with_figures_and_samples() -> None:
    given = sweeps(3)
    found = unpacked_page(packed_page(given))
    assert [each.header for each in found] == [each.header for each in given]
    assert all(
        np.array_equal(a.samples_uv, b.samples_uv) for a, b in zip(found, given, strict=True)
    )


def test_samples_hold_three_digits_and_what_is_no_number() -> None:
    rng = np.random.default_rng(7)
    samples = rng.normal(0.0, 40.0, (2, 50)).astype(np.float32)
    samples[0, 3], samples[1, 4] = np.nan, 90_000.0
    (found,) = unpacked_page(packed_page([replace(sweeps(1)[0], samples_uv=samples)]))
    finite = np.isfinite(samples) & (np.abs(samples) < LARGEST_UV)
    assert np.allclose(found.samples_uv[finite], samples[finite], rtol=6e-4, atol=1e-4)
    assert np.isnan(found.samples_uv[0, 3])
    assert found.samples_uv[1, 4] == LARGEST_UV


def test_columns_that_lie_too_close_are_averaged() -> None:
    report = a_report(sample_index=100)
    fine = np.tile(np.arange(100, dtype=np.float32), (2, 1))
    kept = kept_sweep(replace(report, cleaned_uv=fine, start_ms=-20.0, step_ms=0.1), seq=1)
    assert kept.header.n_columns == 50
    assert kept.header.step_ms == pytest.approx(0.2)
    assert kept.header.start_ms == pytest.approx(-19.95)
    assert np.array_equal(kept.samples_uv[0], np.arange(50) * 2 + 0.5)


def test_the_trend_of_a_page_is_told_without_its_samples() -> None:
    given = sweeps(4)
    trend = page_trend(packed_page(given).trend)
    assert trend == trend_of([each.header for each in given])
    assert trend.sample_index == (100, 200, 300, 400)
    assert trend.muscles[0].reasons == ((Reason.NOISY,),) * 4
    assert trend.muscles[0].state == (AmrState.PRESENT,) * 4
    assert trend.muscles[0].amplitude_uv == (None,) * 4


def test_samples_are_read_without_the_headers() -> None:
    page = packed_page(sweeps(4))
    samples = page_samples(page_form(page.form), 4, page.samples)
    assert samples.shape == (4, len(MUSCLES), 50)
    assert samples.dtype == np.float16


def test_a_page_holds_sweeps_of_one_form() -> None:
    one, other = sweeps(2)
    other = replace(other, header=replace(other.header, start_ms=-10.0))
    assert form_of(one) != form_of(other)
    for several in ([one, other], []):
        with pytest.raises(ValueError, match="one form"):
            packed_page(several)


@pytest.mark.parametrize(
    "damaged",
    [
        {"samples": b"x"},
        {"samples": zlib.compress(b"xx")},
        {"headers": zlib.compress(b"{}")},
        {"headers": zlib.compress(b"[1]")},
        {"headers": b""},
        {"form": "[]"},
    ],
)
def test_what_is_no_page_is_refused(damaged: dict[str, object]) -> None:
    page = packed_page(sweeps(2))
    with pytest.raises(ProtocolError):
        unpacked_page(replace(page, **damaged))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("was", "instead"),
    [
        ('"time_s":[0.1,0.2]', '"time_s":[0.1]'),
        ('"time_s":[0.1,0.2]', '"time_s":["a","b"]'),
        ('"time_s":[0.1,0.2]', '"time_s":null'),
        ('"state":["present","present"]', '"state":["gone","present"]'),
        ('"state":["present","present"]', '"state":[1,2]'),
        ('"reasons":[["noisy"],["noisy"]]', '"reasons":[["noisy"],"noisy"]'),
        ('"reasons":[["noisy"],["noisy"]]', '"reasons":[["noisy"],["loud"]]'),
        ('"accepted":[false,false]', '"accepted":[false]'),
        ('"muscle":"mentalis"', '"muscle":"biceps"'),
        ('"muscles":[', '"muscles":[1,'),
        ('"muscles":[', '"others":['),
    ],
)
def test_a_trend_that_is_none_is_refused(was: str, instead: str) -> None:
    text = packed_page(sweeps(2)).trend
    assert was in text
    with pytest.raises(ProtocolError, match="page"):
        page_trend(text.replace(was, instead))


def test_a_figure_is_told_to_five_digits_or_not_at_all() -> None:
    assert shortened(1.23456789) == 1.2346
    assert shortened(float("nan")) is None
    assert shortened(None) is None


def test_a_kept_sweep_has_the_figures_of_the_display_sweep() -> None:
    report = a_report(sample_index=100)
    assert kept_sweep(report, seq=4).header == sweep_header(report, seq=4)
