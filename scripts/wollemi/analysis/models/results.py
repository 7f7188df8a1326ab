"""Named results: the model of the section `results` of an analysis file, and that of `results.json`."""

from collections.abc import Mapping
from typing import Final, Literal

from pydantic import Field

from wollemi.analysis.models.base import Name, NameTemplate, Section

FORMAT: Final = "wollemi-results-1"
# `{signal}` stands for one result a signal sample; `wollemi.analysis.checks.results` writes them out.
ResultName = NameTemplate


class NamedResult(Section):
    """A number of a product, under a name by which others read it in `results.json`."""

    file: str = Field(min_length=1, description="JSON product in the folder of results, such as `limits.json`")
    pointer: str = Field(
        pattern=r"^(/([^~/]|~[01])+)+$",
        description="JSON Pointer (RFC 6901) to the number, such as `/limits/zprime_3000/observed`; "
        "an item of a list by its index from 0 or by its `name`, such as `/fits/higgs/parameters/mu/value`",
    )
    description: str = Field(default="", description="what the number is; `{signal}` is its signal sample")
    unit: str = Field(default="", description="unit of the number; none: a pure number")


class ResultValue(Section):
    """A named result with its value, and where that was read."""

    value: int | float | None = Field(description="the number; null: the product has none, or it is blinded")
    unit: str = Field(description="unit of the number; empty: a pure number")
    description: str = Field(description="what the number is")
    file: str = Field(description="product, relative to the folder of this file")
    pointer: str = Field(description="JSON Pointer (RFC 6901) to the number in that file")
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$", description="SHA-256 of that file")
    marks: tuple[str, ...] = Field(description="what the number is not: `pseudo-data`, `BLINDED`, `PREVIEW`; empty: of data")


class NamedResults(Section):
    """`results.json`: single numbers that others read by name."""

    format: Literal["wollemi-results-1"] = Field(description="version of this format")
    analysis: Name = Field(description="name of the analysis")
    title: str = Field(description="of the analysis, for people")
    results: Mapping[Name, ResultValue] = Field(description="name → number")
