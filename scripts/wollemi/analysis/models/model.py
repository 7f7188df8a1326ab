"""Section `model` of an analysis."""

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import Field

from wollemi.analysis.models.base import (
    Edges,
    Expression,
    Flag,
    Fraction,
    Name,
    Names,
    NonNegative,
    Number,
    OneOrMoreNames,
    Section,
    WholeChoice,
)

# Range of a free factor on a background.
FACTOR_BOUNDS = (0.0, 10.0)


class FreeNormalization(Section):
    """A free factor on the yield of samples, determined by the fit."""

    samples: Names = Field(
        default=(), description="samples it acts on; none if it is there for `factors` only"
    )
    regions: OneOrMoreNames | None = Field(
        default=None, description="regions it acts in. Default: all"
    )
    bounds: tuple[Number, Number] | None = Field(
        default=None,
        description=(
            "range in the fit. Default: from 0 to 10; of a parameter of interest as `poi_bounds`"
        ),
    )


class ShapeFactor(Section):
    """A free factor on each bin of samples, which regions share: a shape that the fit finds."""

    samples: OneOrMoreNames = Field(description="simulated samples it acts on")
    regions: OneOrMoreNames = Field(
        description="fitted regions that share its factors, bin by bin: of equal numbers of bins"
    )


class PruneThresholds(Section):
    """Relative effects below which the parts of a systematic are dropped."""

    norm: NonNegative = Field(description="change of the yield, at either side")
    shape: NonNegative = Field(description="largest change of a bin, at the nominal yield")


class InterpolationCodes(Section):
    """How the model interpolates between ±1σ: codes of HistFactory, by pyhf's names."""

    normsys: Literal["code4", "code1"] = Field(
        default="code4",
        description=(
            "yields: `code4`, a polynomial within ±1σ and exponential outside, or `code1`, "
            "exponential at each side"
        ),
    )
    histosys: Literal["code4p", "code0"] = Field(
        default="code4p",
        description=(
            "shapes: `code4p`, a polynomial within ±1σ and linear outside, or `code0`, linear at "
            "each side"
        ),
    )


class Regularization(Section):
    """A penalty on differences of neighboring strengths, as τ² Σ d² in -2 ln L."""

    parameters: Names = Field(
        description="free normalizations of the bins of the truth, in their order"
    )
    strength: NonNegative = Field(description="τ; 0 for no penalty")
    differences: Annotated[Literal[1, 2], WholeChoice] = Field(
        default=2, description="1: of neighbors; 2: second ones, which leave a straight line as is"
    )


class Factor(Section):
    """A factor on the yield of samples that is an expression of free normalizations."""

    expression: Expression = Field(
        description="numbers and free normalizations with `+ - * / **`, such as `mu * kappa**2`"
    )
    samples: OneOrMoreNames = Field(
        description="samples it acts on; their templates may be negative"
    )


class Morphing(Section):
    """Templates at values of a free normalization, such as a mass, between which it morphs."""

    templates: Annotated[Mapping[Name, Number], Field(min_length=2, max_length=20)] = Field(
        description="sample → value of the parameter at which it was made"
    )
    method: Literal["polynomial", "linear"] = Field(
        default="polynomial",
        description=(
            "`polynomial`: the one through all templates, in each bin; `linear`: straight lines "
            "between neighbors"
        ),
    )


class Model(Section):
    """The statistical model."""

    poi: OneOrMoreNames = Field(
        default=("mu",),
        description=(
            "parameter of interest, which scales each signal sample in a separate model; or "
            "names of `free_normalizations`, which scale all signal samples in one model"
        ),
    )
    poi_bounds: tuple[Number, Number] | None = Field(
        default=None,
        description=(
            "range of the parameter of interest. Default: up to 10, and below 0 as long as the "
            "nominal expectation in each bin is at least half of its background"
        ),
    )
    free_normalizations: Mapping[Name, FreeNormalization] = Field(
        default={}, description="free factors"
    )
    shape_factors: Mapping[Name, ShapeFactor] | None = Field(
        default=None, description="free factors on each bin, shared by regions"
    )
    factors: Mapping[Name, Factor] = Field(
        default={}, description="factors that are expressions of free normalizations"
    )
    morphing: Mapping[Name, Morphing] = Field(
        default={}, description="free normalization → templates at its values"
    )
    regularization: Regularization | None = Field(
        default=None, description="regularization of an unfolding"
    )
    fixed: Mapping[Name, Number] = Field(
        default={},
        description=(
            "parameter → value that it is held at in everything made of the model: a free "
            "normalization, or a systematic in standard deviations"
        ),
    )
    asimov: Mapping[Name, Number] = Field(
        default={},
        description=(
            "parameter → its value in the Asimov data of expected results. Default: parameters of "
            "interest 1, all others as fitted to the data"
        ),
    )
    fit_edges: Mapping[Name, Edges] = Field(
        default={},
        description=(
            "region → increasing bin edges in the fit, each an edge of its variable; events "
            "outside do not enter. Default: the bins of the variable"
        ),
    )
    mc_statistics: Literal["all", "background", "none"] = Field(
        default="all",
        description=(
            "samples whose statistical uncertainty enters, with one shared parameter per bin. Use "
            "`background` if a signal far exceeds the background: its few events would make the "
            "background uncertain"
        ),
    )
    floor_negative_bins: Flag | Literal["keep"] = Field(
        default=True,
        description=(
            "set negative template bins to zero; if false, they are an error; `keep`: they stay in "
            "the model, as in cabinetry, and only the sum of the samples must be positive"
        ),
    )
    mc_statistics_threshold: Fraction | None = Field(
        default=None,
        description=(
            "relative statistical uncertainty of the sum of these samples up to which a bin has no "
            "parameter. Default: each bin has one"
        ),
    )
    mc_statistics_constraint: Literal["gaussian", "poisson"] | None = Field(
        default=None,
        description=(
            "`gaussian`: one factor for each bin, shared by all samples (`staterror`); `poisson`: "
            "one for each bin and sample (`shapesys`), as in Barlow and Beeston. Default: "
            "`gaussian`"
        ),
    )
    interpolation: InterpolationCodes | Literal["combine"] | None = Field(
        default=None,
        description=(
            "codes of the interpolation of systematics, or `combine` for Combine's interpolation "
            "with its limits of bins and statistics, which other programs for workspaces refuse. "
            "Default: code4 and code4p"
        ),
    )
    prune_below: NonNegative | PruneThresholds = Field(
        default=0.0,
        description=(
            "drop the yield or shape part of a systematic if its relative effect is below this; or "
            "one threshold for each"
        ),
    )
