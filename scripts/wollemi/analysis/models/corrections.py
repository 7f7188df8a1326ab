"""Corrections from files of correctionlib: the model of the section `corrections` of an analysis
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

BY_DATASET = "; or one each by era, by `data` and `simulation`, or by one within the other"
Constant = Number | Integer | str


class Correction(Section):
    """A correction of a file, called in expressions as `correction.<name>(...)` or
    `correction.<name>.<variation>(...)`.
    """

    file: (
        FilePath
        | RemoteFile
        | Mapping[Era, FilePath | RemoteFile | Mapping[Era, FilePath | RemoteFile]]
    ) = Field(description="path, or public file with its checksum" + BY_DATASET)
    correction: str | Mapping[Era, str | Mapping[Era, str]] = Field(
        description="name of the correction or compound correction in the file" + BY_DATASET
    )
    inputs: Mapping[str, Constant | Mapping[Era, Constant | Mapping[Era, Constant]]] = Field(
        description="input of the correction → number of the argument that it is (a whole number, from "  # noqa: E501
        "1), or a constant: text, "
        "which may stand for a number, or a number with a point" + BY_DATASET
    )
    variations: Mapping[
        Name, Mapping[str, Constant | Mapping[Era, Constant | Mapping[Era, Constant]]]
    ] = Field(
        default={}, description="name → those inputs that are other constants in this variation"
    )


class WeightFactor(Section):
    """A factor on the weight of events that the sum of weights leaves out, such as a scale factor
    of an efficiency.
    """

    factor: Expression = Field(description="factor on the weight of an event")
    samples: Names = Field(
        description="samples it acts on, and the datasets that replace them in systematics"
    )
    datasets: Names = Field(
        default=(), description="further datasets, such as sources of pseudo-data"
    )
