"""The format of a manifest: what the files of a dataset must contain."""

from typing import Literal

from pydantic import Field

from wollemi.analysis.models.base import Closed, Number, Whole


class ManifestFile(Closed):
    """A file and what it must contain."""

    path: str = Field(description="relative to the working folder, or absolute")
    size: Whole = Field(description="bytes")
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$", description="SHA-256 of the content")
    entries: Whole = Field(description="events")
    sum_of_weights: Number = Field(description="sum of `weight` over all events")


class Manifest(Closed):
    """The files of a dataset, in order."""

    format: Literal["wollemi-manifest-1"] = Field(description="version of this format")
    weight: str | None = Field(
        description="branch of the event weight, under its normalized name; null: 1"
    )
    entries: Whole = Field(description="events in all files")
    sum_of_weights: Number = Field(description="sum over all files, in their order")
    files: tuple[ManifestFile, ...] = Field(
        min_length=1, description="files, in the order in which they are divided among jobs"
    )
