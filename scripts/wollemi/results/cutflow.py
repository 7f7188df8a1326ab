"""`cutflow/<dataset>.json`: the cutflow of a dataset, and the account of its events."""

from collections.abc import Mapping
from typing import Any

from pydantic import Field

from wollemi.results.product import OF_SUMS, Part, Product


class Sums(Part):
    """Sums over events; null: unknown."""

    sum_of_weights: float | None = Field(description="Σw")
    sum_of_weights_squared: float | None = Field(description="Σw²")


class CutLine(Sums):
    """Events that pass a cut and all those before it."""

    cut: str = Field(description="the cut")
    events: int | None = Field(
        description="events that pass; null: blinded, or histograms that count none"
    )


class ReadSums(Sums):
    """Sums over the events of a file."""

    members: Mapping[str, Any] = Field(
        default={}, description="set of weights → sum of each of its members"
    )


class ProducedEvents(Sums):
    """The events that were produced before a file was skimmed."""

    events: int = Field(description="their number")
    read: ReadSums = Field(description="the same sums over the events that are in the file")
    told_by: str = Field(description="part of the file that records them")
    flaw: str | None = Field(description="contradiction in the record; null: none")
    members: Mapping[str, Any] = Field(
        default={}, description="set of weights → sum of each of its members; null: not recorded"
    )


class CountedFile(Part):
    """A file of the dataset."""

    path: str = Field(description="its name")
    entries: int = Field(default=0, description="events that the file holds")
    events: int = Field(default=0, description="events that were read")
    start: int = Field(default=0, description="first event to read")
    stop: int | None = Field(
        default=None, description="the event behind the last one to read; null: to the end"
    )
    histograms: bool = Field(
        default=False, description="whether it holds histograms instead of events"
    )
    produced: ProducedEvents | None = Field(
        default=None,
        description=(
            "events before any skim, where the file holds fewer; null: not recorded in the file"
        ),
    )


class ProducedLine(Sums):
    """The events of a dataset that were produced before its files were skimmed."""

    events: int = Field(description="their number")
    told_by: tuple[str, ...] = Field(description="parts of the files that record them")


class FailedFile(Part):
    """A file that could not be used, which the analysis tolerates."""

    path: str = Field(description="its name")
    problem: str = Field(description="why")
    entries: int | None = Field(description="events that it should hold; null: not known")


class NotNumbers(Part):
    """Entries missing from a histogram because their value is not a number."""

    entries: int = Field(description="entries that have a value")
    not_numbers: int = Field(description="entries whose value is not a number")
    sum_of_weights: float = Field(description="Σw of these")


class Account(Part):
    """Each event of the files is in one category; empty: the dataset enters as histograms."""

    entries: int = Field(default=0, description="events of all files")
    unselected: Mapping[str, int] = Field(default={}, description="category → events in no region")
    selected: Mapping[str, int] = Field(
        default={}, description="regions, with ` + ` between them → events in exactly these"
    )
    not_numbers: Mapping[str, Mapping[str, NotNumbers]] = Field(
        default={}, description="region → variable → lost entries"
    )


class Blinded(Part):
    """Hidden regions and ranges of the data."""

    regions: tuple[str, ...] = Field(description="regions that are hidden as a whole")
    windows: Mapping[str, tuple[float, float]] = Field(description="variable → the hidden range")
    yields: tuple[str, ...] = Field(description="regions some of whose fitted bins are hidden")


class CertifiedBlocks(Part):
    """Certified luminosity blocks."""

    blocks: int = Field(description="their number")
    with_events: Mapping[str, tuple[tuple[int, int], ...]] = Field(
        description="run → first and last of those with events"
    )


class Split(Part):
    """The events of files of which several datasets take a part."""

    datasets: tuple[str, ...] = Field(description="these datasets")
    events: int = Field(description="events of their files")
    in_none: int = Field(description="events that none of the datasets takes")
    in_several: Mapping[str, int] = Field(
        description="datasets, with ` + ` between them → events that exactly these take"
    )


class StitchedSlice(Part):
    """A slice of the truth of an inclusive dataset, to which other datasets add events."""

    name: str = Field(description="its name")
    inclusive: str = Field(description="the inclusive dataset")
    datasets: tuple[str, ...] = Field(description="all that have events of it")
    sum_of_weights: float = Field(description="Σw of its events in all of them")
    cross_section_pb: float = Field(description="its cross section in pb, with the scale factor")
    inclusive_pb: float = Field(
        description="cross section that the inclusive dataset has of it, in pb"
    )
    inclusive_error_pb: float = Field(description="its statistical error")
    outside: int = Field(description="events of this dataset that are not in it, and left out")


class Cutflow(Product):
    """The cutflow of a dataset."""

    place = "cutflow/*.json"
    about = "cutflows"
    word = "cutflow"
    tolerances = (OF_SUMS,)
    section = ""
    names = (("regions", "region"),)

    dataset: str = Field(description="its name")
    preview: bool = Field(description="whether only some events were read")
    files: tuple[CountedFile, ...] = Field(description="files that were read")
    failed_files: tuple[FailedFile, ...] = Field(
        default=(), description="files that could not be used"
    )
    skim: tuple[CutLine, ...] = Field(
        description="lines before the regions, the first one of all events"
    )
    regions: Mapping[str, tuple[CutLine, ...]] = Field(description="region → its lines")
    account: Account = Field(description="the account of events")
    compared_events: int | None = Field(
        default=None,
        description=(
            "events whose identifiers were compared with other datasets; null: none have any"
        ),
    )
    sum_of_weights: float | None = Field(
        description="Σw that the dataset is normalized with; null: it is not"
    )
    normalization: float = Field(description="factor on the weights")
    produced: ProducedLine | None = Field(
        default=None, description="the events that were produced, where files were skimmed before"
    )
    member_sums: Mapping[str, Any] = Field(
        default={}, description="set of weights → sum of each of its members"
    )
    split: Split | None = Field(
        default=None,
        description=(
            "division of the events of the files; at the last of the datasets that share them"
        ),
    )
    slice: StitchedSlice | None = Field(
        default=None, description="the slice that its events are of, if it is stitched to others"
    )
    blinded: Blinded | None = Field(
        default=None, description="hidden regions and ranges; null for simulation"
    )
    certified: CertifiedBlocks | None = Field(
        default=None, description="certified luminosity blocks of data"
    )
