"""What the site says of the example."""

from collections import Counter

import pytest
from support.example.products import main_fit
from support.project.paths import ROOT

from wollemi.analysis.models.model import Model
from wollemi.loading.load import load_analysis, read_analysis
from wollemi.pages.analysis_tables import region_rows
from wollemi.pages.plot_groups import CORRECTIONS
from wollemi.pages.site import TEMPLATES, free_rows, is_of_limits, other_plots, pull_texts
from wollemi.plan.plan import Plan

ANALYSES = sorted((ROOT / "config/analyses").glob("*/analysis.yaml"))


def test_free_factors_are_listed_with_their_regions():
    model = Model(
        poi="mu",
        free_normalizations={
            "norm": {"samples": "dy", "regions": "cr", "bounds": [0, 3]},
            "mu": {"samples": "signal"},
        },
        shape_factors={"shape": {"samples": "top", "regions": ["sr", "cr"]}},
    )
    assert free_rows(model) == {
        "norm": {"samples": ("dy",), "regions": ("cr",), "range": "0–3"},
        "mu": {"samples": ("signal",), "regions": (), "range": "as the model allows"},
        "shape": {"samples": ("top",), "regions": ("sr", "cr"), "range": "0–10, each bin"},
    }


def test_pulls_are_in_units_of_the_uncertainty_before_the_fit():
    """A luminosity of 0 ± 1, and a bin of 1.0 ± 0.1."""
    found = pull_texts(main_fit().parameters)
    assert found == {"lumi": "−0.50 ± 0.90", "staterror_sr[0]": "0.20 ± 0.50"}


@pytest.mark.parametrize("path", ANALYSES, ids=lambda path: path.parent.name)
def test_every_plot_is_on_one_page(path):
    """Also one of a new kind, unknown to the site."""
    plots = [
        {"name": name}
        for name in [
            "a_new_plot",
            "correction_id",
            *Plan(read_analysis(path), "run").plot_names,
        ]
    ]
    regions = region_rows(load_analysis(path, ("regions", "variables")), plots, True)
    ranked = [plot for plot in plots if plot["name"].startswith("ranking_")]
    limits = [plot for plot in plots if is_of_limits(plot["name"])]
    templates = [plot for plot in plots if plot["name"].startswith(TEMPLATES)]
    corrections = [plot for plot in plots if plot["name"].startswith(CORRECTIONS)]
    others = other_plots(plots, regions)
    shown = [
        plot["name"]
        for part in (
            *(ranked, limits, templates, corrections, others),
            *(row["plots"] for row in regions.values()),
        )
        for plot in part
    ]
    assert Counter(shown) == Counter(plot["name"] for plot in plots)
    known = {"a_new_plot", "region_pulls", "pulls", "correlations", "goodness"}
    kinds = ("scan_", "signal_to_background_", "uncertainties_", "interval_", "toys_")
    assert all(name in known or name.startswith(kinds) for name in (p["name"] for p in others))
