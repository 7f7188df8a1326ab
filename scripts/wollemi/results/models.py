"""The models of all JSON products."""

import re

from wollemi.results.cls import Cls
from wollemi.results.confidence_intervals import IntervalBatch, Intervals
from wollemi.results.cutflow import Cutflow
from wollemi.results.discovery import Discovery
from wollemi.results.extrapolation import Extrapolation
from wollemi.results.fit import Fits
from wollemi.results.imported import Imported
from wollemi.results.limits import Limits
from wollemi.results.lint import TemplateLint
from wollemi.results.luminosity import LuminosityFile
from wollemi.results.model_check import ModelCheck
from wollemi.results.named import NamedResults
from wollemi.results.parts import DatasetParts
from wollemi.results.predictions import Predictions
from wollemi.results.product import Product
from wollemi.results.ranking import Ranking
from wollemi.results.record import Record
from wollemi.results.region_limits import RegionLimits
from wollemi.results.scans import Scans
from wollemi.results.significances import Significances
from wollemi.results.simplified import ClosureFile, SimplifiedFile
from wollemi.results.summary import Summary
from wollemi.results.toy_fits import ToyBatch, ToyFits
from wollemi.results.toy_goodness import Goodness, GoodnessBatch
from wollemi.results.toy_limits import ToyLimits
from wollemi.results.uncertainties import Uncertainties

# Each has a schema, `workflow/schemas/<word>.schema.json`, and a section of docs/products.md.
PRODUCTS: tuple[type[Product], ...] = (
    NamedResults,
    Summary,
    Fits,
    Predictions,
    Significances,
    Ranking,
    Limits,
    ToyLimits,
    Extrapolation,
    RegionLimits,
    Discovery,
    Scans,
    Goodness,
    GoodnessBatch,
    Intervals,
    IntervalBatch,
    ToyFits,
    ToyBatch,
    Uncertainties,
    Cls,
    Imported,
    TemplateLint,
    ModelCheck,
    LuminosityFile,
    SimplifiedFile,
    ClosureFile,
    Cutflow,
    DatasetParts,
    Record,
)


def model_of(name: str) -> type[Product] | None:
    """The model of a JSON product; None for products without one, like the histograms, whose format
    is defined elsewhere.

    Args:
        name: Path of the file, below the folder of results.
    """
    return next((item for item in PRODUCTS if re.fullmatch(_pattern(item.place), name)), None)


def _pattern(place: str) -> str:
    """Regular expression of a place: `*` matches a name, `**` folders."""
    return re.escape(place).replace(r"\*\*/", "(.*/)?").replace(r"\*", "[^/]*")
