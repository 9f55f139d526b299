"""The verb that writes or sends simulated surgeries."""

from dataclasses import replace
from pathlib import Path

from amr_monitor.cli.arguments import Chosen
from amr_monitor.cli.progress import ProgressBar
from amr_monitor.cli.status import DONE
from amr_monitor.simulation import load_scenario, write_recording
from amr_monitor.simulation import simulate as simulated
from amr_monitor.simulation.crossing import crossed
from amr_monitor.simulation.distributions import fixed
from amr_monitor.simulation.epworks_study import USUAL_RATE_HZ as USUAL_EPWORKS_HZ
from amr_monitor.simulation.epworks_study import write_epworks
from amr_monitor.simulation.scenario import Scenario
from amr_monitor.simulation.xdf import write_xdf

USUAL_RATE_HZ = 10_000


def simulate(chosen: Chosen) -> int:
    """Write a simulated surgery, or send it."""
    surgery = simulated(
        _scenario(chosen),
        seed=chosen.seed,
        minutes=chosen.minutes,
        rate_hz=chosen.rate or (USUAL_EPWORKS_HZ if chosen.epworks else USUAL_RATE_HZ),
        stimulus_rate_hz=chosen.stimulus_rate,
    )
    if chosen.lsl:
        # Only this verb's option needs the LSL library.
        from amr_monitor.cli.live_simulation import send_live

        return send_live(chosen, surgery)
    path: Path = chosen.edf or chosen.bdf or chosen.xdf or chosen.epworks
    with ProgressBar(1.0, "writing", shown=True) as bar:
        if chosen.epworks:
            truth = write_epworks(surgery, path, progress=bar.reach)
        elif chosen.xdf:
            truth = write_xdf(surgery, path, progress=bar.reach)
        else:
            truth = write_recording(
                surgery, path, format="edf" if chosen.edf else "bdf", progress=bar.reach
            )
    print(f"{path} ({surgery.duration_s / 60:.1f} min, simulated), truth in {truth}")
    return DONE


def _scenario(chosen: Chosen) -> Scenario:
    """Return the scenario, its stream in the form that was asked for."""
    scenario = (
        load_scenario(chosen.scenario)
        if chosen.confounder is None
        else crossed(chosen.scenario, chosen.confounder)
    )
    stream = replace(
        scenario.stream,
        trigger_channel=scenario.stream.trigger_channel and chosen.trigger,
        counter_channel=scenario.stream.counter_channel or chosen.counter,
    )
    if chosen.chunk_samples is not None:
        stream = replace(stream, chunk_samples=fixed(chosen.chunk_samples))
    return replace(scenario, stream=stream)
