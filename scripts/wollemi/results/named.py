"""`results.json`: single numbers of the products, with names for use elsewhere."""

from collections.abc import Mapping
from typing import Final, Literal

from pydantic import Field

from wollemi.analysis.models.base import Name
from wollemi.results.product import OF_A_FIT, Part, Product

FORMAT: Final = "wollemi-results-1"


class ResultValue(Part):
    """A named result with its value, and where it was read from."""

    value: int | float | None = Field(
        description="the number; null: the product has none, or it is blinded"
    )
    unit: str = Field(description="unit of the number; empty: a pure number")
    description: str = Field(description="meaning of the number")
    file: str = Field(description="product, relative to the folder of this file")
    pointer: str = Field(description="JSON Pointer (RFC 6901) to the number in that file")
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$", description="SHA-256 of that file")
    marks: tuple[str, ...] = Field(
        description="restrictions: `pseudo-data`, `BLINDED`, `PREVIEW`; empty: from data"
    )


class NamedResults(Product):
    """Single numbers for others to read by name."""

    place = "results.json"
    about = "named results: single numbers, with where each stands"
    word = "results"
    tolerances = (OF_A_FIT,)

    format: Literal["wollemi-results-1"] = Field(description="version of this format")
    analysis: Name = Field(description="name of the analysis")
    title: str = Field(description="title of the analysis, for people")
    results: Mapping[Name, ResultValue] = Field(description="name → number")
