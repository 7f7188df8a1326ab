import correctionlib
import correctionlib.schemav2
import numpy as np
import pytest

from wollemi.histograms.correction_map import cell_texts, correction_file, correction_map

MEASURED = {
    "axes": {"pt": [20, 50, 500], "abseta": {"expression": "abs(eta)", "edges": [0, 1, 2]}},
    "flow": "clamp",
}
VALUES = {key: np.arange(4) / 10 + shift for key, shift in (("nominal", 0), ("up", 1), ("down", 2))}


def test_a_cell_is_told_by_its_bins():
    assert cell_texts(MEASURED, [1, 2]) == [
        "pt 20 to 50, abseta 1 to 2",
        "pt 50 to 500, abseta 0 to 1",
    ]


@pytest.mark.parametrize(
    ("pt", "eta", "cell"),
    [(20, 0, 0), (49.9, 1, 1), (50, 0.99, 2), (1e4, 5, 3), (1, -3, 0)],
)
def test_correctionlib_finds_the_cell(pt, eta, cell):
    made = correctionlib.schemav2.CorrectionSet.model_validate(
        correction_file([correction_map("id", MEASURED, VALUES)])
    )
    found = correctionlib.CorrectionSet.from_string(made.model_dump_json(exclude_unset=True))["id"]
    for variation, values in VALUES.items():
        assert found.evaluate(float(pt), float(eta), variation) == values[cell]
