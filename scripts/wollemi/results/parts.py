"""`parts/<dataset>.json`: the events of a dataset read by the jobs of a preview."""

from pydantic import Field

from wollemi.results.product import EXACT, Part, Product


class ExpectedFile(Part):
    """A file as listed in the manifest of a dataset."""

    path: str = Field(description="its name")
    size: int = Field(description="bytes")
    sha256: str = Field(description="SHA-256 of its content")
    entries: int = Field(description="events")
    sum_of_weights: float = Field(description="Σw")


class FileRange(Part):
    """The events that a job reads from a file."""

    path: str = Field(description="the file")
    start: int = Field(description="first event")
    stop: int | None = Field(description="the event behind the last one; null: to the end")
    shared: bool = Field(default=False, description="whether several jobs share the file")
    expected: ExpectedFile | None = Field(
        default=None, description="entry of the manifest for the file"
    )
    weight: str | None = Field(default=None, description="the weight whose sum the manifest has")


class DatasetParts(Product):
    """The jobs of a dataset."""

    place = "parts/*.json"
    about = "what the jobs of a preview read of datasets"
    word = "parts"
    tolerances = (EXACT,)

    dataset: str = Field(description="its name")
    preview: bool = Field(description="whether only some events are read")
    entries: int | None = Field(description="events of all files, where a preview has counted them")
    parts: tuple[tuple[FileRange, ...], ...] = Field(
        description="files and ranges that each job reads"
    )
