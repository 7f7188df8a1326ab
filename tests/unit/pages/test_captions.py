"""Captions of plots, and their descriptions in words."""

import pytest

from wollemi.pages.captions import caption, description

STACK = {
    "title": "SR",
    "stage": "Pre-fit",
    "axis": {"label": "$m_{ee}$ [GeV]", "unit": "GeV", "edges": [0, 10, 30]},
    "data": {"label": "Data", "events": [3.0, 4.0]},
    "total": {"events": [2.5, 4.0]},
    "stacked": [{"label": "$t\\bar{t}$", "events": [2.5, 4.0]}],
    "lines": [{"label": "Z′", "events": [0.25, 0.25]}],
}


def test_captions():
    assert caption({"theory": []}) == "Upper limits"
    assert (
        caption({"poi": "mu", "signal": "signal", "rows": []})
        == "Impacts of the parameters on mu: signal"
    )
    labeled = {"poi": "mu", "signal": "signal", "label": "$Z'$ (2 TeV)", "rows": []}
    assert caption(labeled) == "Impacts of the parameters on mu: Z′ (2 TeV)"
    assert caption(STACK | {"axis": {"label": "m [GeV]"}}) == "SR: pre-fit, m [GeV]"
    assert (
        caption(STACK | {"note": "without the cut"})
        == "SR, without the cut: pre-fit, $m_{ee}$ [GeV]"
    )


def test_a_stack_is_told_by_its_sums():
    assert description(STACK) == (
        "SR: pre-fit, m(ee) [GeV]. 2 bins from 0 to 30 GeV. Data: 7 events. Expected: 6.50 "
        "events. tt̄: 6.50. Z′: 0.500."
    )
    alone = STACK | {"total": None, "stacked": [], "lines": []}
    assert (
        description(alone) == "SR: pre-fit, m(ee) [GeV]. 2 bins from 0 to 30 GeV. Data: 7 events."
    )
    assert "Data" not in description(STACK | {"data": None})


def test_blinded_bins_are_told():
    blinded = STACK | {"data": {"label": "Data", "events": [3.0, None]}}
    assert "Data: 3 events, 1 bin BLINDED." in description(blinded)
    limits = {
        "x": [1.5],
        "ticks": None,
        "x_label": "m",
        "theory": [1],
        "observed": None,
        "expected": [[1], [1], [2], [3], [4]],
    }
    assert description(limits) == "Upper limits. m. 1.5: observed BLINDED, expected 2.00."
    assert "Observed limit BLINDED" in description({"observed_limit": None})


def test_parameters_are_told_by_the_largest():
    pulls = [{"name": "a", "pull": 0.1, "error": 1.0}, {"name": "b", "pull": -0.5, "error": 0.5}]
    free = [{"name": "mu", "value": 1.0, "up": 0.5, "down": 0.4}]
    assert description({"pulls": pulls, "free": free, "gammas": []}) == (
        "Parameters of the fit. Largest of 2 pulls: b −0.50 ± 0.50. mu = 1.00 ± 0.50."
    )
    matrix = [[1, 0.2, -0.7], [0.2, 1, 0.1], [-0.7, 0.1, 1]]
    assert description({"names": ["a", "b", "c"], "correlations": matrix}).endswith(
        "3 parameters. Largest correlation: −0.70 of a and c."
    )
    rows = [{"name": "a", "up": 0.1, "down": -0.2}, {"name": "b", "up": None, "down": 0.01}]
    assert description({"poi": "mu", "signal": "s", "rows": rows}).endswith(
        "a 0.100 and −0.200. b – and 0.0100."
    )


def test_no_parameters_at_all():
    assert description({"pulls": [], "free": [], "gammas": []}) == "Parameters of the fit."
    assert description({"names": ["mu"], "correlations": [[1]]}).endswith("1 parameter.")


def test_a_plot_of_no_kind_is_not_passed_over():
    """It would have its file name for a caption, and no words for those who do not see it."""
    with pytest.raises(ValueError, match="not enough values"):
        description({"curve": [1.0]})
