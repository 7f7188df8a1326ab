"""Summarize an analysis for people: one HTML page, the same for Snakemake's report, and one JSON file with its numbers."""

import sys
from collections.abc import Mapping
from typing import Any

from wollemi.analysis.settings import Settings
from wollemi.base.absence import absence, absent_model
from wollemi.base.json_files import read_json
from wollemi.base.rounding import significant_float
from wollemi.job.absent_model import find_absence
from wollemi.job.command_line import Program
from wollemi.job.job import Job, run_program
from wollemi.job.records import relative_name
from wollemi.pages.captions import plot_rows
from wollemi.pages.certified_tables import aligned_cutflows, certified_rows
from wollemi.pages.headlines import absence_lines, headline, signal_results
from wollemi.pages.number_lines import number_lines
from wollemi.pages.pages import page_environment, report_page
from wollemi.pages.tables import (
    Cutflows,
    account_table,
    blinding_of,
    dataset_cutflows,
    fit_yields,
    input_rows,
    lost_files,
    region_cutflows,
    selection_yields,
)
from wollemi.plots.luminosity_label import beam_text
from wollemi.results.fit import bin_of, main_fit
from wollemi.results.marks import find_marks

SECTIONS = (
    "name",
    "title",
    "description",
    "center_of_mass_tev",
    "luminosity_ifb",
    "certified",
    "datasets",
    "samples",
    "regions",
    "plots",
)
PROGRAM = Program(
    __file__,
    __doc__,
    inputs={
        "templates": "summary.html.j2, overview.rst.j2, and those that they name",
        "cutflows": "cutflows of the datasets, each named <dataset>.json",
        "numbers": "numbers of the plots; PNG and PDF lie beside them",
        "fit": "the fits, if there is a model",
        "limits": "the limits, if there are any",
        "significances": "the significances, if there are any",
        "model_check": "the comparison of the model with pyhf, if there is a model",
        "luminosity": "luminosity of certified blocks, or nothing",
    },
    outputs={"page": "the page", "overview": "the same without plots, for Snakemake's report", "summary": "its numbers"},
    sections=SECTIONS,
)


def make_summary(settings: Settings, cutflows: Cutflows, products: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """All numbers of the summary but the plots, as plain values.

    Args:
        settings: of the analysis.
        cutflows: dataset → cutflow.
        products: `fit`, `limits`, `significances`, `model_check`, `luminosity`: their content, empty where there is none.
    """
    fit, limits, samples, blinding = products["fit"], products["limits"], settings.samples, blinding_of(cutflows)
    hidden = blinding["yields"] if blinding else []
    signals = [name for name, sample in samples.items() if sample.role == "signal"]
    regions = [name for name, region in settings.regions.items() if region.without is None]
    summary: dict[str, Any] = {
        "analysis": settings.selected["name"],
        "title": settings.title,
        "description": settings.selected.get("description", ""),
        "beam": beam_text(settings.center_of_mass_tev, settings.luminosity_ifb),
        "marks": find_marks(settings.samples, settings.datasets, cutflows),
        "blinding": blinding,
        "results": signal_results(signals, fit, limits, products["significances"]),
        "level": limits.get("level"),
        "exclusion": limits.get("exclusion"),
        "fit": fit_summary(fit) if fit else None,
        "model_check": comparison_summary(products["model_check"]),
        "yields": fit_yields(main_fit(fit)[1], shown_order(settings), settings.regions, hidden) if fit else {},
        "selected": selection_yields(cutflows, samples, regions),
        "cutflow": {region: region_cutflows(aligned_cutflows(cutflows), samples, region) for region in regions},
        "datasets": dataset_cutflows(cutflows),
        "account": account_table(cutflows),
        "certified": certified_rows(settings.selected, settings.datasets, cutflows, products["luminosity"].get("eras", {})),
        "inputs": input_rows(settings.datasets, cutflows, cutflows),
        "lost_files": lost_files(cutflows),
    }
    summary |= {"left_out": limits["left_out"]} if "left_out" in limits else {}
    return summary | {"headline": headline(summary["analysis"], summary["marks"], summary, settings.plots, samples)}


def shown_order(settings: Settings) -> list[str]:
    """Samples of the model as in legends: the top of the stack first."""
    styled = [name for name in settings.plots.samples if name in settings.samples]
    return [*reversed(styled), *(name for name in settings.samples if name not in styled)]


def fit_summary(fit: Mapping[str, Any]) -> dict[str, Any]:
    """Status and parameters of the main fit, factors of bins left out."""
    name, main = main_fit(fit)
    parameters = [item for item in main["parameters"] if bin_of(item["name"]) is None]
    goodness = {key: main[key] for key in ("deviance", "goodness_of_fit") if "goodness_of_fit" in main}
    return goodness | {
        "name": name,
        "measurement": fit["measurement"],
        "status": main["status"],
        "minus_two_log_likelihood": main["minus_two_log_likelihood"],
        "parameters": parameters,
        "factors_of_bins": len(main["parameters"]) - len(parameters),
    }


def comparison_summary(check: Mapping[str, Any]) -> dict[str, Any] | None:
    """What the likelihood was compared with, and how well they agree.

    Args:
        check: `model_check.json`, empty where there is no model.
    """
    if not check:
        return None
    return {"pyhf": check["pyhf"], "points": len(next(iter(check["checks"].values()))), "tolerance": check["relative_tolerance"]}


def rounded(value: Any) -> Any:
    """Plain values with floats rounded: the later digits of a fit differ between machines."""
    if isinstance(value, float):
        return significant_float(value)
    if isinstance(value, Mapping):
        return {key: rounded(item) for key, item in value.items()}
    return [rounded(item) for item in value] if isinstance(value, list | tuple) else value


def read_optional(job: Job, name: str) -> dict[str, Any]:
    """Content of an input that not every analysis has, and that is nothing where no model could be built."""
    content: dict[str, Any] = read_json(job.input(name)) if job.inputs(name) else {}
    return {} if absence(content) else content


def main(job: Job) -> None:
    """Write the page and its numbers."""
    cutflows = {path.stem: read_json(path) for path in job.inputs("cutflows")}
    products = {name: read_optional(job, name) for name in ("fit", "limits", "significances", "model_check", "luminosity")}
    (page,) = job.arguments.page
    summary = make_summary(job.settings, cutflows, products)
    error = find_absence(job.inputs("fit"))
    summary |= absent_model(error) if error else {}
    summary["headline"] = [*absence_lines(summary), *summary["headline"]]
    summary |= {key: rounded(summary[key]) for key in ("results", "exclusion", "fit", "yields")}
    summary["lines"] = number_lines(summary)
    summary["plots"] = plot_rows(job.inputs("numbers"), page)
    pages = page_environment(job.inputs("templates"), job.settings)
    job.output("page").write_text(pages.get_template("summary.html.j2").render(summary), encoding="utf-8")
    overview = pages.get_template("overview.rst.j2").render(summary)
    job.output("overview").write_text(report_page(overview), encoding="utf-8")
    job.write_json("summary", summary | {"headline": [*summary["headline"], f"open {relative_name(page)}"]})


if __name__ == "__main__":
    sys.exit(run_program(PROGRAM, main))
