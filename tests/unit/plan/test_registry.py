"""The entries of products and plots: each program, function and field that they name exists."""

import re
from importlib import import_module

import pytest
from support.project.paths import ROOT

from wollemi.finished.redrawn import DRAWN, drawing
from wollemi.plan.plot_names import FIELDS
from wollemi.plan.registry import PLOTS, PRODUCTS
from wollemi.results.models import model_of

PATTERNS = [name for entry in PLOTS for name in entry.names]


def test_programs_exist_once():
    programs = [item.program for item in (*PRODUCTS, *PLOTS)]
    programs += [item.batches for item in PRODUCTS if item.batches]
    assert len(set(programs)) == len(programs)
    assert [name for name in programs if not (ROOT / f"scripts/{name}.py").is_file()] == []


def test_products_and_batches_have_models():
    assert all(model_of(f"{item.name}.json") for item in PRODUCTS)
    assert all(model_of(f"{item.name}/0.json") for item in PRODUCTS if item.batches)
    assert {entry.product for entry in PLOTS} <= {item.name for item in PRODUCTS}


def test_plots_have_different_places():
    assert sorted(entry.order for entry in PLOTS) == [*range(1, len(PLOTS) + 1)]
    assert len(set(PATTERNS)) == len(PATTERNS)


def test_fields_are_known_and_used():
    assert set(re.findall(r"{(\w+)}", "".join(PATTERNS))) == FIELDS.keys()


@pytest.mark.parametrize("function", sorted(set(DRAWN.values())))
def test_a_drawing_exists(function):
    module, name = function.split(".")
    assert callable(getattr(import_module(f"wollemi.plots.{module}"), name))


def test_a_plot_is_drawn_by_its_own_function():
    assert (
        drawing("extrapolation") == drawing("extrapolation_a") == "extrapolation.draw_extrapolation"
    )
    assert drawing("ranking_signal") == "ranking.draw_ranking"
    assert drawing("limits") is drawing("postfit_pulls") is None


@pytest.mark.parametrize(
    "program", ["compute_significance", "rank_parameters", "scan_discovery", "merge_toys"]
)
def test_a_program_is_named_in_its_entry_alone(program):
    """Plan, environment and rule come from the entry."""
    files = [*(ROOT / "scripts/wollemi").rglob("*.py"), *(ROOT / "workflow/rules").glob("*.smk")]
    named = [path.name for path in files if re.search(rf"\b{program}\b", path.read_text())]
    assert named == ["registry.py"]
