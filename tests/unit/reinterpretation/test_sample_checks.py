"""Problems with the events of new signals."""

import pytest

from wollemi.reinterpretation.sample_checks import yield_problems


@pytest.mark.parametrize(
    ("values", "problem"),
    [
        ([0.0, 2.5, 0], None),
        ([1.0, -2.5, 3.0], "the yield of bin 2 is negative: -2.5"),
        ([1.0, float("nan"), 3.0], "a yield is not a finite number"),
        ([1.0, 2.0], "2 numbers, but the channel has 3 bins"),
        (1.0, "no list of numbers, but the channel has 3 bins"),
    ],
)
def test_events_are_a_number_from_0_per_bin(values, problem):
    assert [*yield_problems("sr", values, 3)] == ([f"sr: {problem}"] if problem else [])
