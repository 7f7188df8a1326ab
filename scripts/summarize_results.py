"""Summarize an analysis for people: one HTML page, also part of Snakemake's report, and one JSON
file with its numbers.
"""

import logging
import sys
from typing import TypeVar

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
from wollemi.pages.summary import Statistics, make_summary, rounded
from wollemi.results.confidence_intervals import Intervals
from wollemi.results.discovery import Discovery
from wollemi.results.extrapolation import Extrapolation
from wollemi.results.fit import Fits
from wollemi.results.imported import Imported
from wollemi.results.limits import Limits
from wollemi.results.lint import TemplateLint
from wollemi.results.luminosity import LuminosityFile
from wollemi.results.model_check import ModelCheck
from wollemi.results.predictions import Predictions
from wollemi.results.product import Product
from wollemi.results.region_groups import overlap_text
from wollemi.results.region_limits import RegionLimits
from wollemi.results.scans import Scans
from wollemi.results.significances import Significances
from wollemi.results.summary import Summary
from wollemi.results.toy_fits import ToyFits
from wollemi.results.toy_goodness import Goodness
from wollemi.results.uncertainties import Uncertainties

P = TypeVar("P", bound=Product)
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


def read_optional(job: Job, name: str, model: type[P]) -> P | None:
    """Read an input that not every analysis has, or None if a model could not be built."""
    return (
        model.read(job.input(name))
        if job.inputs(name) and find_absence(job.inputs(name)) is None
        else None
    )


def read_statistics(job: Job) -> Statistics:
    """Read the products in addition to the cutflows."""
    return Statistics(
        fits=read_optional(job, "fit", Fits),
        predictions=read_optional(job, "predictions", Predictions),
        limits=read_optional(job, "limits", Limits),
        extrapolation=read_optional(job, "extrapolation", Extrapolation),
        scans=read_optional(job, "scans", Scans),
        goodness=read_optional(job, "goodness", Goodness),
        uncertainties=read_optional(job, "uncertainties", Uncertainties),
        region_limits=read_optional(job, "region_limits", RegionLimits),
        discovery=read_optional(job, "discovery", Discovery),
        toy_fits=read_optional(job, "toy_fits", ToyFits),
        intervals=read_optional(job, "intervals", Intervals),
        significances=read_optional(job, "significances", Significances),
        imported=read_optional(job, "imported", Imported),
        lint=read_optional(job, "lint", TemplateLint),
        model_check=read_optional(job, "model_check", ModelCheck),
        luminosity=read_optional(job, "luminosity", LuminosityFile),
    )


def main(job: Job) -> None:
    """Write the page and its numbers."""
    cutflows = {path.stem: read_json(path) for path in job.inputs("cutflows")}
    (page,) = job.arguments.page
    summary = make_summary(job.settings, cutflows, read_statistics(job))
    error = find_absence(job.inputs("fit"))
    summary |= absent_model(error) if error else {}
    summary["headline"] = [*absence_lines(summary), *summary["headline"]]
    of_fits = (
        *("results", "exclusion", "extrapolation", "scans", "toy_goodness", "uncertainties"),
        *("region_limits", "interpolation", "discovery", "intervals", "toy_fits", "fit", "yields"),
    )
    summary |= {key: rounded(summary[key]) for key in of_fits if key in summary}
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
