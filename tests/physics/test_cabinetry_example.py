"""cabinetry's example, from its events to the limit, against the numbers of its own test."""

from pathlib import Path

import pytest
from support.events.cabinetry_example import write_events
from support.oracles.published_numbers import reproduces
from support.project.paths import ROOT
from support.tiny.analysis import working
from support.tiny.steps import build_workspace, process, read_json

from wollemi_likelihood.fit import fit, minos
from wollemi_likelihood.inference.goodness_of_fit import goodness_of_fit
from wollemi_likelihood.inference.ranking import ranking
from wollemi_likelihood.likelihood import Likelihood
from wollemi_likelihood.limits import significance, upper_limit

CONFIGURATION = ROOT / "tests/data/published/cabinetry_example.yaml"


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    with working(tmp_path_factory.mktemp("cabinetry"), CONFIGURATION.read_text()):
        write_events(Path("input"))
        for dataset in ("signal", "background", "background_varied", "data"):
            process(dataset)
        assert build_workspace(signals=["signal"]) == 0
        return Likelihood.from_workspace(read_json("workspaces/signal.json"))


@pytest.fixture(scope="module")
def best(model):
    return fit(model)


def test_the_page_shows_the_analysis():
    page = ROOT / "docs/coming_from_statistical_tools.md"
    shown = f"```{{literalinclude}} ../{CONFIGURATION.relative_to(ROOT)}\n"
    assert shown in page.read_text(encoding="utf-8")


def test_the_fit(model, best):
    reproduces("cabinetry_deviance", best.minus_two_log_likelihood)
    for name in ("Signal_norm", "Modeling", "WeightBasedModeling"):
        reproduces(f"cabinetry_{name}", best.values[model.index[name]])
    errors = minos(model, best, ["Signal_norm"])["Signal_norm"]
    reproduces("cabinetry_minos_down", errors.lower)
    reproduces("cabinetry_minos_up", errors.upper)
    reproduces("cabinetry_goodness", goodness_of_fit(model, best).p_value)


def test_the_ranking(model):
    rows = {row.name: row for row in ranking(model)}
    reproduces("cabinetry_impact_up", rows["Modeling"].up)
    reproduces("cabinetry_impact_down", rows["Modeling"].down)


def test_the_limits(model):
    limit = upper_limit(model)
    reproduces("cabinetry_limit", limit.observed)
    reproduces("cabinetry_limit_median", limit.expected[2])


def test_the_significance(model):
    found = significance(model)
    reproduces("cabinetry_significance", found.observed)
    reproduces("cabinetry_significance_expected", found.expected)
