"""Current against response and M wave: threshold, plateau, proposed reference current."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from amr_monitor.model.case import AmrState, Branch, Muscle
from amr_monitor.model.finding import SweepReport
from amr_monitor.monitor.ramp import MOST_SWEEPS, Ramp, RampFigures, RampLog, RampSweep, ramp_of
from tests.sweep_reports import a_report

LEAD, DIRECT = Muscle.ORBICULARIS_OCULI, Muscle.MENTALIS
NOISE_RMS_UV = 4.0


def a_ramp(
    amplitudes: Mapping[Any, tuple[float, float]],
    *,
    n_sweeps: int = 8,
    seed: int = 1,
    scatter: float = 0.0,
) -> list[RampSweep]:
    """Return sweeps at each current, with the amplitudes of response and M wave in microvolts."""
    random = np.random.default_rng(seed)
    sweeps = []
    for current_ma, (response_uv, m_wave_uv) in amplitudes.items():
        for _ in range(n_sweeps):
            noise = 5.3 * NOISE_RMS_UV * random.normal(1.0, 0.1)
            told = current_ma and current_ma * (1.0 + scatter * random.normal())
            sweeps.append(
                RampSweep(
                    current_ma=told,
                    muscles={
                        LEAD: figures(float(noise + response_uv * random.normal(1.0, 0.15))),
                        DIRECT: figures(40.0, m_wave_uv * random.normal(1.0, 0.02)),
                    },
                )
            )
    return sweeps


def figures(
    peak_to_peak_uv: float, m_wave_uv: float = 30.0, *, accepted: bool = True
) -> RampFigures:
    return RampFigures(
        accepted=accepted,
        peak_to_peak_uv=peak_to_peak_uv,
        noise_rms_uv=NOISE_RMS_UV,
        m_wave_uv=m_wave_uv,
    )


def read(sweeps: list[RampSweep]) -> Ramp:
    return ramp_of(sweeps, lead=LEAD, branch=Branch.MARGINAL_MANDIBULAR)


WHOLE: dict[float | None, tuple[float, float]] = {
    2.0: (0.0, 300.0),
    4.0: (0.0, 1200.0),
    6.0: (60.0, 1900.0),
    8.0: (100.0, 2000.0),
    10.0: (102.0, 2010.0),
    12.0: (101.0, 2005.0),
}


def test_a_whole_ramp_tells_threshold_plateaus_and_a_current() -> None:
    ramp = read(a_ramp(WHOLE))
    assert (ramp.lead, ramp.direct) == (LEAD, DIRECT)
    assert [step.current_ma for step in ramp.steps] == [2.0, 4.0, 6.0, 8.0, 10.0, 12.0]
    assert ramp.threshold_ma == 6.0
    assert ramp.response_plateau_ma == 8.0
    assert ramp.m_wave_plateau_ma == 6.0
    assert ramp.proposed_ma == 10.0
    assert ramp.unknown == ()
    assert "proposed reference current 10 mA, 20 % above the plateau" in ramp.words


def test_the_order_in_which_the_currents_were_tried_does_not_matter() -> None:
    turned = dict(sorted(WHOLE.items(), key=lambda item: -(item[0] or 0.0)))
    assert read(a_ramp(turned)).threshold_ma == 6.0


def test_a_weak_response_is_found_and_noise_alone_is_none() -> None:
    weak = {2.0: (0.0, 900.0), 4.0: (0.0, 1000.0), 6.0: (22.0, 1000.0), 8.0: (24.0, 1000.0)}
    assert read(a_ramp(weak)).threshold_ma == 6.0
    silent = dict.fromkeys((2.0, 5.0, 8.0, 11.0), (0.0, 1000.0))
    for seed in range(20):
        ramp = read(a_ramp(silent, seed=seed))
        assert ramp.threshold_ma is None
        assert ramp.proposed_ma is None
        assert "no response at any current up to 11 mA" in ramp.unknown


def test_a_ramp_that_begins_above_the_threshold_says_so() -> None:
    ramp = read(a_ramp(dict.fromkeys((8.0, 10.0, 12.0), (80.0, 2000.0))))
    assert ramp.threshold_ma is None
    assert "the threshold lies below" in ramp.words[0]
    assert ramp.proposed_ma == 10.0


def test_while_the_response_grows_no_current_is_proposed() -> None:
    growing = {2.0: (0.0, 500.0), 4.0: (40.0, 900.0), 6.0: (80.0, 1400.0), 8.0: (140.0, 2000.0)}
    ramp = read(a_ramp(growing))
    assert ramp.threshold_ma == 4.0
    assert ramp.proposed_ma is None
    assert "the response still grows at 8 mA: its plateau is not known" in ramp.unknown
    assert "the M wave still grows at 8 mA: its plateau is not known" in ramp.unknown


def test_no_more_is_proposed_than_was_tried() -> None:
    ramp = read(a_ramp({ma: WHOLE[ma] for ma in (2.0, 4.0, 6.0, 8.0)} | {9.0: (100.0, 2000.0)}))
    assert ramp.response_plateau_ma == 8.0
    assert ramp.proposed_ma == 9.0
    assert "the highest that was tried; 20 % above the plateau would be 10 mA" in ramp.words[-1]


def test_one_silent_step_above_is_no_threshold_below_it() -> None:
    skipping = {2.0: (0.0, 900.0), 4.0: (60.0, 1000.0), 6.0: (0.0, 1000.0), 8.0: (60.0, 1000.0)}
    assert read(a_ramp(skipping)).threshold_ma == 8.0


@pytest.mark.parametrize(
    ("amplitudes", "n_sweeps", "told"),
    [
        ({None: (80.0, 2000.0)}, 30, "the current is not sent with the stimuli"),
        ({8.0: (80.0, 2000.0)}, 30, "1 of at least 3 currents"),
        (WHOLE, 3, "2 mA: 3 valid sweeps of 5"),
        ({None: (0.0, 0.0)} | WHOLE, 8, "8 of 56 sweeps came without their current"),
    ],
)
def test_what_cannot_be_known_is_told(
    amplitudes: Mapping[Any, tuple[float, float]], n_sweeps: int, told: str
) -> None:
    ramp = read(a_ramp(amplitudes, n_sweeps=n_sweeps))
    assert any(line.startswith(told) for line in ramp.unknown)


def test_without_sweeps_or_lead_nothing_is_known() -> None:
    assert read([]).unknown == ("no sweeps yet: stimulate once a second at a low current",)
    nobody = ramp_of(a_ramp(WHOLE), lead=None, branch=Branch.MARGINAL_MANDIBULAR)
    assert nobody.proposed_ma is None


def test_without_the_direct_muscle_the_response_alone_decides() -> None:
    sweeps = [replace(s, muscles={LEAD: s.muscles[LEAD]}) for s in a_ramp(WHOLE)]
    ramp = read(sweeps)
    assert ramp.direct is None
    assert ramp.m_wave_plateau_ma is None
    assert ramp.proposed_ma == 10.0
    assert "no channel of the stimulated branch: the M wave is not seen" in ramp.unknown


def test_rejected_sweeps_do_not_count() -> None:
    rejected = [
        replace(s, muscles={**s.muscles, LEAD: figures(5000.0, accepted=False)})
        for s in a_ramp({2.0: (0.0, 0.0)}, n_sweeps=30)
    ]
    ramp = read(rejected + a_ramp(WHOLE))
    assert ramp.steps[0].sweeps == 8
    assert ramp.threshold_ma == 6.0


def test_a_measured_current_that_scatters_is_one_step() -> None:
    currents = (2.0, 3.0, 4.5, 7.0, 10.0)
    ramp = read(a_ramp(dict.fromkeys(currents, (0.0, 1000.0)), n_sweeps=12, scatter=0.02))
    assert [step.current_ma for step in ramp.steps] == pytest.approx(currents, rel=0.03)


def with_lead(report: SweepReport, state: AmrState) -> SweepReport:
    statuses = tuple(replace(status, state=state) for status in report.statuses)
    return replace(report, statuses=statuses)


def test_the_log_keeps_the_sweeps_while_the_response_is_looked_for() -> None:
    log = RampLog()
    for n in range(4):
        log.push(with_lead(a_report(sample_index=1000 * n), AmrState.LEARNING))
    log.push(with_lead(a_report(sample_index=5000), AmrState.PRESENT))
    assert len(log.sweeps) == 4
    assert log.lead is LEAD
    log.push(with_lead(a_report(sample_index=9000), AmrState.LEARNING))
    assert len(log.sweeps) == 1, "a baseline that is learnt anew begins another ramp"
    log.push(with_lead(a_report(sample_index=9500), AmrState.NOT_ELICITED))
    assert len(log.sweeps) == 2, "where nothing was elicited the search goes on"
    log.clear()
    assert log.sweeps == ()


def test_the_log_is_bounded() -> None:
    log = RampLog()
    report = with_lead(a_report(sample_index=0), AmrState.LEARNING)
    for _ in range(MOST_SWEEPS + 5):
        log.push(report)
    assert len(log.sweeps) == MOST_SWEEPS
