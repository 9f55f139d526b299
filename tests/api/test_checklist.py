"""The checklist: done and not done, each told in words."""

from dataclasses import replace

import pytest

from amr_monitor.api.checklist import Checklist, age_in_words, checklist_of
from amr_monitor.codec import SweepHeader, sweep_header
from amr_monitor.model.case import CaseInfo, Muscle, Reason, Side
from amr_monitor.model.context import ContextValue
from amr_monitor.model.finding import Quality
from amr_monitor.model.status import CaseStatus, RecordingState, RecordingStatus
from amr_monitor.model.stimulation import TriggerQuality
from tests.api.fakes import CASE_ID, SOURCE, a_report, a_status

RECORDING = RecordingStatus(state=RecordingState.RECORDING, waiting_s=0.0, disk_hours_left=41.3)


def headers(n_sweeps: int = 10, **changes: object) -> list[SweepHeader]:
    reports = [a_report(number) for number in range(1, n_sweeps + 1)]
    loud = [
        replace(
            report,
            findings=tuple(
                replace(f, measurement=replace(f.measurement, m_wave_uv=2100.0))
                for f in report.findings
            ),
        )
        for report in reports
    ]
    return [replace(sweep_header(report, seq=1), **changes) for report in loud]  # type: ignore[arg-type]


def told(name: str, value: str, time_s: float) -> ContextValue:
    return ContextValue(name=name, value=value, number=None, unit="", time_s=time_s, by="anna")


def checklist(
    status: CaseStatus | None = None,
    *,
    source: object = SOURCE,
    recording: RecordingStatus | None = RECORDING,
    sweeps: list[SweepHeader] | None = None,
) -> Checklist:
    return checklist_of(
        CASE_ID,
        status,
        source,  # type: ignore[arg-type]  # the tests change parts of it
        recording,
        headers() if sweeps is None else sweeps,
    )


def line(list_: Checklist, key: str) -> tuple[bool, str]:
    (item,) = [item for item in list_.items if item.key == key]
    return item.done, item.words


def test_a_set_up_that_is_whole_is_done_to_the_last_line() -> None:
    room = (told("MAC", "0.4", 100.0), told("TOF_ratio", "92", 60.0))
    whole = checklist(a_status(context=room))
    assert (whole.done, whole.total) == (len(whole.items), len(whole.items))
    assert line(whole, "pseudonym") == (True, "HFS-0042")
    assert line(whole, "side") == (True, "right: compare with the patient")
    assert line(whole, "branch")[1] == "marginal mandibular, M wave from mentalis"
    assert line(whole, "channel:orbicularis_oculi") == (
        True,
        "10 of the last 10 sweeps accepted, noise 4.0 uV",
    )
    assert line(whole, "current") == (True, "8 mA")
    assert line(whole, "m_wave") == (True, "2.10 mV in mentalis")
    assert line(whole, "tof") == (True, "TOF ratio 92, 1 min ago")
    assert line(whole, "anaesthesia") == (True, "MAC 0.4 (now)")
    assert line(whole, "recording") == (True, "recording, disk for 41 h")
    assert line(whole, "baseline") == (True, "accepted, 60 sweeps at 8 mA")


def test_before_a_case_and_without_a_source_it_says_what_to_do() -> None:
    nothing = checklist(None, source=None, recording=None, sweeps=[])
    assert nothing.done == 0
    assert line(nothing, "case") == (False, "open a case: pseudonym, side, branch")
    assert line(nothing, "montage")[1] == "no source: nothing is received"
    assert line(nothing, "recording") == (False, "off")


def test_what_is_missing_of_case_and_room_is_told() -> None:
    status = a_status(case=CaseInfo(), context=(told("TOF_count", "4", 0.0),), time_s=1000.0)
    status = replace(
        status, baseline=replace(status.baseline, accepted=False, valid_sweeps=34, acceptable=True)
    )
    missing = checklist(status)
    assert line(missing, "pseudonym")[0] is False
    assert line(missing, "side") == (False, "not told: the labels of the channels name none")
    assert line(missing, "tof") == (False, "TOF count 4, 16 min ago: old, enter it anew")
    assert line(missing, "anaesthesia")[0] is False
    assert line(missing, "baseline") == (
        False,
        "34 of 60 valid sweeps: a person can accept it",
    )


def test_a_channel_that_is_not_alive_is_named_with_its_reason() -> None:
    flat = Quality(accepted=False, reasons=(Reason.FLAT,))
    dead = checklist(a_status(), sweeps=headers(quality=(Quality(accepted=True), flat)))
    done, words = line(dead, "channel:mentalis")
    assert not done
    assert words == "0 of the last 10 sweeps accepted, noise 4.0 uV; channel flat"
    assert line(dead, "channel:orbicularis_oculi")[0]
    assert line(checklist(a_status(), sweeps=[]), "channel:mentalis") == (
        False,
        "no sweep yet: stimulate",
    )


def test_current_m_wave_and_trigger_are_looked_at() -> None:
    unsent = checklist(a_status(), sweeps=headers(current_ma=None))
    assert line(unsent, "current")[0] is False
    low = checklist(
        a_status(), sweeps=[sweep_header(a_report(number), seq=1) for number in range(1, 4)]
    )
    assert line(low, "m_wave")[0] is False
    assert "turn the current up" in line(low, "m_wave")[1]
    by_software = replace(SOURCE, trigger_quality=TriggerQuality.SOFTWARE)
    assert line(checklist(a_status(), source=by_software), "trigger")[0] is False
    lead_only = replace(
        SOURCE, montage=replace(SOURCE.montage, channels=SOURCE.montage.channels[:1])
    )
    assert "mentalis is not recorded" in line(checklist(a_status(), source=lead_only), "m_wave")[1]


def test_sweeps_from_before_the_direct_muscle_was_recorded_say_nothing_of_it() -> None:
    before = [
        replace(
            header,
            muscles=header.muscles[:1],
            quality=header.quality[:1],
            measurement=header.measurement[:1],
        )
        for header in headers(5)
    ]
    assert line(checklist(a_status(), sweeps=before), "m_wave") == (False, "no sweep yet")
    assert line(checklist(a_status(), sweeps=[*before, *headers(5)]), "m_wave")[0] is True


def test_a_replay_needs_no_recorder() -> None:
    replayed = checklist(a_status(), source=replace(SOURCE, duration_s=60.0), recording=None)
    assert line(replayed, "recording")[0]
    assert SOURCE.side is Side.RIGHT
    assert Muscle.MENTALIS in SOURCE.montage.muscles


@pytest.mark.parametrize(
    ("age_s", "words"), [(5.0, "now"), (125.0, "2 min ago"), (3900.0, "1 h 5 min ago")]
)
def test_an_age_is_told_as_people_say_it(age_s: float, words: str) -> None:
    assert age_in_words(age_s) == words
