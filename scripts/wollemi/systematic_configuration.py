"""Uncertainties: the models of the section `systematics` of an analysis file."""

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import Field

from wollemi.section import Expression, Name, Names, Positive, Section


class NormalizationSystematic(Section):
    """An uncertainty of the yield."""

    kind: Literal["normalization"]
    up: Positive = Field(description="factor on the yield at +1σ")
    down: Positive = Field(description="factor on the yield at -1σ")
    samples: Names = Field(description="samples it acts on")


class WeightSystematic(Section):
    """Event weights change, the selection does not."""

    kind: Literal["weight"]
    up: Expression = Field(description="factor on the event weight at +1σ")
    down: Expression = Field(description="the same at -1σ, or `symmetrize`")
    samples: Names = Field(description="samples it acts on")


class ObjectSystematic(Section):
    """Fields of an object change: object cuts, selection and variables are evaluated anew."""

    kind: Literal["object"]
    object: Name = Field(description="the object")
    up: Mapping[Name, Expression] = Field(description="field → its value at +1σ, from the fields of the object")
    down: Mapping[Name, Expression] | Literal["symmetrize"] = Field(description="the same at -1σ, or `symmetrize`")
    samples: Names = Field(description="samples it acts on")


class DatasetSystematic(Section):
    """Another simulation of the same sample."""

    kind: Literal["dataset"]
    up: Names = Field(description="datasets that together replace the sample at +1σ")
    down: Names = Field(description="the same at -1σ, or `symmetrize`")
    samples: Names = Field(description="the one sample that is replaced", min_length=1, max_length=1)


Systematic = Annotated[
    NormalizationSystematic | WeightSystematic | ObjectSystematic | DatasetSystematic, Field(discriminator="kind")
]
