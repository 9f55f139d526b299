import asyncio
import os

import pytest

from amr_monitor.qa.watching import Resources, watch_resources


@pytest.mark.asyncio
async def test_processor_and_memory_of_a_process_are_seen() -> None:
    resources = Resources()
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(watch_resources(os.getpid(), resources, every_s=0.01), 0.5)
    assert resources.most_memory_mib > 1.0
    assert resources.processor_percent >= 0.0


@pytest.mark.asyncio
async def test_a_process_that_is_gone_ends_the_watching() -> None:
    await asyncio.wait_for(watch_resources(2**22 + 1, Resources()), 10.0)


def test_growth_is_from_the_settled_third_to_the_end() -> None:
    settled = [50.0, 90.0, 100.0] + [100.0] * 20 + [130.0]
    assert Resources(memory_mib=settled).grown_mib == 30.0
    assert Resources().grown_mib == 0.0
