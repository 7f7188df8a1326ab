"""Where events come from: the models of the section `datasets` of an analysis file."""

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import Field, JsonValue

from wollemi.analysis.models.backgrounds import Estimate
from wollemi.analysis.models.base import (
    Era,
    Expression,
    FileAddress,
    FilePath,
    Flag,
    Name,
    Names,
    NonNegative,
    Number,
    OneOrMoreNames,
    Positive,
    Section,
    Weight,
    Whole,
)

FileSize = Annotated[Whole, Field(ge=1)]
Seed = Annotated[Whole, Field(ge=1, le=900_000_000)]
# Events and files per job, and jobs that a workflow can plan.
EventNumber = Annotated[Whole, Field(ge=1, le=1_000_000_000)]
Parts = Annotated[Whole, Field(ge=1, le=100_000)]
MassBias = Annotated[NonNegative, Field(le=20)]


class RemoteFile(Section):
    """A file on another machine with its checksum; local mirrors are tried before the URL."""

    url: FileAddress = Field(description="address of the file: https, http, davs, dav or root")
    replicas: tuple[FileAddress, ...] = Field(
        default=(),
        description="further addresses of the same file, tried in this order where `url` fails",
    )
    size: FileSize = Field(description="bytes")
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$", description="SHA-256 of the content")


class Generation(Section):
    """Events made by the workflow: exactly one of `settings` (with Pythia 8) and `hook` (by a
    function of the analysis).
    """

    settings: tuple[str, ...] | None = Field(
        default=None, description="Pythia settings of this dataset, after `generator.settings`"
    )
    hook: Name | None = Field(
        default=None,
        description=(
            "function in `hooks.py`: `hook(random, events, **options)` returns branch → array; "
            "`random` is a `numpy.random.Generator` seeded for each part"
        ),
    )
    options: Mapping[Name, JsonValue] = Field(default={}, description="named arguments of the hook")
    events: EventNumber = Field(description="events in each part")
    seed: Seed = Field(description="seed of part 0; part i uses seed + i")
    parts: Parts = Field(default=1, description="number of files, each made by its own job")
    mass_bias: MassBias = Field(
        default=0.0,
        description=(
            "power of the mass of the hard process by which Pythia favors high masses; genWeight "
            "corrects for it"
        ),
    )
    min_dilepton_mass_gev: NonNegative = Field(
        default=0.0,
        description=(
            "keep only Pythia events whose heaviest pair among electrons and muons has at least "
            "this mass"
        ),
    )


class Drawing(Section):
    """Pseudo-data: a Poisson number in each bin of the summed histograms of other datasets, or the
    sum itself.
    """

    datasets: Names | Mapping[Name, Positive] = Field(
        description=(
            "datasets whose summed, normalized histograms are the expectation; or dataset → "
            "factor, if not all are 1"
        )
    )
    fluctuate: Flag = Field(
        default=True, description="draw Poisson numbers; false: the data are the sum itself"
    )
    seed: Whole | None = Field(default=None, description="seed of the random numbers")


class Checks(Section):
    """Checks of the events when they are read, besides those always made; see docs/integrity.md."""

    ranges: Mapping[Name, tuple[Number, Number]] = Field(
        default={},
        description=(
            "name → smallest and largest value, in GeV for energies; replaces the default limits "
            "of energies"
        ),
    )
    may_be_nan: Names = Field(
        default=(),
        description="names that may hold NaN or infinite values; all others must be finite",
    )


class Slice(Section):
    """A slice of the truth of an inclusive dataset, to which other datasets add events."""

    selection: Expression = Field(description="condition on the truth of an event")
    datasets: OneOrMoreNames = Field(
        description="datasets of events of the slice alone, with the cross section of the slice"
    )


class InSlice(Section):
    """The slice that a dataset, or a part of it, has events of; written out from `stitch`."""

    name: Name = Field(description="name of the slice")
    inclusive: Name = Field(description="the inclusive dataset")
    inclusive_cross_section_pb: Positive | None = Field(
        default=None, description="its cross section in pb, with its scale factor"
    )
    selection: Expression = Field(description="condition on the truth of an event")
    datasets: Names = Field(
        description="all that have events of the slice, the inclusive one first; none of the rest"
    )


class Dataset(Section):
    """Files of one origin: exactly one of `files`, `manifest`, `generate`, `draw`, `command`;
    `histograms` selects what to read from `files`.
    """

    files: tuple[FilePath | RemoteFile, ...] | None = Field(
        default=None,
        description="paths, or public files with checksums; with `command`, which of its outputs",
    )
    manifest: FilePath | None = Field(
        default=None,
        description=(
            "JSON of `make_manifest`: files with size, SHA-256, entries and sum of weights, "
            "checked when they are read"
        ),
    )
    generate: Generation | None = Field(default=None, description="events made by the workflow")
    command: Name | None = Field(
        default=None, description="the command that makes the files, by its name in `commands`"
    )
    draw: Drawing | None = Field(default=None, description="pseudo-data drawn from histograms")
    estimate: Estimate | None = Field(
        default=None,
        description="estimate of the sample of this name; set internally, do not give it here",
    )
    event_schema: Literal["nanoaod", "physlite", "ntuple"] = Field(
        default="nanoaod",
        alias="schema",
        description=(
            "names and units in the files, also in those from `generate`. Expressions use NanoAOD "
            "names and GeV"
        ),
    )
    tree: str | None = Field(
        default=None,
        description=(
            "name of the TTree or RNTuple; default: `Events` (nanoaod), `CollectionTree` or "
            "`EventData` (physlite); CSV and Parquet have none"
        ),
    )
    energy_unit: Literal["GeV", "MeV"] | None = Field(
        default=None, description="unit of the energies of an ntuple, where it is required"
    )
    names: Mapping[Name, str] = Field(
        default={},
        description=(
            "name or collection in expressions → in the files: `{Muon: lep}` reads `Muon_pt` "
            "from `lep_pt`"
        ),
    )
    histograms: Mapping[Name, Names | tuple[str, ...]] | str | None = Field(
        default=None,
        description=(
            "region → paths of TH1 in the files, summed: the dataset enters at the histogram "
            "stage. One path for all regions: `{region}/{dataset}`"
        ),
    )
    files_per_job: Parts = Field(default=1, description="files per job")
    jobs_per_file: Parts = Field(
        default=1,
        description=(
            "jobs that share a large file: each reads a range of its events, in whole clusters"
        ),
    )
    era: Era | None = Field(default=None, description="key of `luminosity_ifb`")
    trigger: Names = Field(
        default=(),
        description=(
            "triggers, of which each event must have at least one; simulation is weighted for "
            "their prescales"
        ),
    )
    not_trigger: Names = Field(
        default=(),
        description="triggers of other data; events with one of them are taken from there",
    )
    selection: Expression | None = Field(
        default=None,
        description=(
            "condition on the events of the files that belong to the dataset, such as a truth "
            "category; before the skim, and not in the sum of weights"
        ),
    )
    split_of: Name | None = Field(
        default=None,
        description=(
            "dataset that a sample with a `selection` takes a part of; set internally, do not give "
            "it here"
        ),
    )
    measures: Name | None = Field(
        default=None,
        description="correction that its events are counted for; set internally, do not give it",
    )
    stitch: Mapping[Name, Slice] | None = Field(
        default=None,
        description=(
            "slices of this inclusive dataset to which other datasets add events; see "
            "docs/selections.md"
        ),
    )
    slice: InSlice | None = Field(
        default=None,
        description="slice that its events are of; set internally by `stitch`, do not give it here",
    )
    weight: Weight = Field(
        default=None,
        description=(
            "event weight from the file, or `none`: each event counts as 1. Required for simulated "
            "events whose files have branches that may be a weight"
        ),
    )
    cross_section_pb: Positive | None = Field(default=None, description="cross section in pb")
    scale_factor: Positive = Field(
        default=1.0, description="multiplies the cross section: K-factor, branching fraction …"
    )
    sum_of_weights: Positive | None = Field(
        default=None,
        description="sum of weights before any cut and any skim, if the files do not contain it",
    )
    normalization: Literal["cross_section", "none"] = Field(
        default="cross_section", description="`none`: the weights are already normalized"
    )
    entries: Whole | None = Field(
        default=None, description="events that all files together must contain"
    )
    checks: Checks = Field(
        default=Checks(),
        description="further checks of the events, in addition to the checks of the analysis",
    )
    repeated_numbers: Flag = Field(
        default=False,
        description=(
            "simulated events may share run, luminosity block and event number, as in private "
            "productions"
        ),
    )
    tolerate: str | None = Field(
        default=None,
        pattern=r"^[0-9]{1,2}(\.[0-9]+)?%$",
        description=(
            "fraction of the files of a simulated dataset that may be unusable, such as `2%`; "
            "they are left out and listed"
        ),
    )
    record: str | None = Field(
        default=None, description="persistent identifier of the record to cite"
    )
