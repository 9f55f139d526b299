"""When the monitor cannot know, and when it can again."""

from amr_monitor.model.case import IndeterminateClass, Reason
from amr_monitor.monitor.indeterminate import Indeterminate, QualityWatch
from amr_monitor.monitor.settings import MonitorSettings
from tests.monitor.evidence import judged


def watch(*sweeps: str, m_fraction: float = 1.0, noise_ratio: float = 1.0) -> QualityWatch:
    """Return a watch after sweeps: `.` for a good one, `x` for a rejected one."""
    followed = QualityWatch(settings=MonitorSettings())
    for number, sign in enumerate("".join(sweeps)):
        followed.push(
            judged(
                number,
                reasons=(Reason.NOISY,) if sign == "x" else (),
                m_fraction=m_fraction,
                noise_ratio=noise_ratio,
            )
        )
    return followed


def test_three_rejected_of_the_last_five_are_too_many() -> None:
    assert watch(".....").failing == ()
    assert watch("xx...").failing == ()
    assert watch("x.x.x").failing == (Reason.NOISY,)
    assert watch("xxx....").failing == ()


def test_three_rejected_are_enough_before_there_are_five() -> None:
    assert watch("xxx").failing == (Reason.NOISY,)


def test_each_reason_is_told_once() -> None:
    assert watch("xxxxx").failing == (Reason.NOISY,)


def test_three_good_ones_in_a_row_end_it() -> None:
    assert not watch("xxxxx..").recovered
    assert watch("xxxxx...").recovered
    assert not watch("xxxxx..x.").recovered


def test_a_median_m_wave_below_half_is_too_low() -> None:
    assert watch(".....", m_fraction=0.49).failing == (Reason.M_WAVE_LOW,)
    assert watch(".....", m_fraction=0.5).failing == ()
    assert watch("....", m_fraction=0.3).failing == ()
    assert not watch("...", m_fraction=0.4).recovered


def test_a_median_noise_below_a_third_is_too_quiet() -> None:
    assert watch(".....", noise_ratio=0.34).failing == (Reason.QUIET,)
    assert watch(".....", noise_ratio=0.36).failing == ()


def test_after_a_silence_of_the_stimulator_counting_starts_anew() -> None:
    followed = watch("xx")
    followed.forget()
    followed.push(judged(3, reasons=(Reason.NOISY,)))
    assert followed.failing == ()


def test_doubts_of_the_last_five_are_gathered() -> None:
    followed = watch("...")
    followed.push(judged(3, doubts=(Reason.M_WAVE_LOW,)))
    assert set(followed.doubts) == {Reason.M_WAVE_LOW}
    for number in range(4, 9):
        followed.push(judged(number))
    assert not followed.doubts


def test_the_accepted_of_the_last_ten_are_counted() -> None:
    assert watch("x.x" + "." * 8).accepted_of_last_10 == 9
    assert watch("..").accepted_of_last_10 == 2


def test_the_class_follows_the_reasons() -> None:
    cause = Indeterminate(reasons=(Reason.M_WAVE_LOW,), withheld=True, since_s=1.0)
    assert cause.indeterminate_class is IndeterminateClass.PHYSIOLOGICAL
