"""The models of all JSON products."""

import pkgutil
import re
from importlib import import_module

from wollemi import results
from wollemi.results.product import Product

# Order of the pages that list products; a product that is not listed here comes last.
ORDER = (
    *("results.json", "summary.json", "fit.json", "predictions.json", "significances.json"),
    *("ranking.json", "limits.json", "toy_limits/*.json", "extrapolation.json"),
    *("region_limits.json", "discovery.json", "scans.json", "goodness.json", "goodness/*.json"),
    *("intervals.json", "intervals/*.json", "toy_fits.json", "toy_fits/*.json"),
    *("uncertainties.json", "likelihood/cls.json", "imported.json", "lint.json"),
    *("model_check.json", "luminosity.json", "simplified/simplified_likelihood.json"),
    *("simplified/closure.json", "cutflow/*.json", "parts/*.json", "records/**/*.json"),
)


def _models() -> set[type[Product]]:
    """The products of all modules of this package."""
    names = [item.name for item in pkgutil.iter_modules(results.__path__) if item.name != "models"]
    modules = [import_module(f"{results.__name__}.{name}") for name in names]
    values = [value for module in modules for value in vars(module).values()]
    return {item for item in values if isinstance(item, type) and issubclass(item, Product)}


def _place(model: type[Product]) -> tuple[int, str]:
    return ORDER.index(model.place) if model.place in ORDER else len(ORDER), model.place


# Each has a schema, `workflow/schemas/<word>.schema.json`, and a section of docs/products.md.
PRODUCTS = tuple(sorted(_models() - {Product}, key=_place))


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
