import numpy as np

from amr_monitor.simulation.streams import RandomStreams


def numbers(seed: int, *keys: str | int) -> list[float]:
    return list(RandomStreams(seed=seed).generator("noise", *keys).standard_normal(4))


def test_the_same_seed_and_component_give_the_same_numbers() -> None:
    assert numbers(1, "mentalis", 3) == numbers(1, "mentalis", 3)


def test_other_seeds_components_and_pages_give_other_numbers() -> None:
    streams = [numbers(1, "a"), numbers(2, "a"), numbers(1, "b"), numbers(1, "a", 1)]
    assert len({tuple(stream) for stream in streams}) == 4


def test_a_stream_does_not_depend_on_what_others_have_drawn() -> None:
    streams = RandomStreams(seed=1)
    streams.generator("mains").standard_normal(1000)
    assert np.array_equal(streams.generator("noise").standard_normal(4), numbers(1))
