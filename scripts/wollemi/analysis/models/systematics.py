"""Uncertainties: the models of the section `systematics` of an analysis file."""

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import Field

from wollemi.analysis.models.base import (
    Era,
    Expression,
    Name,
    Names,
    NameTemplate,
    OneName,
    OneOrMoreNames,
    Positive,
    Section,
    Whole,
    WholeChoice,
)
from wollemi.analysis.models.smoothing import Smoothing

# `{era}`, `{region}`, `{sample}` give one systematic each;
# `wollemi.loading.correlations` writes them out.
SystematicName = NameTemplate
# Without an era, a systematic would silently act nowhere.
PositiveByName = Annotated[Mapping[Era, Positive], Field(min_length=1)]
ExpressionByEra = Annotated[Mapping[Era, Expression], Field(min_length=1)]
Position = Annotated[Whole, Field(le=9999)]
Member = Position | Annotated[str, Field(pattern=r"^[0-9]{1,4}-[0-9]{1,4}$")]

Symmetrization = Literal["one_sided", "two_sided", "maximum", "absolute_mean"]


class Acting(Section):
    """Where a systematic acts."""

    samples: OneOrMoreNames = Field(description="samples it acts on")
    eras: tuple[Era, ...] = Field(
        default=(), description="eras it acts in; default: all, or those with a value"
    )
    regions: Names = Field(default=(), description="regions of the model it acts in; default: all")


class NormalizationSystematic(Acting):
    """An uncertainty on the yield."""

    kind: Literal["normalization"]
    up: Positive | PositiveByName = Field(
        description="factor on the yield at +1σ, one number, or one per era or sample"
    )
    down: Positive | PositiveByName = Field(description="the same at -1σ")


class Shaped(Acting):
    """A systematic that changes the shape of templates."""

    smoothing: Smoothing | None = Field(
        default=None,
        description="smoothing of its templates, relative to the nominal ones",
    )
    symmetrization: Symmetrization | None = Field(
        default=None,
        description=(
            "one shift for both sides, in each bin; its mirror image is at -1σ. `two_sided`: half "
            "the difference of both; `absolute_mean`: the mean of their sizes; `maximum`: the "
            "larger one; `one_sided`: of the side that is farther from the nominal template. "
            "Default: both sides as they are"
        ),
    )


class Varied(Shaped):
    """A systematic with its own histograms."""

    variation: Name | None = Field(
        default=None,
        description=(
            "name of its histograms, if it differs from its own; set by the placeholder `{region}`"
        ),
    )


class WeightVariation(Varied):
    """Event weights of one era change, the selection does not."""

    kind: Literal["weight"]
    up: Expression = Field(description="factor on the event weight at +1σ")
    down: Expression = Field(description="the same at -1σ, or `symmetrize`")


class WeightSystematic(Varied):
    """Event weights change, the selection does not."""

    kind: Literal["weight"]
    up: Expression | ExpressionByEra = Field(
        description="factor on the event weight at +1σ, one expression or one per era"
    )
    down: Expression | ExpressionByEra = Field(description="the same at -1σ, or `symmetrize`")


class ObjectSystematic(Varied):
    """Fields of an object change: object cuts, selection and variables are evaluated again."""

    kind: Literal["object"]
    object: OneOrMoreNames = Field(
        description="the object, or several whose fields change in the same way"
    )
    up: Mapping[Name, Expression] = Field(
        description="field → its value at +1σ, from the fields of the object"
    )
    down: Mapping[Name, Expression] | Literal["symmetrize"] = Field(
        description="the same at -1σ, or `symmetrize`"
    )


class ColumnSystematic(Varied):
    """One quantity of the event changes, and with it all that is computed from it: columns,
    selection, variables.
    """

    kind: Literal["column"]
    column: Name = Field(description="a branch, or one of `columns`")
    up: Expression = Field(
        description="its value at +1σ; its own name in the expression means the nominal value"
    )
    down: Expression = Field(description="the same at -1σ, or `symmetrize`")


class Changes(Section):
    """What changes together at one side of a systematic."""

    objects: Mapping[Name, Mapping[Name, Expression]] | None = Field(
        default=None,
        description="object → field → its value, from the fields of the object",
    )
    columns: Mapping[Name, Expression] | None = Field(
        default=None,
        description=(
            "branch, or one of `columns` → its value; its own name in the expression means the "
            "nominal value"
        ),
    )
    weight: Expression | None = Field(default=None, description="factor on the event weight")


class CombinedSystematic(Varied):
    """Fields of several objects, quantities of the event and its weight change together, with one
    nuisance parameter: an energy scale of electrons and photons, a b-tag weight that follows jets.
    """

    kind: Literal["combined"]
    # A factory: a default in the schema would be in the digests of all analyses.
    eras: tuple[Era, ...] = Field(
        default_factory=tuple, description="eras it acts in; default: all"
    )
    regions: Names = Field(
        default_factory=tuple, description="regions of the model it acts in; default: all"
    )
    up: Changes = Field(description="changes at +1σ")
    down: Changes | Literal["symmetrize"] = Field(description="the same at -1σ, or `symmetrize`")


class WeightSetSystematic(Varied):
    """Many weights per event, the members, which together give one uncertainty."""

    weights: Expression = Field(
        description="list of weights per event, such as the branch `LHEScaleWeight`"
    )
    members: tuple[Member, ...] = Field(
        min_length=1,
        description="positions of the members in the list, from 0; `1-100` for all from 1 to 100",
    )
    nominal: Position | None = Field(
        default=None,
        description=(
            "position of the weight that corresponds to the nominal event weight; if missing, the "
            "weights are factors on it"
        ),
    )
    normalization: Literal["include", "remove"] = Field(
        description=(
            "effect on the total cross section. `remove`: each member is scaled by Σw / "
            "Σw_member, summed over all events before any cut"
        )
    )


class ScaleEnvelope(WeightSetSystematic):
    """The largest upward and downward shift of all members, in each bin."""

    kind: Literal["scale_envelope"]


class PdfSystematic(WeightSetSystematic):
    """The uncertainty from a set of parton distribution functions."""

    kind: Literal["pdf"]
    method: Literal["replicas", "hessian_symmetric", "hessian_asymmetric"] = Field(
        description=(
            "`replicas`: standard deviation; `hessian_symmetric`: quadratic sum of the members; "
            "`hessian_asymmetric`: members in pairs (+, -), quadratic sum of the larger shift of "
            "each pair to each side"
        )
    )
    level: Annotated[Literal[68, 90], WholeChoice] = Field(
        default=68, description="confidence level of the set in percent; the result is 68 %"
    )
    alpha_s: tuple[Position, Position] | None = Field(
        default=None,
        description=(
            "positions of the members with a smaller and a larger α_s: half their difference is "
            "added in quadrature"
        ),
    )


class HistogramSystematic(Shaped):
    """Histograms of the datasets that enter as histograms."""

    kind: Literal["histogram"]
    up: str = Field(
        description=(
            "path of the TH1 at +1σ, where `{histogram}` is the path of the nominal one, "
            "`{folder}/{name}`: `{histogram}_jes_up`, `{folder}/jes_up`; `{region}` and "
            "`{dataset}` are their names. In another "
            "file: `{file}_jes_up.root:{histogram}`, where `{file}` is the nominal one without "
            "`.root`"
        )
    )
    down: str = Field(description="the same at -1σ, or `symmetrize`")


class DatasetSystematic(Shaped):
    """Another simulation of the same sample."""

    kind: Literal["dataset"]
    up: OneOrMoreNames = Field(
        description=(
            "datasets that together replace the sample at +1σ; with `eras`, only its datasets of "
            "these eras"
        )
    )
    down: OneOrMoreNames = Field(description="the same at -1σ, or `symmetrize`")
    samples: OneName = Field(description="the one sample that is replaced")


Systematic = Annotated[
    NormalizationSystematic
    | WeightSystematic
    | ObjectSystematic
    | ColumnSystematic
    | CombinedSystematic
    | ScaleEnvelope
    | PdfSystematic
    | HistogramSystematic
    | DatasetSystematic,
    Field(discriminator="kind"),
]
