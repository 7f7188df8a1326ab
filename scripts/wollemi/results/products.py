"""What the products of a run are, and what reads them."""

import re

from wollemi.results.cls import Cls
from wollemi.results.cutflow import Cutflow
from wollemi.results.fit import Fits
from wollemi.results.limits import Limits
from wollemi.results.luminosity import LuminosityFile
from wollemi.results.model_check import ModelCheck
from wollemi.results.named import NamedResults
from wollemi.results.parts import DatasetParts
from wollemi.results.product import Product
from wollemi.results.ranking import Ranking
from wollemi.results.record import Record
from wollemi.results.significances import Significances
from wollemi.results.simplified import ClosureFile, SimplifiedFile
from wollemi.results.summary import Summary

JSON_READER = Product.reader
# Each has a schema, `workflow/schemas/<word>.schema.json`, and a section of docs/products.md.
PRODUCTS: tuple[type[Product], ...] = (
    NamedResults,
    Summary,
    Fits,
    Significances,
    Ranking,
    Limits,
    Cls,
    ModelCheck,
    LuminosityFile,
    SimplifiedFile,
    ClosureFile,
    Cutflow,
    DatasetParts,
    Record,
)


def _described(*products: type[Product]) -> dict[str, tuple[str, str]]:
    return {item.place.replace("**/", "").replace("*.json", "*"): (item.about, item.reader) for item in products}


# Path below the results (`*` ends a kind) → what it is, and what reads it.
KINDS = {
    "index.html": ("summary page", "a web browser"),
    "overview.rst": ("the same without plots, for Snakemake's report", "snakemake --report"),
    **_described(NamedResults, Summary, Limits, Significances, Ranking, ModelCheck, Fits, LuminosityFile),
    "workspaces/*": ("statistical models, one per signal", "pyhf, cabinetry; HistFactory JSON readers such as RooFit's HS3"),
    "likelihood/*": ("the model without signal, a patch for each signal, how to use them", "pyhf; see its README.md"),
    "hepdata/*": ("submission to HEPData: tables, plots, likelihood (.tar.gz)", "a YAML reader; hepdata-validator"),
    "simplified/*": ("simplified likelihood and efficiency maps, how to use them", "spey, SModelS; see its README.md"),
    "recast/*": ("entry for RECAST, with its workflow and example inputs", "recast-atlas; see its README.md"),
    "tables/*": ("yields, cutflows, parameters, limits, impacts as CSV, Markdown and LaTeX", "pandas; a text editor; LaTeX"),
    "plots/*": ("plots as PDF and PNG, and a JSON with every number drawn", "viewers; any JSON reader"),
    "histograms/*": ("histograms of each dataset, normalized (UHI)", "the Python packages uhi, hist"),
    **_described(Cutflow),
    "events/*": ("events after the loose selection (Parquet)", "pandas, pyarrow, awkward, DuckDB, ROOT via Arrow"),
    **_described(DatasetParts),
    "files/*": ("production files (ROOT or CSV)", "uproot, ROOT; pandas"),
    **_described(Record),
}


def model_of(name: str) -> type[Product] | None:
    """The model of a JSON product; None: it has none, as the histograms, whose format is that of others.

    Args:
        name: of the file, below the folder of results.
    """
    return next((item for item in PRODUCTS if re.fullmatch(_pattern(item.place), name)), None)


def _pattern(place: str) -> str:
    """`*` stands for a name, `**` for folders."""
    return re.escape(place).replace(r"\*\*/", "(.*/)?").replace(r"\*", "[^/]*")
