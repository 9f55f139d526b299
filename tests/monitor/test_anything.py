"""Whatever happens in a theatre, at random: no fault, no loose end, no matter of chunking."""

import numpy as np
import pytest

from amr_monitor.model.case import MarkName, Muscle
from amr_monitor.model.events import (
    AlarmEnded,
    AlarmRaised,
    IndeterminateEnded,
    IndeterminateStarted,
    MonitorFailed,
)
from amr_monitor.model.stimulation import StimulusClass
from amr_monitor.monitor.commands import (
    AcknowledgeAlarm,
    AmendMark,
    Command,
    MarkCommand,
    RestartBaseline,
    SetContext,
)
from tests.feeding import run
from tests.sweeps import FRONTALIS, MENTALIS, OCULI, Patient, Recording

MONTAGES: list[tuple[Muscle, ...]] = [
    (OCULI, MENTALIS),
    (OCULI,),
    (MENTALIS, OCULI),
    (OCULI, FRONTALIS, MENTALIS),
    (MENTALIS,),
]
N_FAULTS = 9


def any_patient(generator: np.random.Generator, muscles: tuple[Muscle, ...]) -> Patient:
    return Patient(
        amplitude_uv={m: float(generator.choice([0, 15, 30, 80, 200, 500])) for m in muscles},
        skip=float(generator.choice([0.0, 0.05, 0.3, 0.7])),
        noise_uv=float(generator.uniform(1.0, 12.0)),
        mains_uv=float(generator.choice([0, 5, 40, 150])),
        m_wave_uv=float(generator.choice([10, 300, 2000, 6000])),
        artifact_uv=float(generator.choice([5, 100, 900, 8000])),
        rail_uv=float(generator.choice([1000, 5000])),
    )


def any_recording(generator: np.random.Generator) -> Recording:
    muscles = MONTAGES[generator.integers(len(MONTAGES))]
    n = int(generator.integers(120, 280))
    interval_s = float(generator.choice([1.0, 1.0, 1.0, 0.5, 1.0 / 3.0, 2.0]))
    times = np.cumsum(interval_s + generator.normal(0.0, 0.002, n))
    for _ in range(generator.integers(3)):
        times[generator.integers(n) :] += generator.uniform(1.0, 120.0)
    r = Recording(
        0,
        times_s=times.tolist(),
        rate_hz=2000.0,
        seed=int(generator.integers(10_000)),
        patient=any_patient(generator, muscles),
        muscles=muscles,
        current_ma=[None, 10.0][generator.integers(2)],
    )
    for muscle in muscles:
        for _ in range(generator.integers(4)):
            first, last = sorted(generator.integers(0, n, 2))
            r.amr[muscle][first:last] = generator.choice([0.0, 0.0, 0.2, 0.5, 1.5])
    for _ in range(generator.integers(6)):
        spoil(r, generator)
    return r


def spoil(r: Recording, generator: np.random.Generator) -> None:
    """Add one fault of any kind to any muscle for any time."""
    start_s = float(generator.uniform(0.0, r.duration_s))
    end_s = min(r.duration_s, start_s + float(generator.exponential(20.0)))
    muscle = r.muscles[generator.integers(len(r.muscles))]
    first, last = np.searchsorted(r.times_s, [start_s, end_s])
    match int(generator.integers(N_FAULTS)):
        case 0:
            r.flat.append((muscle, start_s, end_s))
        case 1:
            r.lost.append((muscle, start_s, end_s))
        case 2:
            r.burst[muscle].append((start_s, end_s, float(generator.choice([20, 200, 5000]))))
        case 3:
            r.mains_times[muscle].append((start_s, end_s, 300.0))
        case 4:
            r.delivered[first:last] = False
        case 5:
            r.m_wave[first:last] = generator.choice([0.1, 0.4, 0.6, 1.6])
        case 6:
            r.artifact[muscle][first:last] = generator.choice([0.2, 0.7, 1.4, 3.0])
        case 7:
            for number in range(first, last):
                r.current_ma[number] = float(generator.choice([8.0, 10.0, 13.0]))
                r.polarity[number] = -1
        case _:
            told = [None, StimulusClass.BAEP_CLICK, StimulusClass.TETANUS][generator.integers(3)]
            n_extra = int(generator.integers(5, 900))
            extra = [(start_s + 0.02 * k, told) for k in range(n_extra)]
            r.extra += [stimulus for stimulus in extra if stimulus[0] < r.duration_s]


def any_commands(r: Recording, generator: np.random.Generator) -> list[Command]:
    commands: list[Command] = []
    marks = list(MarkName)
    for _ in range(generator.integers(12)):
        index = r.index(float(generator.uniform(0.0, r.duration_s)))
        match int(generator.integers(8)):
            case 0:
                void = bool(generator.integers(2))
                mark_id = int(generator.integers(1, 5))
                commands.append(AmendMark(sample_index=index, mark_id=mark_id, void=void))
            case 1:
                commands.append(RestartBaseline(sample_index=index))
            case 2:
                commands.append(AcknowledgeAlarm(sample_index=index, alarm_id="slow_fall"))
            case 3:
                commands.append(SetContext(sample_index=index, name="MAC", value="1"))
            case _:
                commands.append(
                    MarkCommand(
                        sample_index=index,
                        mark=marks[generator.integers(len(marks))],
                        seconds_ago=float(generator.choice([0.0, 10.0, 30.0])),
                    )
                )
    return commands


@pytest.mark.parametrize("seed", range(10))
def test_anything_is_told_without_a_fault_and_the_same_in_any_blocks(seed: int) -> None:
    generator = np.random.default_rng([17, seed])
    r = any_recording(generator)
    commands = any_commands(r, generator)
    told = run(r, commands)
    assert not told.of(MonitorFailed)
    assert run(r, commands, block=1237).events == told.events
    for muscle in r.muscles:
        open_now = 0
        for event in told.events:
            if isinstance(event, IndeterminateStarted) and event.muscle is muscle:
                open_now += 1
            elif isinstance(event, IndeterminateEnded) and event.muscle is muscle:
                open_now -= 1
            assert open_now in (0, 1)
    standing: set[str] = set()
    for event in told.events:
        if isinstance(event, AlarmRaised):
            assert event.alarm_id not in standing
            standing.add(event.alarm_id)
        elif isinstance(event, AlarmEnded):
            standing.remove(event.alarm_id)
    assert standing == {alarm.alarm_id for alarm in told.monitor.status.alarms}
