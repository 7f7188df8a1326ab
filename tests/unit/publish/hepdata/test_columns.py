"""Numbers as they are published."""

import pytest

from wollemi_publish.hepdata.columns import probability


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "BLINDED"),
        (0.0, "<1e-300"),
        (5e-324, "<1e-300"),
        (8.34316e-230, 8.34316e-230),
        (0.04, 0.04),
        (1.0, 1.0),
    ],
)
def test_a_probability_is_never_zero(value, text):
    """Neither hidden, nor 0 where it is too small for a number."""
    assert probability(value) == text
