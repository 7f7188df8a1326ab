"""Luminosity and energy as text."""

import pytest

from wollemi.plots.luminosity_label import beam_text, era_beam_text


@pytest.mark.parametrize(
    ("energies", "luminosity", "text"),
    [
        (13.0, 36.1, "36.1 fb⁻¹ (13 TeV)"),
        (8.0, None, "8 TeV"),
        ((7.0, 8.0), None, "7 TeV + 8 TeV"),
        ((7.0, 8.0), {"2011": 2.33, "2012": 11.58}, "2.33 fb⁻¹ (7 TeV) + 11.58 fb⁻¹ (8 TeV)"),
        (13.0, {"2016": 35.9, "2017": 41.5, "2018": 59.7}, "137.1 fb⁻¹ (13 TeV)"),
        (13.0, {"2018": 59.7}, "59.7 fb⁻¹ (13 TeV)"),
    ],
)
def test_beam_text(energies, luminosity, text):
    assert beam_text(energies, luminosity) == text


@pytest.mark.parametrize(
    ("energies", "luminosity", "era", "text"),
    [
        ((7.0, 8.0), {"2011": 2.33, "2012": 11.58}, "2012", "11.58 fb⁻¹ (8 TeV)"),
        (13.0, {"2016": 35.9, "2017": 41.5}, "2016", "35.9 fb⁻¹ (13 TeV)"),
        (13.0, {"2016": 35.9, "2017": 41.5}, None, "77.4 fb⁻¹ (13 TeV)"),
        (13.0, 36.1, "2016", "36.1 fb⁻¹ (13 TeV)"),
    ],
)
def test_text_of_one_era(energies, luminosity, era, text):
    assert era_beam_text(energies, luminosity, era) == text
