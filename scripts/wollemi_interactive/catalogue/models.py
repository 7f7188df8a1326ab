"""The shape of `catalogue.yaml`: datasets that a group calls by name."""

from collections.abc import Mapping
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from wollemi.analysis.models.base import (
    Closed,
    Expression,
    FilePath,
    Name,
    Positive,
    Whole,
)
from wollemi.analysis.models.datasets import EventNumber, FileSize, Seed

RECORD_PATTERN = r"^(?:cern)?opendata:(\d{1,9})$"


class KnownFile(Closed):
    """A file with its size and checksum."""

    path: FilePath = Field(description="path or address")
    size: FileSize | None = Field(default=None, description="bytes")
    sha256: str | None = Field(default=None, pattern=r"^[0-9a-f]{64}$")
    adler32: str | None = Field(
        default=None,
        pattern=r"^[0-9a-f]{8}$",
        description="checksum of grid storage and of CERN Open Data",
    )


class Sample(Closed):
    """Events that Pythia 8 and the detector of `generate_events` make on the user's machine."""

    settings: Annotated[tuple[str, ...], Field(min_length=1)] = Field(
        description="settings of Pythia"
    )
    events: EventNumber = Field(description="number of events")
    seed: Seed = Field(description="seed of the random numbers")


class KnownDataset(Closed):
    """A dataset by name: exactly one of `files`, `record` and `generate`."""

    title: str = Field(min_length=1, max_length=200, description="one line, shown on plots")
    kind: Literal["data", "simulation"] = Field(description="shown on plots")
    files: Annotated[tuple[FilePath | KnownFile, ...], Field(min_length=1)] | None = Field(
        default=None, description="paths relative to the catalogue, patterns, addresses"
    )
    record: str | None = Field(
        default=None,
        pattern=RECORD_PATTERN,
        description="record of CERN Open Data: `opendata:12367`",
    )
    generate: Sample | None = Field(default=None, description="made when they are first drawn")
    event_schema: Literal["nanoaod", "physlite", "ntuple"] | None = Field(
        default=None,
        alias="schema",
        description="format of the events; default: from the first file",
    )
    tree: str | None = Field(default=None, description="tree of an ntuple")
    energy_unit: Literal["GeV", "MeV"] | None = Field(
        default=None, description="energy unit of an ntuple"
    )
    names: Mapping[Name, str] = Field(
        default={}, description="name or collection in expressions → in the files"
    )
    weight: Expression | None = Field(default=None, description="weight of each event; default: 1")
    center_of_mass_tev: Positive | None = Field(default=None, description="shown on plots")
    cross_section_pb: Positive | None = Field(
        default=None, description="cross section of simulation in pb"
    )
    events: Whole | None = Field(default=None, description="events of all files")
    citation: str | None = Field(default=None, description="citation")

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        given = [self.files is not None, self.record is not None, self.generate is not None]
        if sum(given) != 1:
            raise ValueError("needs exactly one of 'files', 'record' and 'generate'")
        return self


class Catalogue(Closed):
    """Names of datasets and what they are."""

    datasets: Mapping[Name, KnownDataset] = Field(description="name → dataset")
