"""What a run makes: nothing of a model without one, and for a preview nothing to publish."""

import pytest
from support.example.products import EXAMPLE

from wollemi.analysis.plain.publication import hepdata_tables
from wollemi.analysis.view import view_of
from wollemi.job.environments import ENVIRONMENTS
from wollemi.plan.plan import Plan
from wollemi.plan.registry import PLOTS, PRODUCTS

FULL = EXAMPLE | {
    "discovery": {},
    "intervals": {},
    "toy_fits": {},
    "results": {"a": {"file": "fit.json"}, "b": {"file": "fit.json"}},
    "publication": {"hepdata": {"x": 1}, "smodels": {"y": 1}},
}
PLAN = Plan(view_of(FULL), "run")
# Programs that need the model → without limits as well.
OF_MODEL = {item.program for item in PRODUCTS if item.section == "model"} | {
    "build_workspace",
    "lint_templates",
    "predict_regions",
    "plot_fit",
    "plot_ranking",
}
OF_GOODNESS = {"merge_goodness", "plot_goodness"}
OF_UNCERTAINTIES = {"group_uncertainties", "plot_uncertainties"}
OF_EXTRAPOLATION = {"extrapolate_limits", "plot_extrapolation"}
OF_REGIONS = {"compute_region_limits"}
OF_DISCOVERY = {"scan_discovery", "plot_discovery"}
OF_TOYS = {"merge_toys", "plot_toys"}
OF_INTERVALS = {"merge_intervals", "plot_intervals"}
OF_SCANS = {"scan_likelihood", "plot_scans"}
OF_LIMITS = {
    "compute_limits",
    "plot_limits",
    "write_likelihood",
    "write_recast",
    "write_simplified",
    "plot_simplified",
}


def without(*keys):
    return Plan(view_of({key: value for key, value in FULL.items() if key not in keys}), "run")


def test_plots_of_the_example():
    (of_fit,) = (entry.names for entry in PLOTS if entry.program == "plot_fit")
    parameters = [name for name in of_fit if "{" not in name]
    fitted = ["postfit_sr", "postfit_cr", "postfit_vr", "region_pulls", *parameters, "goodness"]
    scans = ["scan_strength_signal", "scan_plane_signal", "interval_mu_signal", "toys_signal"]
    before = ["sr_mass", "cr_mass", "vr_mass"]
    of_signals = ["ranking_signal", "uncertainties_signal"]
    assert PLAN.plot_names == [
        "limits",
        "discovery",
        "extrapolation_signal",
        *fitted,
        *of_signals,
        *scans,
        *before,
    ]
    assert len(PLAN.plot_files) == 3 * len(PLAN.plot_names)
    assert PLAN.region_plots["cr_mass"] == {"region": "cr", "variable": "mass"}


def test_only_impacts_of_shown_signals_are_drawn():
    signals = {name: {"role": "signal", "datasets": [name]} for name in ("one", "two", "three")}
    document = EXAMPLE | {"samples": signals}
    assert Plan(view_of(document | {"plots": {"show_signals": "two"}}), "run").drawn_by(
        "plot_ranking"
    ) == ["ranking_two"]
    assert Plan(view_of(document | {"plots": {}}), "run").drawn_by("plot_ranking") == [
        f"ranking_{name}" for name in signals
    ]


@pytest.mark.parametrize(
    ("keys", "left_out"),
    [
        (["limits"], OF_LIMITS),
        (["scans"], OF_SCANS),
        (["goodness"], OF_GOODNESS),
        (["uncertainties"], OF_UNCERTAINTIES),
        (["extrapolation"], OF_EXTRAPOLATION),
        (["region_limits"], OF_REGIONS),
        (["discovery"], OF_DISCOVERY),
        (["intervals"], OF_INTERVALS),
        (["toy_fits"], OF_TOYS),
        (
            [
                *("model", "limits", "scans", "goodness", "uncertainties", "extrapolation"),
                *("region_limits", "discovery", "intervals", "toy_fits"),
            ],
            OF_MODEL
            | OF_LIMITS
            | OF_SCANS
            | OF_GOODNESS
            | OF_UNCERTAINTIES
            | OF_EXTRAPOLATION
            | OF_REGIONS
            | OF_DISCOVERY
            | OF_INTERVALS
            | OF_TOYS,
        ),
        (["results"], {"write_results"}),
    ],
)
def test_what_an_analysis_has_not_is_not_made(keys, left_out):
    assert PLAN.single_jobs.keys() - without(*keys).single_jobs.keys() == left_out


def test_named_results_are_read_from_each_product_once():
    assert PLAN.named_products == ["results/run/fit.json"]


def test_a_preview_has_nothing_to_publish():
    preview = Plan(view_of(FULL), "run", is_preview=True)
    assert set(preview.targets) < set(PLAN.targets)
    left_out = {
        path.removeprefix("results/run/") for path in set(PLAN.targets) - set(preview.targets)
    }
    assert {path.partition("/")[0] for path in left_out} == {
        "likelihood",
        "results.json",
        "records",
        "tables",
    }


def test_the_site_gives_all_that_is_published():
    assert set(PLAN.published) <= set(PLAN.downloads)
    assert len(set(PLAN.downloads)) == len(PLAN.downloads)
    assert set(PLAN.recast_examples) <= set(PLAN.downloads)
    assert {path for path in PLAN.targets if "/records/" not in path} - set(PLAN.downloads) == {
        "results/run/index.html"
    }


def test_a_paper_has_what_is_chosen_or_all():
    def paper(**chosen):
        return Plan(view_of(FULL | {"publication": {"paper": chosen}}), "run")

    assert PLAN.paper == []
    every = paper()
    assert len(every.paper) == 2 * len(PLAN.plot_names) + 3 * len(PLAN.table_names) + 2
    one = paper(figures="limits", tables=["yields"])
    assert [path.removeprefix("results/run/paper/") for path in one.paper] == [
        *("figures/limits.pdf", "figures/limits.json"),
        *("tables/yields.csv", "tables/yields.md", "tables/yields.tex"),
        *("paper.tex", "README.md"),
    ]
    assert one.paper_records == [
        f"results/run/records/{name}.json" for name in ("plot_limits", "write_tables")
    ]
    assert set(one.paper) <= set(one.published)
    assert set(one.paper).isdisjoint(one.downloads)
    assert Plan(view_of(one.analysis.plain), "run", is_preview=True).paper == []


def test_each_product_is_made_by_one_job():
    made = [path for paths in PLAN.single_jobs.values() for path in paths]
    assert len(set(made)) == len(made)
    assert {*PLAN.published, *PLAN.statistics, *PLAN.plot_files} <= {*made}


def test_every_program_of_results_is_asked_for():
    """A rule whose products nobody asks for would never run, and nothing would say so."""
    programs = {
        name
        for kind in ("statistics", "plots", "publication", "simplified")
        for name in ENVIRONMENTS[kind]
    }
    assert programs - PLAN.single_jobs.keys() == {
        "require_model",
        "test_goodness",
        "test_intervals",
        "run_toys",
        "throw_toys",
        # Of published models: test_published.py.
        "import_workspaces",
        "plot_contour",
        # Of corrections that are measured: test_plot_corrections.py.
        "plot_corrections",
        # Where `plots.templates` and `publication.paper` ask for them.
        "plot_templates",
        "write_paper",
    }
    asked = {*PLAN.targets, *PLAN.published, *PLAN.recast_examples}
    assert not [name for name, made in PLAN.single_jobs.items() if asked.isdisjoint(made)]


def test_products_of_its_own_are_asked_for_but_in_previews():
    own = {"ratio": {"hook": "f", "uses": {"found": "fit.json", "limits": "limits.json"}}}
    plan = Plan(view_of(FULL | {"products": own}), "run")
    assert "results/run/products/ratio.json" in plan.targets
    assert plan.own_inputs("ratio") == ["results/run/fit.json", "results/run/limits.json"]
    preview = Plan(view_of(FULL | {"products": own}), "run", is_preview=True)
    assert not [path for path in preview.targets if "products/" in path]


def test_factors_that_are_expressions_have_no_published_likelihood():
    factor = {"expression": "mu * kappa**2", "samples": ["signal"]}
    plan = Plan(view_of(FULL | {"model": FULL["model"] | {"factors": {"one": factor}}}), "run")
    assert (plan.likelihood, plan.product("limits")) == ([], PLAN.product("limits"))
    assert PLAN.likelihood
    assert set(hepdata_tables(PLAN.analysis)) - set(hepdata_tables(plan.analysis)) == {"cls"}


def test_plots_of_templates_are_those_that_are_asked_for():
    asked = {"templates": {"systematics": ["lumi"]}}
    plan = Plan(view_of(FULL | {"plots": FULL.get("plots", {}) | asked}), "run")
    assert plan.template_plots == ["templates_lumi"]
    assert set(plan.plot_names) - set(PLAN.plot_names) == {"templates_lumi"}
    without = Plan(
        view_of({key: item for key, item in plan.analysis.plain.items() if key != "model"}), "run"
    )
    assert without.template_plots == []


def test_each_parameter_of_interest_is_extrapolated():
    """Of signals that are fitted together; they have no common axis."""
    free = {name: {"samples": ["signal"]} for name in ("mu_a", "mu_b")}
    model = FULL["model"] | {"poi": [*free], "free_normalizations": free}
    plan = Plan(
        view_of(FULL | {"model": model, "extrapolation": {"luminosities_ifb": [300]}}), "run"
    )
    assert plan.drawn_by("plot_extrapolation") == ["extrapolation_mu_a", "extrapolation_mu_b"]
    assert "extrapolation" in Plan(view_of(FULL | {"extrapolation": {}}), "run").table_names
