"""Write the results as a submission to HEPData: tables with units and uncertainties, plots, and the
likelihood.

Written with hepdata_lib, checked with hepdata-validator. docs/publication.md describes the content
and precision of each table.
"""

import sys
import tempfile
from pathlib import Path
from typing import cast, get_type_hints

from wollemi.base.json_files import read_json
from wollemi.histograms.unrolling import read_unrolled
from wollemi.job.command_line import Program
from wollemi.job.job import Job, run_program
from wollemi.results.fit import require_minima
from wollemi.results.product import Product
from wollemi_publish.hepdata.record import likelihood_resource, published_tables
from wollemi_publish.hepdata.submission import pack, validate_submission, write_submission
from wollemi_publish.hepdata.tables import Found, Products

SECTIONS = (
    "name",
    "center_of_mass_tev",
    "luminosity_ifb",
    "workspace",
    "datasets",
    "samples",
    "regions",
    "variables",
    "model",
    "fit_edges",
    "limits",
    "scans",
    "goodness",
    "uncertainties",
    "extrapolation",
    "region_limits",
    "discovery",
    "intervals",
    "contour",
    "shown_corrections",
    "plots",
    "about",
    "inspire_id",
    "hepdata",
)
PROGRAM = Program(
    __file__,
    __doc__,
    inputs={
        "cutflows": "cutflows of the samples' datasets, each named <dataset>.json",
        "histograms": "histograms of the data: they know the bins",
        "fit": "the fits, if there is a model",
        "predictions": "the fit in regions and variables that were not fitted, if there are any",
        "ranking": "the impacts, if there is a model",
        "significances": "the significances, if there is a model",
        "limits": "the limits, if there are any",
        "scans": "the scans, if there are any",
        "goodness": "the goodness of fit by toys, if it is requested",
        "uncertainties": "the uncertainties by groups of sources, if they are requested",
        "extrapolation": "results at other luminosities, if they are requested",
        "region_limits": "model-independent limits, if they are requested",
        "discovery": "the scan for an excess, if it is requested",
        "intervals": "the confidence intervals, if they are requested",
        "maps": "corrections that are measured, each named <correction>.json, or nothing",
        "cls": "CLs of each signal, if there are limits",
        "likelihood": "the likelihood: its package, or the workspaces; nothing without a model",
        "plots": "plots as PNG",
        "luminosity": "luminosity of certified blocks, or nothing",
    },
    outputs={"submission": "the submission (.tar.gz)"},
    sections=SECTIONS,
)


# Input → model of the product.
MODELS: dict[str, type[Product]] = get_type_hints(Found)


def read_products(job: Job) -> Products:
    """Read the products behind the tables."""
    found = cast(
        Found,
        {name: model.read(job.input(name)) for name, model in MODELS.items() if job.inputs(name)},
    )
    require_minima(found["fit"])
    cutflows = {path.stem: read_json(path) for path in job.inputs("cutflows")}
    variables = job.settings.variables
    histograms = [read_unrolled(path, variables) for path in job.inputs("histograms")]
    maps = {path.stem: read_json(path) for path in job.inputs("maps")}
    return Products(job.settings, cutflows, histograms, found, maps)


def main(job: Job) -> None:
    """Write the submission."""
    settings, products = job.settings, read_products(job)
    tables = published_tables(products, {path.stem: path for path in job.inputs("plots")})
    with tempfile.TemporaryDirectory(prefix="wollemi-hepdata-") as folder:
        scratch = Path(folder)
        resources = likelihood_resource(job.inputs("likelihood"), scratch)
        inspire = int(settings.inspire_id.removeprefix("ins")) if settings.inspire_id else None
        abstract = " ".join(settings.hepdata.abstract.split())
        files = write_submission(scratch, abstract, tables, resources, inspire, settings.about)
        validate_submission(files)
        content = {path.name: path.read_bytes() for path in files.iterdir()}
    job.output("submission").write_bytes(pack(content))


if __name__ == "__main__":
    sys.exit(run_program(PROGRAM, main))
