"""Corrections from correctionlib files: the model of the section `corrections` of an analysis
file.
"""

from collections.abc import Mapping

from pydantic import Field

from wollemi.analysis.models.base import (
    Era,
    Expression,
    FilePath,
    Integer,
    Name,
    Names,
    Number,
    Section,
)
from wollemi.analysis.models.datasets import RemoteFile

BY_DATASET = "; or one per era, one each for `data` and `simulation`, or both, nested"
Constant = Number | Integer | str


class Correction(Section):
    """A correction from a file, called in expressions as `correction.<name>(...)` or
    `correction.<name>.<variation>(...)`.
    """

    file: (
        FilePath
        | RemoteFile
        | Mapping[Era, FilePath | RemoteFile | Mapping[Era, FilePath | RemoteFile]]
    ) = Field(description="path or public file with its checksum" + BY_DATASET)
    correction: str | Mapping[Era, str | Mapping[Era, str]] = Field(
        description="name of the correction or compound correction in the file" + BY_DATASET
    )
    inputs: Mapping[str, Constant | Mapping[Era, Constant | Mapping[Era, Constant]]] = Field(
        description=(
            "input of the correction → position of its argument (a whole number, from 1), or a "
            "constant: text, which may stand for a number, or a number with a decimal point"
        )
        + BY_DATASET
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
