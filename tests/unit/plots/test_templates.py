"""The plot of templates against the templates and what `lint.json` says of them."""

import copy

import numpy as np
import pytest
from lint_templates import SECTIONS as LINT_SECTIONS
from plot_templates import SECTIONS
from support.products.templates import document, good_templates

from wollemi.analysis.settings import Settings
from wollemi.loading.load import validate_analysis
from wollemi.model.template_lint import TemplateLinter, decisions
from wollemi.model.templates import Source
from wollemi.pages.captions import caption, description
from wollemi.plots import templates
from wollemi.plots.style import PlotLabels
from wollemi.plots.templates import draw_templates, panel_texts, template_numbers

LABELS = PlotLabels("Wollemi", "1 fb⁻¹ (13 TeV)")


@pytest.fixture(scope="module")
def histograms():
    return good_templates(4)


def content(**asked):
    made = copy.deepcopy(document())
    made["model"]["prune_below"] = {"norm": 0.03, "shape": 0.02}
    made["systematics"]["scale"] |= {
        "smoothing": {"method": "max_variation"},
        "symmetrization": "two_sided",
    }
    names = list(made["systematics"])
    plots = {"templates": {"systematics": names, **asked}, "regions": {"sr": "signal region"}}
    return made | {"plots": plots | {"parameters": {"scale": "Muon scale"}}}


def numbers_of(systematic, histograms, **asked):
    made = content(**asked)
    settings = Settings(validate_analysis(made, "example"), SECTIONS)
    return template_numbers(settings, Source(histograms, settings.datasets), systematic)


def test_panels_are_what_was_decided(histograms):
    """Ratios before and after, and what is dropped, as in `lint.json`."""
    made = content()
    settings = Settings(validate_analysis(made, "example"), LINT_SECTIONS)
    decided = [
        item
        for item in decisions(TemplateLinter(settings, histograms), settings.model)
        if item.systematic == "scale"
    ]
    panels = numbers_of("scale", histograms)["panels"]
    assert [(panel["region"], panel["sample"]) for panel in panels] == [
        (item.region, item.sample) for item in decided
    ]
    for panel, item in zip(panels, decided, strict=True):
        nominal = np.array(panel["nominal"])
        for side in ("up", "down"):
            for events, ratios in ((panel, item.entering), (panel["filled"], item.filled)):
                known = np.array(getattr(ratios, side), np.float64)
                drawn = np.where(nominal > 0, np.array(events[side]), np.nan)
                np.testing.assert_allclose(drawn, known * nominal, rtol=1e-12)
        assert panel["dropped"] == item.dropped
        assert (panel["edges"], panel["norm"]) == ([*item.edges], item.norm)


def test_errors_are_those_of_the_simulation(histograms):
    panel = numbers_of("trigger", histograms, regions="sr", samples="top")["panels"][0]
    nominal = histograms["top"]["sr/mass/nominal"]
    assert panel["errors"] == pytest.approx(np.sqrt(nominal.variances()))
    assert panel["nominal"] == pytest.approx(nominal.values())
    assert "filled" not in panel


def test_a_factor_changes_all_bins_alike(histograms):
    for panel in numbers_of("luminosity", histograms)["panels"]:
        nominal = np.array(panel["nominal"])
        up = np.array(panel["up"])[nominal > 0] / nominal[nominal > 0]
        assert up == pytest.approx(np.full(up.size, 1 + panel["norm"][0]))
        assert panel["shape"] == 0


def test_regions_and_samples_are_chosen(histograms):
    def places(**asked):
        panels = numbers_of("scale", histograms, **asked)["panels"]
        return {(panel["region"], panel["sample"]) for panel in panels}

    everything = places()
    assert {region for region, _ in everything} == {"sr", "cr"}
    assert places(regions="cr") == {item for item in everything if item[0] == "cr"}
    assert places(regions=["sr"], samples=["dy"]) == {("sr", "dy")}
    assert places(samples=["top"], regions=[]) == {item for item in everything if item[1] == "top"}


def test_of_too_many_panels_the_largest_changes_are_shown(histograms, monkeypatch):
    everything = numbers_of("scale", histograms)["panels"]
    monkeypatch.setattr(templates, "MOST_PANELS", 2)
    numbers = numbers_of("scale", histograms)
    sizes = sorted((max(map(abs, (*p["norm"], p["shape"]))) for p in everything), reverse=True)
    shown = {max(map(abs, (*p["norm"], p["shape"]))) for p in numbers["panels"]}
    assert shown == set(sizes[:2])
    assert numbers["left_out"] == len(everything) - 2


def test_lines_are_where_their_numbers_are(histograms):
    numbers = numbers_of("scale", histograms, regions="sr", samples="dy")
    (panel,) = numbers["panels"]
    upper, lower = draw_templates(numbers, LABELS).axes
    drawn = [patch.get_data().values for patch in upper.patches]
    nominal = np.array(panel["nominal"])
    for events in (panel, panel["filled"]):
        for side in ("up", "down"):
            assert any(np.array_equal(line, events[side]) for line in drawn)
            changes = 100 * (np.array(events[side]) / nominal - 1)
            lines = [patch.get_data().values for patch in lower.patches]
            assert any(np.allclose(line, changes, atol=1e-9) for line in lines)
    assert "signal region, dy" in upper.texts[0].get_text() + upper.texts[-1].get_text()
    assert lower.get_xlabel() == panel["x_label"]


def test_text_of_a_panel():
    panel = {"region_label": "SR", "sample_label": "top", "norm": [0.05, -0.04], "shape": 0.021}
    assert panel_texts(panel | {"dropped": []}) == [
        *("SR, top", "yield +5.0 %, −4.0 %; shape 2.1 %"),
    ]
    done = {"smoothing": "max_variation", "symmetrization": "two_sided", "dropped": ["norm"]}
    assert panel_texts(panel | done)[-1] == "max variation, two sided, dropped: norm"
    refused = panel_texts(panel | {"refused": "its yield at +1σ is 0"})
    assert refused == ["SR, top", "refused: its yield at +1σ is 0"]


def test_it_is_told_in_words(histograms):
    numbers = numbers_of("scale", histograms)
    assert caption(numbers) == "Templates at ±1σ: Muon scale"
    text = description(numbers)
    assert text.startswith("Templates at ±1σ: Muon scale. 5 panels")
    assert ": yield " in text
    assert "signal region, " in text


def test_a_systematic_without_panels_says_so(histograms):
    numbers = numbers_of("shower", histograms, samples="signal")
    assert numbers["panels"] == []
    (ax,) = draw_templates(numbers, LABELS).axes
    assert "no templates" in " ".join(text.get_text() for text in ax.texts)
