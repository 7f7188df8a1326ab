"""Which analysis each parameter of a combination is of."""

import pandas as pd
import pytest
from support.products.combinations import MODEL, imported

from wollemi.results.table import Table
from wollemi.tables.combined import has_parameters, with_analyses

IMPORTED = imported(
    {"ee": MODEL, "ee_low": MODEL, "mumu": MODEL},
    {"mu": ("ee.mu", "mumu.mu"), "luminosity": ("ee.lumi", "ee_low.lumi", "mumu.lumi")},
)
ANALYSES = {
    "mu": "ee, mumu",
    "ee_jes": "ee",
    "ee_low_jes": "ee_low",
    "mumu_staterror_SR[2]": "mumu",
    "luminosity": "ee, ee_low, mumu",
    "other": "",
}


@pytest.mark.parametrize("is_index", [True, False])
def test_rows_have_their_analyses(is_index):
    numbers = pd.DataFrame({"name": [*ANALYSES], "value": range(len(ANALYSES))})
    numbers = numbers.set_index("name") if is_index else numbers
    text = pd.DataFrame({"value": "1 ± 1"}, pd.Index([f"$\\{name}$" for name in ANALYSES]))
    found = with_analyses(Table("Parameters", numbers, text), IMPORTED)
    for frame in (found.numbers, found.text):
        assert [*frame["analysis"]] == [*ANALYSES.values()]
    assert [*found.text.columns] == ["value", "analysis"]


def test_of_other_models_there_are_none():
    assert IMPORTED.noting(combined={}, shared={}).analyses_of("ee_jes") == ()


def test_tables_of_parameters():
    names = ["parameters", "ranking_mu", "limits", "uncertainties"]
    assert [name for name in names if has_parameters(name)] == ["parameters", "ranking_mu"]
