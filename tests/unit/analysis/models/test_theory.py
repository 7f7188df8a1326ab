"""Uncertainties of predictions as they may be written."""

import pytest
from pydantic import TypeAdapter

from wollemi.analysis.models.theory import TheoryUncertainty, Uncertainties, theory_uncertainty

UNEVEN = TheoryUncertainty(up=0.14, down=0.11)


@pytest.mark.parametrize(
    ("written", "light", "heavy"),
    [
        (0.1, TheoryUncertainty(up=0.1, down=0.1), TheoryUncertainty(up=0.1, down=0.1)),
        ({"heavy": {"up": 0.14, "down": 0.11}}, None, UNEVEN),
        ({"light": 0.2, "heavy": UNEVEN}, TheoryUncertainty(up=0.2, down=0.2), UNEVEN),
        (None, None, None),
    ],
)
def test_that_of_each_signal(written, light, heavy):
    given = None if written is None else TypeAdapter(Uncertainties).validate_python(written)
    assert theory_uncertainty(given, "light") == light
    assert theory_uncertainty(given, "heavy") == heavy
