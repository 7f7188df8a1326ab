"""Summarize an analysis for people: one HTML page, also part of Snakemake's report, and one JSON
file with its numbers.
"""

import logging
import sys
from typing import get_args, get_type_hints

from wollemi.base.absence import absent_model
from wollemi.base.json_files import read_json
from wollemi.job.absent_model import find_absence
from wollemi.job.command_line import Program
from wollemi.job.job import Job, run_program
from wollemi.job.records import relative_name
from wollemi.pages.captions import plot_rows
from wollemi.pages.headlines import absence_lines
from wollemi.pages.number_lines import number_lines
from wollemi.pages.pages import page_environment, report_page
from wollemi.pages.summary import OF_FITS, Statistics, make_summary, result_lines, rounded
from wollemi.results.region_groups import overlap_text
from wollemi.results.summary import Summary

LOGGER = logging.getLogger("wollemi")
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
        "predictions": "the fit in regions and variables that were not fitted, if there are any",
        "limits": "the limits, if there are any",
        "extrapolation": "results at other luminosities, if they are requested",
        "scans": "the scans, if there are any",
        "goodness": "the goodness of fit by toys, if it is requested",
        "uncertainties": "the uncertainties by groups of sources, if they are requested",
        "region_limits": "model-independent limits, if they are requested",
        "discovery": "the scan for an excess, if it is requested",
        "intervals": "the confidence intervals, if they are requested",
        "toy_fits": "the fits of toys, if they are requested",
        "significances": "the significances, if there are any",
        "results": "other results with a line on the page, if there are any",
        "imported": "what the published model is, if there is one",
        "lint": "flaws of the templates, if there is a model",
        "model_check": "the comparison of the model with pyhf, if there is a model",
        "luminosity": "luminosity of certified blocks, or nothing",
    },
    outputs={
        "page": "the page",
        "overview": "the same without plots, for Snakemake's report",
        "summary": "its numbers",
    },
    sections=SECTIONS,
)


def read_statistics(job: Job) -> Statistics:
    """Read the products in addition to the cutflows: those that the analysis has, if a model could
    be built.
    """
    models = {name: get_args(hint)[0] for name, hint in get_type_hints(Statistics).items()}
    paths = {name: job.inputs(name) for name in models}
    return Statistics(
        **{
            name: models[name].read(job.input(name))
            for name, found in paths.items()
            if found and find_absence(found) is None
        }
    )


def main(job: Job) -> None:
    """Write the page and its numbers."""
    cutflows = {path.stem: read_json(path) for path in job.inputs("cutflows")}
    (page,) = job.arguments.page
    summary = make_summary(job.settings, cutflows, read_statistics(job))
    products = {path.stem: read_json(path) for path in job.inputs("results")}
    lines = result_lines(products)
    summary |= {"result_lines": lines} if lines else {}
    error = find_absence(job.inputs("fit"))
    summary |= absent_model(error) if error else {}
    summary["headline"] = [*absence_lines(summary), *summary["headline"]]
    summary |= {key: rounded(summary[key]) for key in OF_FITS if key in summary}
    for name, group in summary.get("region_groups", {}).items():
        group |= {"yields": rounded(group["yields"])} if "yields" in group else {}
        if "in_several" in group:
            LOGGER.warning("plots.region_groups.%s: %s", name, overlap_text(group["in_several"]))
    summary["lines"] = number_lines(summary)
    summary["plots"] = plot_rows(job.inputs("numbers"), page)
    pages = page_environment(job.inputs("templates"), job.settings)
    job.output("page").write_text(
        pages.get_template("summary.html.j2").render(summary), encoding="utf-8"
    )
    overview = pages.get_template("overview.rst.j2").render(summary)
    job.output("overview").write_text(report_page(overview), encoding="utf-8")
    summary["headline"] = [*summary["headline"], f"open {relative_name(page)}"]
    job.write_json("summary", Summary.model_validate(summary).plain())


if __name__ == "__main__":
    sys.exit(run_program(PROGRAM, main))
