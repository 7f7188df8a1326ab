"""Uncertainties of predictions as they may be written."""

import pytest
from pydantic import TypeAdapter

from wollemi.analysis.models.theory import TheoryUncertainty, Uncertainties, theory_uncertainty
from wollemi.analysis.view import read

WRITTEN = {"up": 0.14, "down": 0.11}
UNEVEN = TheoryUncertainty(**WRITTEN)


@pytest.mark.parametrize(
    ("written", "light", "heavy"),
    [
        (0.1, TheoryUncertainty(up=0.1, down=0.1), TheoryUncertainty(up=0.1, down=0.1)),
        ({"heavy": WRITTEN}, None, UNEVEN),
        ({"light": 0.2, "heavy": WRITTEN}, TheoryUncertainty(up=0.2, down=0.2), UNEVEN),
        (None, None, None),
    ],
)
def test_that_of_each_signal(written, light, heavy):
    TypeAdapter(Uncertainties | None).validate_python(written)
    given = read("Limits", {"theory_uncertainty": written}).theory_uncertainty
    assert theory_uncertainty(given, "light") == light
    assert theory_uncertainty(given, "heavy") == heavy
