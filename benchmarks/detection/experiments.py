"""All experiments, in the order of the report."""

from benchmarks.detection.delays import Delays
from benchmarks.detection.false_losses import FalseLosses
from benchmarks.detection.gates import Gates
from benchmarks.detection.mismatch import Mismatch
from benchmarks.detection.plan import Experiment, Result, Setting, Task
from benchmarks.detection.residuals import Residuals
from benchmarks.detection.returns import Returns
from benchmarks.detection.rivals import Rivals
from benchmarks.detection.single_sweeps import SingleSweeps
from benchmarks.detection.telling import Telling
from benchmarks.detection.trajectories import Trajectories

EXPERIMENTS: dict[str, Experiment] = {
    experiment.name: experiment
    for experiment in (
        SingleSweeps(),
        FalseLosses(),
        Delays(),
        Residuals(),
        Trajectories(),
        Returns(),
        Gates(),
        Telling(),
        Mismatch(),
        Rivals(),
    )
}


def done(task: Task, setting: Setting) -> Result:
    """Do one task, in any process."""
    return EXPERIMENTS[task.experiment].run(task, setting)
