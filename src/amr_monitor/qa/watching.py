"""What a process takes, looked at once a second."""

import asyncio
from dataclasses import dataclass, field

import psutil

LOOK_EVERY_S = 1.0
MIB = 1024.0 * 1024.0


@dataclass(slots=True, kw_only=True)
class Resources:
    """Figures of one process.

    Attributes
    ----------
    processor_percent : float
        Of one core, over the time it was looked at.
    memory_mib : list of float
        Resident, once a second.
    """

    processor_percent: float = 0.0
    memory_mib: list[float] = field(default_factory=list)

    @property
    def most_memory_mib(self) -> float:
        """The highest of what was seen."""
        return max(self.memory_mib, default=0.0)

    @property
    def grown_mib(self) -> float:
        """By how much the last tenth is above the tenth after the first third."""
        seen = self.memory_mib
        tenth, third = max(len(seen) // 10, 1), len(seen) // 3
        early = seen[third : third + tenth]
        return max(seen[-tenth:], default=0.0) - max(early, default=0.0) if early else 0.0


async def watch_resources(pid: int, resources: Resources, *, every_s: float = LOOK_EVERY_S) -> None:
    """Look at a process until it ends."""
    try:
        process = psutil.Process(pid)
        begun = process.cpu_times()
        begun_s = asyncio.get_running_loop().time()
        while True:
            await asyncio.sleep(every_s)
            with process.oneshot():
                now = process.cpu_times()
                resources.memory_mib.append(process.memory_info().rss / MIB)
            took_s = now.user + now.system - begun.user - begun.system
            passed_s = asyncio.get_running_loop().time() - begun_s
            resources.processor_percent = max(0.0, 100.0 * took_s / passed_s)
    except psutil.NoSuchProcess:
        return
