"""The verb that judges the whole chain: simulator, LSL, daemon, websocket."""

import sys
from pathlib import Path

from amr_monitor.cli.arguments import Chosen
from amr_monitor.cli.figures import beside, write_figures
from amr_monitor.cli.progress import ProgressBar, announce
from amr_monitor.cli.status import DONE, NO
from amr_monitor.model.errors import ConfigError
from amr_monitor.qa.hil import ExternalPlan, HilPlan, run_external, run_hil
from amr_monitor.qa.hil_figures import HilResult
from amr_monitor.qa.hil_report import as_json, as_table
from amr_monitor.qa.truth import CaseTruth, read_truth, truth_from_json
from amr_monitor.simulation import Surgery, simulate, truth_of
from amr_monitor.simulation.files import truth_json


def hil(chosen: Chosen) -> int:
    """Run a scenario through the whole chain and judge it."""
    result = _external(chosen) if chosen.external else _simulated(chosen)
    write_figures(chosen.json, as_json(result))
    print(as_table(result), file=beside(chosen.json))
    return DONE if result.holds else NO


def _simulated(chosen: Chosen) -> HilResult:
    if chosen.config is not None or chosen.stream is not None:
        raise ConfigError("--config and --stream go with --external alone")
    # Made here too, so that what cannot be simulated is told before anything is started.
    surgery = _surgery(chosen)
    plan = HilPlan(
        scenario=chosen.scenario,
        seed=chosen.seed,
        minutes=chosen.minutes,
        stimulus_rate_hz=chosen.stimulus_rate,
        rate_hz=chosen.rate,
        duration_s=surgery.duration_s,
    )
    announce(f"{chosen.scenario}, {surgery.duration_s / 60:.1f} min in real time over LSL ...")
    with ProgressBar(surgery.duration_s, chosen.scenario, shown=True) as bar:
        return run_hil(plan, on_progress=bar.reach)


def _external(chosen: Chosen) -> HilResult:
    truth = _truth(chosen)
    plan = ExternalPlan(truth=truth, stream=chosen.stream or "amr-simulator", config=chosen.config)
    with ProgressBar(truth.duration_s, truth.scenario, shown=True) as bar:
        return run_external(
            plan, on_progress=bar.reach, say=lambda text: print(text, file=sys.stderr)
        )


def _truth(chosen: Chosen) -> CaseTruth:
    """Return the truth of a file, or of a scenario as `simulate` would write it."""
    if chosen.scenario.endswith(".json"):
        return read_truth(Path(chosen.scenario))
    surgery = _surgery(chosen)
    text = truth_json(surgery, truth_of(surgery), surgery.marks)
    return truth_from_json(text, place=chosen.scenario)


def _surgery(chosen: Chosen) -> Surgery:
    return simulate(
        chosen.scenario,
        seed=chosen.seed,
        minutes=chosen.minutes,
        rate_hz=chosen.rate,
        stimulus_rate_hz=chosen.stimulus_rate,
    )
