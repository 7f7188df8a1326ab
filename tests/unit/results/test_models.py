"""The list of products holds each model that there is."""

import importlib
import pkgutil

from wollemi import results
from wollemi.results.models import PRODUCTS
from wollemi.results.product import Product


def test_every_model_of_a_product_is_in_the_list():
    """From the list come the schema, docs/products.md, the tolerances, and what named results may
    point to.
    """
    modules = [
        importlib.import_module(f"wollemi.results.{item.name}")
        for item in pkgutil.iter_modules(results.__path__)
    ]
    found = {
        value
        for module in modules
        for value in vars(module).values()
        if isinstance(value, type) and issubclass(value, Product)
    }
    assert found - {Product} == set(PRODUCTS)
