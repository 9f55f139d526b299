"""Every kind of fault and confounder by its name in a scenario file."""

from amr_monitor.simulation import confounders, stream
from amr_monitor.simulation.confounders import Fault

FAULTS: dict[str, type[Fault]] = {
    kind.kind: kind for kind in (*confounders.CONFOUNDER_KINDS, *stream.STREAM_FAULTS)
}
