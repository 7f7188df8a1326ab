"""Corrections from correctionlib files, and those that the run measures: the model of the section
`corrections` of an analysis file.
"""

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import Field

from wollemi.analysis.models.base import (
    Era,
    Expression,
    FieldExpression,
    FilePath,
    Flag,
    Integer,
    Name,
    Names,
    Number,
    OneOrMoreNames,
    Positive,
    Section,
)
from wollemi.analysis.models.datasets import RemoteFile

BY_DATASET = "; or one per era, one each for `data` and `simulation`, or both, nested"
AXIS_LABEL = "axis label with unit, in the plot and in HEPData; default: its value as written here"
Constant = Number | Integer | str

# Few enough for a map that somebody looks at.
MapEdges = Annotated[tuple[Number, ...], Field(min_length=2, max_length=51)]
MapBins = Annotated[int, Field(strict=True, ge=1, le=50)]
# One for each interaction.
PileupEdges = Annotated[tuple[Number, ...], Field(min_length=2, max_length=501)]
PileupBins = Annotated[int, Field(strict=True, ge=1, le=500)]


class MapAxis(Section):
    """An axis of a measured correction: exactly one of `edges` and `bins`."""

    expression: FieldExpression | None = Field(
        default=None,
        description=(
            "its value: of the fields of the object, or of the event; default: the field or column "
            "of its name"
        ),
    )
    edges: MapEdges | None = Field(default=None, description="bin edges, increasing")
    bins: tuple[MapBins, Number, Number] | None = Field(
        default=None, description="number of bins, lower and upper edge"
    )
    label: str | None = Field(default=None, description=AXIS_LABEL)


class PileupAxis(Section):
    """The axis of pile-up weights: exactly one of `edges` and `bins`."""

    expression: FieldExpression | None = Field(
        default=None,
        description="its value, of the event; default: the branch or column of its name",
    )
    edges: PileupEdges | None = Field(default=None, description="bin edges, increasing")
    bins: tuple[PileupBins, Number, Number] | None = Field(
        default=None, description="number of bins, lower and upper edge"
    )
    label: str | None = Field(default=None, description=AXIS_LABEL)


class Counting(Section):
    """Events that are counted in bins before the correction is used."""

    samples: OneOrMoreNames = Field(description="simulated samples that it is measured in")
    selection: Expression | None = Field(
        default=None, description="condition on the events; default: all, whatever the skim says"
    )
    weights: Names = Field(
        default=(),
        description=(
            "factors of `weights` on the weight of the events, in addition to the dataset's weight"
        ),
    )
    era: Era | None = Field(
        default=None, description="era of the datasets that it is measured in; default: all"
    )
    by_era: Flag = Field(
        default=False,
        description=(
            "a map for each era of its datasets, `<correction>_<era>`, of which a call takes that "
            "of the dataset's era"
        ),
    )
    flow: Literal["error", "clamp"] = Field(
        default="error",
        description="result of a value outside of the bins: an error, or the nearest bin",
    )


class Measurement(Counting):
    """An efficiency, measured in bins before the correction is used: Σw of what passes, divided by
    Σw of all.
    """

    object: Name | None = Field(
        default=None, description="object whose efficiency it is; default: efficiency of events"
    )
    probe: Expression | None = Field(
        default=None, description="condition on the objects that count; default: all"
    )
    passes: Expression = Field(
        alias="pass", description="condition on the objects, or on the events, that pass"
    )
    axes: Annotated[Mapping[Name, MapEdges | MapAxis], Field(min_length=1, max_length=2)] = Field(
        description=(
            "one or two arguments of the correction, in this order → bin edges, of the field or "
            "column of this name; or an expression and its edges or bins"
        )
    )


class Efficiency(Measurement):
    """The efficiency of simulated objects or events."""

    kind: Literal["efficiency"]


Range = tuple[Number, Number]


class MassWindow(Section):
    """Mass range in which a resonance is counted, and its sidebands."""

    expression: FieldExpression = Field(
        default="mass", description="value of the object (of the event, without one) in GeV"
    )
    window: Range = Field(description="lower and upper end, between which it is counted")
    sidebands: tuple[Range, Range] | None = Field(
        default=None,
        description=(
            "ranges below and above, from which a linear background in the window is subtracted; "
            "null: nothing is"
        ),
    )


class ScaleFactor(Measurement):
    """The efficiency in data divided by that in simulation, counted by tag and probe."""

    kind: Literal["scale_factor"]
    data: Names = Field(default=(), description="datasets of the data; default: all")
    mass: MassWindow | None = Field(
        default=None, description="mass of the pair of tag and probe; null: all of them count"
    )


class FakeRate(Measurement):
    """The share of loose leptons that are tight, in data of a control region without the prompt
    ones.
    """

    kind: Literal["fake_rate"]
    samples: OneOrMoreNames = Field(
        description="simulated samples of prompt leptons, which are subtracted from the data"
    )
    data: Names = Field(default=(), description="datasets of the data; default: all")
    prompt_uncertainty: Annotated[Positive, Field(le=1)] | None = Field(
        default=None,
        description=(
            "relative uncertainty of the subtracted yield, for the variations "
            "`prompt_up` and `prompt_down`; null: no variations"
        ),
    )


class TargetHistogram(Section):
    """A distribution of data, in a file."""

    file: FilePath | RemoteFile | Mapping[Era, FilePath | RemoteFile] = Field(
        description=(
            "path or public file: ROOT with TH1, or JSON of histograms (UHI); with `by_era`, or "
            "one per era"
        )
    )
    histogram: str = Field(default="pileup", description="name of the histogram in the file")


class PileupTarget(Section):
    """The distribution in data, with variations or without."""

    nominal: TargetHistogram = Field(description="nominal distribution")
    up: TargetHistogram | None = Field(
        default=None,
        description="distribution for the variation `up`, such as a larger cross section",
    )
    down: TargetHistogram | None = Field(default=None, description="distribution for `down`")


class PileupWeight(Counting):
    """Data divided by simulation in bins of one quantity of the event, each normalized to 1."""

    kind: Literal["pileup"]
    axes: Annotated[Mapping[Name, PileupEdges | PileupAxis], Field(min_length=1, max_length=1)] = (
        Field(
            description=(
                "the argument of the correction → bin edges, of the branch or column of this name; "
                "or an expression and its edges or bins"
            )
        )
    )
    data: Names = Field(
        default=(), description="datasets of the data, where no target is given; default: all"
    )
    target: PileupTarget | None = Field(
        default=None,
        description="histograms of the data in files; null: the events of the data are counted",
    )


class Correction(Section):
    """A correction, called in expressions as `correction.<name>(...)` or
    `correction.<name>.<variation>(...)`: from a file, or measured.
    """

    file: (
        FilePath
        | RemoteFile
        | Mapping[Era, FilePath | RemoteFile | Mapping[Era, FilePath | RemoteFile]]
        | None
    ) = Field(default=None, description="path or public file with its checksum" + BY_DATASET)
    correction: str | Mapping[Era, str | Mapping[Era, str]] | None = Field(
        default=None,
        description="name of the correction or compound correction in the file" + BY_DATASET,
    )
    inputs: Mapping[str, Constant | Mapping[Era, Constant | Mapping[Era, Constant]]] | None = Field(
        default=None,
        description=(
            "input of the correction → position of its argument (a whole number, from 1), or a "
            "constant: text, which may contain a number, or a number with a decimal point"
        )
        + BY_DATASET,
    )
    measured: (
        Annotated[Efficiency | ScaleFactor | PileupWeight | FakeRate, Field(discriminator="kind")]
        | None
    ) = Field(
        default=None,
        description="measured in this run, with the variations `up` and `down`, instead of a file",
    )
    variations: Mapping[
        Name, Mapping[str, Constant | Mapping[Era, Constant | Mapping[Era, Constant]]]
    ] = Field(default={}, description="name → the inputs with other constants in this variation")


class WeightFactor(Section):
    """A factor on the event weight that is not in the sum of weights, such as an efficiency scale
    factor.
    """

    factor: Expression = Field(description="factor on the weight of an event")
    samples: Names = Field(
        description="samples it acts on, including the datasets that replace them in systematics"
    )
    datasets: Names = Field(
        default=(), description="further datasets, such as sources of pseudo-data"
    )
