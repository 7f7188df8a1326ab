"""The plot of an uncertainty by sources: each bar is where its numbers are."""

import pytest
from support.example.products import contribution, uncertainties

from wollemi.analysis.models.plots import Plots
from wollemi.pages.captions import caption, description
from wollemi.plots.style import PlotLabels
from wollemi.plots.uncertainties import MOST_SHOWN, draw_uncertainties, uncertainty_numbers
from wollemi.results.uncertainties import Uncertainties

PLAIN = Plots()
LABELS = PlotLabels("Wollemi", "1 fb⁻¹ (13 TeV)")


def numbers(plots=PLAIN, **changes):
    content = uncertainties(**changes)
    product = Uncertainties.parse("uncertainties.json", content)
    return uncertainty_numbers(product.uncertainties["signal"], plots) | {"signal": "signal"}


def bars(ax):
    """Method → ends of its bars, from top to bottom."""
    return [
        [(bar.get_x(), bar.get_x() + bar.get_width()) for bar in container]
        for container in ax.containers
    ]


def test_bars_are_where_their_numbers_are():
    (ax,) = draw_uncertainties(numbers(), LABELS).axes
    names = [text.get_text() for text in ax.get_yticklabels()]
    assert names == [
        *("data statistics", "all systematics", "lumi", "MC statistics"),
        "free normalizations",
    ]
    shifted, frozen = bars(ax)
    assert shifted[0] == pytest.approx((-0.2, 0.2))
    assert shifted[2] == pytest.approx((-0.12, 0.12))
    assert frozen[2] == pytest.approx((-0.11, 0.12))
    assert shifted[4] == (0, 0)
    assert frozen[4] == pytest.approx((-0.08, 0.08))
    lines = [line.get_xdata()[0] for line in ax.lines]
    assert lines == pytest.approx([-0.24, 0.26, 0])


def test_sides_without_an_error_are_not_drawn():
    one_side = contribution(0.2) | {"frozen_down": None}
    found = numbers(error_down=None, data=one_side)
    assert found["error"] == [None, 0.26]
    (ax,) = draw_uncertainties(found, LABELS).axes
    assert bars(ax)[1][0] == pytest.approx((0, 0.2))


def test_without_minos_the_symmetric_error_is_drawn():
    neither = contribution(0.2) | {"frozen_down": None, "frozen_up": None}
    assert numbers(data=neither)["contributions"][0]["frozen"] == [0.2, 0.2]


def test_the_smallest_of_many_are_left_out():
    groups = {f"group{place}": contribution(0.01 * (place + 1)) for place in range(30)}
    found = numbers(groups=groups)
    assert len(found["contributions"]) == MOST_SHOWN
    assert found["left_out"] == 34 - MOST_SHOWN
    assert "group0" not in [row["name"] for row in found["contributions"]]
    (ax,) = draw_uncertainties(found, LABELS).axes
    assert any("14 more, smaller" in text.get_text() for text in ax.texts)


def test_it_is_told_in_words():
    assert caption(numbers()) == "Uncertainty of $\\mu$ by sources: signal"
    text = description(numbers(asimov_strength=1.0))
    assert "µ = 0.50 +0.26 −0.24 (Asimov data of µ = 1)" in text
    assert "lumi 0.12 and 0.11" in text


@pytest.mark.parametrize(
    ("missing", "text"),
    [
        ("error_down", "µ = 0.50 +0.26, with its bound below (fit to the data)"),
        ("error_up", "µ = 0.50 −0.24, with its bound above (fit to the data)"),
    ],
)
def test_an_error_that_the_bound_takes_is_told(missing, text):
    assert text in description(numbers(**{missing: None}))


def test_labels_stand_at_rows_axis_and_result():
    found = numbers(Plots(parameters={"lumi": "luminosity", "mu": "$\\mu_{S}$"}))
    (ax,) = draw_uncertainties(found, LABELS).axes
    names = [text.get_text() for text in ax.get_yticklabels()]
    assert "luminosity" in names
    assert "lumi" not in names
    assert "uncertainty of $\\mu_{S}$" in ax.get_xlabel()
    assert any(text.get_text().startswith("$\\mu_{S}$ = ") for text in ax.texts)
    assert caption(found) == "Uncertainty of $\\mu_{S}$ by sources: signal"
    assert "luminosity 0.12" in description(found)
    assert "$" not in description(found)
