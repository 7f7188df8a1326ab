"""The products of the model and their plots, one entry each: the lists of plan, environments,
finished runs and tests come from here.

Standard library only: an entry names programs and imports none of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple


class Product(NamedTuple):
    """A JSON file that one program computes from the models.

    Args:
        name: Name of the file, and of the input of the programs that read it.
        program: Program that writes it.
        section: Section of the analysis file that asks for it; `model` if every model has it.
        table: Whether a table has the same name.
        batches: Program that writes its batches, in the folder of the same name.
        line: Line of each signal on the summary page, with the keys of its numbers in braces, as
            in `χ² {chi2}, p-value {p_value}`; empty if the page has a table, or nothing. The
            product has the numbers in a field of its name.
    """

    name: str
    program: str
    section: str = "model"
    table: bool = False
    batches: str = ""
    line: str = ""


class Plots(NamedTuple):
    """Plots of a product, drawn by one program.

    Args:
        program: Program that draws them.
        product: Name of the product; an analysis without it has no such plots.
        names: Name of each plot → function below `wollemi.plots` that draws it from its numbers
            alone; empty if there is none. `{field}` stands for each value of the field, see
            `wollemi.plan.plot_names`.
        order: Place on the pages; jobs have the order of the entries.
    """

    program: str
    product: str
    names: Mapping[str, str]
    order: int


PREDICTIONS = "predictions"
# In the order of jobs and tables.
PRODUCTS = (
    Product("model_check", "check_model"),
    Product("fit", "fit_model"),
    # In regions and variables that were not fitted: no section asks for them.
    Product(PREDICTIONS, "predict_regions", section=PREDICTIONS),
    Product("limits", "compute_limits", section="limits", table=True),
    Product("extrapolation", "extrapolate_limits", section="extrapolation", table=True),
    Product("significances", "compute_significance"),
    Product("ranking", "rank_parameters"),
    Product("scans", "scan_likelihood", section="scans", table=True),
    Product("goodness", "merge_goodness", "goodness", table=True, batches="test_goodness"),
    Product("uncertainties", "group_uncertainties", section="uncertainties", table=True),
    Product("region_limits", "compute_region_limits", section="region_limits", table=True),
    Product("discovery", "scan_discovery", section="discovery", table=True),
    Product("intervals", "merge_intervals", "intervals", table=True, batches="test_intervals"),
    Product("toy_fits", "merge_toys", "toy_fits", table=True, batches="run_toys"),
)
PLOTS = (
    Plots(
        "plot_fit",
        "fit",
        {
            "postfit_{place}": "",
            "region_pulls{if_several_regions}": "",
            "signal_to_background_{ordered}": "",
            "pulls": "parameters.draw_pulls",
            "correlations": "parameters.draw_correlations",
        },
        order=5,
    ),
    Plots("plot_ranking", "ranking", {"ranking_{shown}": "ranking.draw_ranking"}, order=7),
    Plots("plot_limits", "limits", {"limits": ""}, order=1),
    Plots("plot_contour", "limits", {"contour{if_grid}": ""}, order=2),
    Plots("plot_discovery", "discovery", {"discovery": "discovery.draw_discovery"}, order=3),
    Plots(
        "plot_extrapolation",
        "extrapolation",
        {
            "extrapolation{if_several_points}": "extrapolation.draw_extrapolation",
            "extrapolation_{shown}": "extrapolation.draw_extrapolation",
        },
        order=4,
    ),
    Plots("plot_scans", "scans", {"scan_{scan}_{model}": "scans.draw_scan"}, order=9),
    Plots("plot_toys", "toy_fits", {"toys_{shown}": "toy_fits.draw_toys"}, order=11),
    Plots(
        "plot_intervals",
        "intervals",
        {"interval_{parameter}_{model}": "confidence_intervals.draw_intervals"},
        order=10,
    ),
    Plots("plot_goodness", "goodness", {"goodness": "toy_goodness.draw_goodness"}, order=6),
    Plots(
        "plot_uncertainties",
        "uncertainties",
        {"uncertainties_{shown}": "uncertainties.draw_uncertainties"},
        order=8,
    ),
)
