"""Factors with a value for each sample: whatever reads a systematic takes that of its sample."""

import copy

import numpy as np
import pytest
from build_workspace import SECTIONS
from lint_templates import SECTIONS as LINT_SECTIONS
from plot_templates import SECTIONS as PLOT_SECTIONS
from support.products.background_toys import TRANSFER, make_histograms
from support.products.background_toys import document as document_with_estimate
from support.products.templates import document, good_templates

from wollemi.analysis.settings import Settings
from wollemi.loading.expand import plain_document
from wollemi.loading.load import validate_analysis
from wollemi.model.estimates import Estimator
from wollemi.model.template_lint import TemplateLinter, decisions
from wollemi.model.templates import Source
from wollemi.model.workspace import WorkspaceBuilder
from wollemi.plots.templates import template_numbers

SAMPLES = ["dy", "top", "signal"]
SIZES = {"dy": 1.25, "top": 1.1, "signal": 1.4}


@pytest.fixture(scope="module")
def histograms():
    made = good_templates(4)
    return made | {"data": {name: item for name, item in made["top"].items() if "nominal" in name}}


def settings(sections, **systematics):
    content = copy.deepcopy(document())
    content["systematics"] = {
        name: {"kind": "normalization", "down": 0.9, **item} for name, item in systematics.items()
    }
    content["plots"] = {"templates": {"systematics": [*systematics]}}
    return Settings(validate_analysis(content, "example"), sections)


def read(histograms, **systematics):
    """What the model, the checks and the plots of templates make of systematics."""
    linter = TemplateLinter(settings(LINT_SECTIONS, **systematics), histograms)
    plotted = settings(PLOT_SECTIONS, **systematics)
    model = settings(LINT_SECTIONS, **systematics).model
    return {
        "model": WorkspaceBuilder(settings(SECTIONS, **systematics), histograms).build("signal"),
        "decisions": [item.plain() for item in decisions(linter, model)],
        "plots": [
            template_numbers(plotted, Source(histograms, plotted.datasets), name)
            for name in systematics
        ],
    }


def test_equal_values_are_one_value(histograms):
    one = {"samples": SAMPLES, "up": 1.2}
    each = {"samples": SAMPLES, "up": dict.fromkeys(SAMPLES, 1.2)}
    assert read(histograms, rate=each) == read(histograms, rate=one)


def test_each_sample_has_its_own(histograms):
    """As one systematic per sample, but for the name of the parameter."""
    together = read(histograms, rate={"samples": SAMPLES, "up": SIZES})
    alone = {f"rate_{name}": {"samples": [name], "up": size} for name, size in SIZES.items()}
    apart = read(histograms, **alone)

    def panels(found):
        rows = (row for plot in found["plots"] for row in plot["panels"])
        return sorted(rows, key=lambda row: (row["region"], row["sample"]))

    assert panels(together) == panels(apart)

    def modifiers(found):
        return sorted(
            (channel["name"], one["name"], str(item["data"]))
            for channel in found["model"]["channels"]
            for one in channel["samples"]
            for item in one["modifiers"]
            if item["name"].startswith("rate")
        )

    assert modifiers(together) == modifiers(apart)
    assert len({data for *_, data in modifiers(together)}) == len(SIZES)


def test_each_subtracted_sample_has_its_own():
    found = make_histograms(np.random.default_rng(4))
    item = copy.deepcopy(TRANSFER)
    item["transfer"]["subtract"] = ["mc", "other"]
    content = document_with_estimate(item, "histogram")
    content["samples"]["other"] = {"role": "background", "datasets": "signal"}
    del content["samples"]["signal"], content["model"]
    sizes = {"mc": 1.1, "other": 1.5}
    content["systematics"] = {
        "rate": {"kind": "normalization", "up": sizes, "down": 0.9, "samples": [*sizes]}
    }
    plain = plain_document(content)
    analysis = validate_analysis(plain, "toy")
    parts = analysis.samples, analysis.regions, analysis.systematics
    source = Source(found, analysis.datasets)
    made = Estimator("qcd", plain["datasets"]["qcd"]["estimate"], source, *parts)
    data, mc, other = (
        found[name]["control/x/nominal"].values() for name in ("data", "mc", "signal")
    )
    expected = data - 1.1 * mc - 1.5 * other
    assert made.remaining("control", "x", ("rate", "up")).values() == pytest.approx(expected)
