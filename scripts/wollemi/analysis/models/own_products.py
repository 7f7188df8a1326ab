"""Numbers that an analysis computes itself: the model of its section `products`."""

from collections.abc import Mapping
from typing import Annotated

from pydantic import Field

from wollemi.analysis.models.base import Name, Section


class OwnProduct(Section):
    """A function in the `hooks.py` next to the analysis file, applied to products of the run."""

    hook: Name = Field(description="function; it returns numbers, text, lists or dictionaries")
    uses: Mapping[Name, Annotated[str, Field(min_length=1)]] = Field(
        min_length=1,
        description="argument → JSON product in the folder of results, such as `fit.json`, "
        "which the function gets as a dictionary",
    )
