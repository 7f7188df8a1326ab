"""`products/<name>.json`: what a function of the analysis computes from other products."""

import json
from typing import Any

from pydantic import Field

from wollemi.results.product import OF_A_FIT, Product
from wollemi_likelihood.base.errors import WollemiError


class OwnProduct(Product):
    """A value of the analysis itself."""

    place = "products/*.json"
    about = "values that functions of the analysis compute from other products"
    word = "product"
    section = "products"
    tolerances = (OF_A_FIT,)

    name: str = Field(description="its name in the analysis file")
    value: Any = Field(description="what the function returned")
    marks: tuple[str, ...] = Field(
        description="restrictions of the products used: `pseudo-data`, `BLINDED`; empty: from data"
    )


def plain_value(where: str, value: Any) -> Any:
    """What a function returned, as JSON has it.

    Args:
        where: Place of the function in the analysis file.
        value: Numbers, text, lists, dictionaries with names as keys; arrays of numpy.

    Raises:
        WollemiError: JSON cannot hold it, or a number is not finite.
    """

    def of_numpy(item: Any) -> Any:
        if hasattr(item, "tolist"):
            return item.tolist()
        raise TypeError(f"a {type(item).__name__}")

    try:
        return json.loads(json.dumps(value, default=of_numpy, allow_nan=False))
    except (TypeError, ValueError) as error:
        raise WollemiError(
            where,
            f"returned something that is not JSON: {error}",
            "return finite numbers, text, lists or dictionaries",
        ) from None
