"""The record of an answer's origin, written next to the answer and kept with it."""

from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from wollemi.base.whole_files import write_whole


class AskedFile(BaseModel):
    """A file that was asked."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    path: str = Field(description="path as given by the user")
    sha256: str | None = Field(description="none of a file on another machine")


class QueryRecord(BaseModel):
    """The record of an answer."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    format: Literal["wollemi-query-1"] = "wollemi-query-1"
    query: str = Field(description="query in its normal form")
    tree: str | None = Field(description="tree of the files; null: the usual one")
    asked: str = Field(description="`files`, or the endpoint that has answered")
    files: tuple[AskedFile, ...]
    energy_unit: str | None = Field(description="energy unit of the branches; null: unknown")
    events: int | None = Field(description="events read; null: an endpoint does not report them")
    weight: str | None = Field(description="branch that is summed; none without weights")
    sum_of_weights: float | None = Field(description="Σw of these events, before any condition")
    rows: int
    columns: dict[str, str] = Field(description="name → type")
    not_finite: dict[str, int] = Field(
        default={}, description="column → how many of its numbers are NaN or infinite"
    )
    sha256: str = Field(description="SHA-256 of the answer")
    packages: dict[str, str] = Field(description="package → version")


def record_path(answer: Path) -> Path:
    """Path of the record of an answer: `zee.query.json` for `zee.parquet`."""
    return answer.with_suffix(".query.json")


def write_record(path: Path, record: QueryRecord) -> None:
    """Write a record as JSON."""
    write_whole(path, record.model_dump_json(indent=2) + "\n")


def read_record(path: Path) -> QueryRecord:
    """Read a record.

    Raises:
        ValueError: The text is not a record, or has another version.
    """
    return QueryRecord.model_validate_json(path.read_text(encoding="utf-8"))
