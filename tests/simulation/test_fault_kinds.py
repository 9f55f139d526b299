"""Every kind of fault has one name and can be read from a scenario file."""

import pytest

from amr_monitor.simulation.confounders import CONFOUNDER_KINDS
from amr_monitor.simulation.fault_kinds import FAULTS
from amr_monitor.simulation.scenario_file import parse_scenario
from amr_monitor.simulation.stream import STREAM_FAULTS


def test_no_two_kinds_share_a_name() -> None:
    assert len(FAULTS) == len(CONFOUNDER_KINDS) + len(STREAM_FAULTS)
    assert all(FAULTS[name].kind == name for name in FAULTS)


@pytest.mark.parametrize("kind", sorted(FAULTS))
def test_a_scenario_file_can_ask_for_each(kind: str) -> None:
    text = f'description = "one"\n[[fault]]\nkind = "{kind}"\nafter = "dura_opened"\n'
    (fault,) = parse_scenario(text, name="one", where="one").faults
    assert type(fault) is FAULTS[kind]
