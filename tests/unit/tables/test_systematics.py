"""Systematics of samples as text."""

import pytest

from wollemi.tables.systematics import effect_text, systematics_tables
from wollemi_likelihood.systematic_effects import STATISTICS, Effect


@pytest.mark.parametrize(
    ("up", "down", "shape", "text"),
    [
        (0.02, -0.02, 0.0, "±2.0"),
        (0.031, -0.024, 0.0412, "+3.1 −2.4 (4.1)"),
        (-0.02, 0.02, 0.0, "−2.0 +2.0"),
        (0.02, 0.01, 1e-5, "+2.0 +1.0"),
        (1e-5, -1e-5, 0.1, "<0.1 (10.0)"),
        (1e-5, 0.0, 0.0, "<0.1"),
        (0.0, -2e-16, 0.0, "–"),
        (1.5, -1.0, 0.0, "+150.0 −100.0"),
    ],
)
def test_an_effect_as_text(up, down, shape, text):
    assert effect_text(Effect("sr", "dy", "jes", up, down, shape)) == text


def test_a_table_of_each_region():
    effects = [
        Effect("sr", "dy", STATISTICS, 0.1, -0.1, 0.2),
        Effect("sr", "dy", "jes", 0.02, -0.02),
        Effect("sr", "signal", "jes", 0.01, -0.01),
        Effect("sr", "dy", "mer", 0.0, 0.0),
        Effect("cr", "unnamed", "mer", 0.01, -0.01),
    ]
    labels = {"signal": "S", "dy": "Z"}
    tables = dict(systematics_tables(effects, labels, {"sr": "signal region"}, str.upper))
    assert [*tables] == ["systematics_sr", "systematics_cr"]
    text = tables["systematics_sr"].text
    assert text.to_dict("index") == {
        "JES": {"S": "±1.0", "Z": "±2.0"},
        STATISTICS.upper(): {"S": "–", "Z": "±10.0 (20.0)"},
    }
    assert tables["systematics_sr"].caption.startswith("signal region. ")
    assert [*tables["systematics_cr"].text.columns] == ["unnamed"]
    numbers = tables["systematics_sr"].numbers
    assert numbers.loc[("sr", "mer", "dy")].tolist() == [0.0, 0.0, 0.0]
