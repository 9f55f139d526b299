"""A virtual patient, theatre and stimulator, with faults, seeded, truth beside.

What others use::

    surgery = simulate("abrupt_loss", seed=7, minutes=4, rate_hz=5000)
    truth_path = write_recording(surgery, Path("abrupt.edf"))
    source = SimulatedSource(surgery)

`scenario_names()` lists what is shipped, `bundled_recording()` is the
surgery of the demo. docs/simulator.md tells what is modelled and what is not.
"""

from amr_monitor.simulation.bundled import bundled_recording
from amr_monitor.simulation.files import RecordingLayout, write_recording
from amr_monitor.simulation.scenario_file import load_scenario, scenario_names
from amr_monitor.simulation.source import SimulatedSource
from amr_monitor.simulation.surgery import Surgery, simulate
from amr_monitor.simulation.truth import Truth, truth_of

__all__ = [
    "RecordingLayout",
    "SimulatedSource",
    "Surgery",
    "Truth",
    "bundled_recording",
    "load_scenario",
    "scenario_names",
    "simulate",
    "truth_of",
    "write_recording",
]
