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
    Integer,
    Name,
    Names,
    Number,
    OneOrMoreNames,
    Section,
)
from wollemi.analysis.models.datasets import RemoteFile

BY_DATASET = "; or one per era, one each for `data` and `simulation`, or both, nested"
Constant = Number | Integer | str


# Few enough for a map that somebody looks at.
MapEdges = Annotated[tuple[Number, ...], Field(min_length=2, max_length=51)]


class MapAxis(Section):
    """An axis of a measured correction."""

    expression: FieldExpression = Field(
        description="its value: of the fields of the object, or of the event"
    )
    edges: MapEdges = Field(description="bin edges, increasing")


class Measurement(Section):
    """An efficiency, measured in bins before the correction is used: Σw of what passes, divided by
    Σw of all.
    """

    samples: OneOrMoreNames = Field(description="simulated samples that it is measured in")
    object: Name | None = Field(
        default=None, description="object whose efficiency it is; default: that of events"
    )
    selection: Expression | None = Field(
        default=None, description="condition on the events; default: all, whatever the skim says"
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
            "column of this name; or an expression and its edges"
        )
    )
    weights: Names = Field(
        default=(),
        description="factors of `weights` on the weight of the events, besides that of the dataset",
    )
    flow: Literal["error", "clamp"] = Field(
        default="error",
        description="what a value outside of the bins gives: an error, or the nearest bin",
    )


class Efficiency(Measurement):
    """The efficiency of simulated objects or events."""

    kind: Literal["efficiency"]


Range = tuple[Number, Number]


class MassWindow(Section):
    """Where a resonance is counted, and what is beside it."""

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
            "constant: text, which may stand for a number, or a number with a decimal point"
        )
        + BY_DATASET,
    )
    measured: Annotated[Efficiency | ScaleFactor, Field(discriminator="kind")] | None = Field(
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
