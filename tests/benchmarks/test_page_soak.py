"""What the soak of the live page makes of its looks."""

import tomllib
from dataclasses import replace

import pytest

from benchmarks.page_soak import (
    NODES_A_LINE,
    TABS,
    Frames,
    Look,
    grown,
    growth,
    judged,
    scenario,
    slow_share,
    tab_at,
)

LOOK = Look(
    wall_s=10.0,
    tab="trends",
    heap_mib=8.0,
    nodes=1400,
    listeners=150,
    documents=1,
    lines=20,
    slow_share=0.0,
    daemon_mib=160.0,
)
FLUID = Frames(tab="trends", n=700, median_ms=17.0, most_ms=60.0, slow_share=0.01)


def fails(looks: list[Look], frames: Frames = FLUID) -> list[str]:
    return [claim.what for claim in judged(looks, [frames]) if not claim.holds]


def test_growth_compares_the_last_quarter_with_the_second() -> None:
    values = [9.0, 9.0, 2.0, 2.0, 5.0, 5.0, 3.0, 3.0]
    assert growth(values) == pytest.approx(1.5)
    assert grown(values) == pytest.approx(1.0)


def test_growth_of_too_few_looks_is_refused() -> None:
    with pytest.raises(ValueError, match="too few looks"):
        growth([1.0, 2.0, 3.0])


def test_frames_above_the_bound_are_counted() -> None:
    assert slow_share([17.0, 17.0, 50.0, 51.0]) == pytest.approx(0.25)
    assert slow_share([]) == 0.0


def test_a_page_that_stays_as_it_is_holds() -> None:
    assert fails([LOOK] * 24) == []


@pytest.mark.parametrize(
    ("steps", "what"),
    [
        ({"heap_mib": 1.0}, "JS heap, MiB more in the last quarter than in the second"),
        ({"nodes": 100}, "nodes outside the list of events, last quarter over second"),
        ({"listeners": 10}, "listeners, last quarter over second"),
        ({"documents": 1}, "documents, last quarter over second"),
        ({"daemon_mib": 5.0}, "daemon, MiB more in the last quarter than in the second"),
    ],
)
def test_what_grows_does_not_hold(steps: dict[str, float], what: str) -> None:
    looks = [
        replace(LOOK, **{name: getattr(LOOK, name) + i * step for name, step in steps.items()})
        for i in range(24)
    ]
    assert fails(looks) == [what]


def test_lines_of_events_are_not_taken_for_a_leak() -> None:
    looks = [
        replace(LOOK, lines=10 * i, nodes=LOOK.nodes + NODES_A_LINE * 10 * i) for i in range(24)
    ]
    assert fails(looks) == []


def test_dropped_frames_do_not_hold() -> None:
    (what,) = fails([LOOK] * 24, replace(FLUID, slow_share=0.06))
    assert what.startswith("3 stimuli a second, trends")


def test_the_raster_is_shown_between_stretches_of_trends() -> None:
    assert [tab_at(share) for share in (0.0, 0.49, 0.5, 0.74, 0.75, 0.99)] == [
        "trends",
        "trends",
        "raster",
        "raster",
        "trends",
        "trends",
    ]
    assert TABS[0] == "trends"


def test_the_phases_of_the_surgery_take_the_minutes_that_are_wanted() -> None:
    course = tomllib.loads(scenario(246.0))
    assert sum(phase["minutes"] for phase in course["phase"].values()) == pytest.approx(246.0)
    (cautery,) = course["fault"]
    assert cautery["times"] * cautery["every_s"] < 246 * 60
