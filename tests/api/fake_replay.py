"""A replay of cardboard: what was asked of it, and how it would play."""

from dataclasses import dataclass, field

from amr_monitor.model.errors import CommandRefused


@dataclass(kw_only=True)
class FakePlayback:
    is_paused: bool = False
    speed: float = 1.0
    position_s: float = 100.0
    start_s: float = 0.0
    end_s: float | None = 240.0
    seeking_s: float | None = None


@dataclass
class FakeReplay:
    calls: list[tuple[str, float | None]] = field(default_factory=list)
    state: FakePlayback = field(default_factory=FakePlayback)
    marks: tuple[tuple[float, str], ...] = ((61.0, "dura opened"), (130.0, "vessel moved AICA"))

    def pause(self) -> None:
        self.calls.append(("pause", None))
        self.state.is_paused = True

    def resume(self) -> None:
        self.calls.append(("resume", None))
        self.state.is_paused = False

    def step(self) -> None:
        self.calls.append(("step", None))

    def set_speed(self, factor: float) -> None:
        self.calls.append(("speed", factor))
        self.state.speed = factor

    def seek(self, time_s: float) -> None:
        if time_s <= self.state.position_s:
            raise CommandRefused(f"a replay only runs forward: {time_s:.1f} s are past")
        self.calls.append(("seek", time_s))
        self.state.position_s = time_s
