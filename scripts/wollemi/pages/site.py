"""The content of the site's pages other than the summary."""

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from wollemi.analysis.models.model import FACTOR_BOUNDS, Model
from wollemi.analysis.settings import Settings
from wollemi.base.json_files import read_json
from wollemi.job.job import Job
from wollemi.pages.analysis_tables import (
    STATISTICS,
    dataset_rows,
    definitions,
    kind_texts,
    region_rows,
    sample_rows,
    systematic_rows,
)
from wollemi.pages.downloads import download_folders, provenance
from wollemi.pages.plot_groups import CORRECTIONS, group_plots
from wollemi.results.fit import FittedParameter
from wollemi.results.limits import Limits
from wollemi.results.parameter_text import pull_of, pull_text
from wollemi.results.summary import MainFit, SignalResult

# Page → its name in the menu, and its content.
PAGES = {
    "index": ("Overview", "what was found"),
    "regions": ("Regions", "selections, cutflows, yields and plots of each region"),
    "fit": ("Fit", "parameters, pulls, correlations and the largest impacts"),
    "limits": ("Limits", "upper limits and significances"),
    "systematics": ("Systematics", "uncertainties, what they do and where"),
    "data": ("Data", "samples, datasets, cross sections and luminosity"),
    "provenance": ("Provenance", "versions, digests, and the commands that make it all again"),
    "downloads": ("Downloads", "every file with its checksum"),
}
LIMITS = ("limits", "contour")  # names of plots of limits
RANKING = "ranking_"  # prefix of the names of impact plots
TEMPLATES = "templates_"  # prefix of the names of template plots
RANKED = ("poi", "rows", "left_out", "asimov_strength")


def page_names(pages: Sequence[Path], limits: bool) -> dict[str, dict[str, str]]:
    """Page → its `title` in the menu and its description `about`."""
    known = (
        PAGES if limits else PAGES | {"limits": ("Significances", "how far the signals stand out")}
    )
    return {
        path.stem: dict(zip(("title", "about"), known[path.stem], strict=True)) for path in pages
    }


def key_plots(plots: Sequence[Mapping[str, Any]], settings: Settings) -> list[Mapping[str, Any]]:
    """The most important plots: the limits and the fitted signal regions; without a model one plot
    per region.
    """
    regions = [name for name, region in settings.regions.items() if region.without is None]
    signal = [name for name in regions if settings.regions[name].role == "signal"]
    wanted = [*LIMITS, *(f"postfit_{name}" for name in signal)]
    found = [plot for plot in plots if plot["name"] in wanted]
    first = [f"{name}_{settings.regions[name].variable}" for name in regions]
    return found or [plot for plot in plots if plot["name"] in first]


def is_of_limits(name: str) -> bool:
    """Whether a plot shows limits, at the luminosity of the analysis or at other ones."""
    return name in (*LIMITS, "discovery", "extrapolation") or name.startswith("extrapolation_")


def other_plots(
    plots: Sequence[Mapping[str, Any]], regions: Mapping[str, Mapping[str, Any]]
) -> list[Mapping[str, Any]]:
    """Plots of the fit that show neither a region nor templates, corrections, limits or impacts, so
    that each plot is on some page.

    Args:
        plots: All plots, with their names.
        regions: Region → content of its page, with its `plots`.
    """
    shown = {plot["name"] for row in regions.values() for plot in row["plots"]}
    return [
        plot
        for plot in plots
        if plot["name"] not in shown
        and not plot["name"].startswith((RANKING, TEMPLATES, CORRECTIONS))
        and not is_of_limits(plot["name"])
    ]


def pull_texts(parameters: Sequence[FittedParameter]) -> dict[str, str]:
    """Constrained parameter → its pull and its remaining uncertainty, in units of the uncertainty
    before the fit.
    """
    constrained = [
        item
        for item in parameters
        if item.constraint != "none" and item.prefit_error and not item.fixed
    ]
    return {item.name: pull_text(pull_of(item)) for item in constrained}


def ranking_rows(
    plots: Sequence[Mapping[str, Any]], numbers: Mapping[str, Path]
) -> list[dict[str, Any]]:
    """The plots of impacts with their numbers."""
    ranked = [plot for plot in plots if plot["name"].startswith(RANKING)]
    contents = [(plot, read_json(numbers[plot["name"]])) for plot in ranked]
    return [
        {
            "plot": plot,
            "asimov_strength": None,
            **{key: content[key] for key in RANKED if key in content},
        }
        for plot, content in contents
    ]


def free_rows(model: Model) -> dict[str, dict[str, Any]]:
    """Free normalization, or factors of bins → the `samples` it scales, its `regions` (empty for
    all), and its `range` in the fit; without declared bounds a parameter of interest is bounded by
    the model.
    """
    rows = {}
    for name, item in model.free_normalizations.items():
        bounds = item.bounds or (None if name in model.poi else FACTOR_BOUNDS)
        shown = "as the model allows" if bounds is None else f"{bounds[0]:g}–{bounds[1]:g}"
        rows[name] = {"samples": item.samples, "regions": item.regions or (), "range": shown}
    for name, shape in (model.shape_factors or {}).items():
        shown = f"{FACTOR_BOUNDS[0]:g}–{FACTOR_BOUNDS[1]:g}, each bin"
        rows[name] = {"samples": shape.samples, "regions": shape.regions, "range": shown}
    return rows


def model_content(settings: Settings, summary: Mapping[str, Any]) -> dict[str, Any]:
    """The pages' content on the model and its uncertainties; empty without a model."""
    results: Mapping[str, SignalResult] = summary["results"]
    fit: MainFit | None = summary["fit"]
    if not fit:
        return {
            "strengths": {},
            "significances": {},
            "systematics": [],
            "kinds": {},
            "free": {},
            "mc_statistics": "",
        }
    rows = systematic_rows(settings, pull_texts(fit.parameters))
    return {
        "strengths": {name: item.strength for name, item in results.items() if item.strength},
        "significances": {
            name: item.significance for name, item in results.items() if item.significance
        },
        "systematics": rows,
        "kinds": kind_texts(settings),
        "free": free_rows(settings.model),
        "mc_statistics": STATISTICS[settings.model.mc_statistics],
    }


def site_content(job: Job, summary: Mapping[str, Any], copies: Sequence[str]) -> dict[str, Any]:
    """The content of all pages other than the summary.

    Args:
        job: Job with the settings and the inputs.
        summary: Content of `summary.json`.
        copies: Paths of files to download, relative to the site.
    """
    settings, plots = job.settings, summary["plots"]
    (site,) = {page.parent for page in job.arguments.pages}
    numbers = {path.stem: path for path in job.inputs("numbers")}
    max_events = job.option("max_events")
    regions = region_rows(settings, plots, bool(summary["fit"]))
    shown = group_plots(settings.declared, plots)
    known = summary.get("region_groups", {})
    sums = {name: {**known[name], "plots": found} for name, found in shown.items()}
    return {
        "pages": page_names(job.arguments.pages, bool(job.inputs("limits"))),
        "key_plots": key_plots(plots, settings),
        "regions": regions,
        "sums": sums,
        **definitions(settings),
        **model_content(settings, summary),
        "fit_plots": other_plots(plots, {**regions, **sums}),
        "template_plots": [plot for plot in plots if plot["name"].startswith(TEMPLATES)],
        "limit_plots": [plot for plot in plots if is_of_limits(plot["name"])],
        "rankings": ranking_rows(plots, numbers),
        "method": Limits.read(job.input("limits")) if summary["level"] else {},
        "samples": sample_rows(settings),
        "dataset_rows": dataset_rows(settings, summary),
        "eras": any(dataset.era for dataset in settings.datasets.values()),
        "about": settings.about,
        "run": site.parent.name,
        "config": f"analysis={summary['analysis']}"
        + (f" max_events={max_events}" if max_events else ""),
        "python_minor": f"{sys.version_info.major}.{sys.version_info.minor}",
        **provenance(job.inputs("records")),
        "folders": download_folders(copies, site.parent),
    }
