"""`records/<job>.json`: the inputs and outputs of a job."""

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import Field

from wollemi.results.product import EXACT, Product

Digests = Mapping[str, str]


class Record(Product):
    """The record of a job, which `wollemi.job.records` writes for every program."""

    place = "records/**/*.json"
    about = "record of each job"
    word = "record"
    tolerances = (EXACT,)

    # Not `schema`, which is a method of pydantic's models.
    version: Literal["wollemi-record-1"] = Field(
        alias="schema", description="version of this format"
    )
    program: str = Field(description="the program that ran")
    analysis: str | None = Field(default=None, description="the analysis file")
    settings: Digests = Field(
        default={}, description="section of the analysis file → SHA-256 of what it says"
    )
    inputs: Digests = Field(description="file that was read → SHA-256")
    outputs: Digests = Field(description="file that was made → SHA-256")
    options: Mapping[str, Any] = Field(description="option of the program → its value")
    code: Digests = Field(description="source file that affects the products → SHA-256 of its code")
    environment: Digests = Field(description="file that describes the environment → SHA-256")
    packages: Digests = Field(description="package that was imported → its version")
    digest: str = Field(description="SHA-256 of this record without its digest")
