"""The physics: the models of `config/analyses/<name>/analysis.yaml`.

They are the single source: the JSON Schema (`workflow/schemas/`) and the reference page
(`docs/configuration.md`) are generated from them by `scripts/write_schemas.py`. Names that point to
other sections are checked in `wollemi.loading.all`.
"""

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import Field

from wollemi.analysis.models.backgrounds import Estimate
from wollemi.analysis.models.base import (
    AxisNames,
    Categories,
    Edges,
    Era,
    Expression,
    Flag,
    LuminosityValue,
    Name,
    Names,
    Number,
    OneOrMoreNames,
    OneOrTwoNames,
    Positive,
    Section,
    Selection,
    Whole,
)
from wollemi.analysis.models.blinding import Blinding
from wollemi.analysis.models.certification import Certification
from wollemi.analysis.models.commands import Command
from wollemi.analysis.models.corrections import Correction, WeightFactor
from wollemi.analysis.models.datasets import Checks, Dataset
from wollemi.analysis.models.extrapolation import Extrapolation
from wollemi.analysis.models.limits import Contour, Limits, RegionLimits
from wollemi.analysis.models.lint import Lint
from wollemi.analysis.models.missing_momentum import MissingMomentum
from wollemi.analysis.models.model import Model
from wollemi.analysis.models.objects import PhysicsObject
from wollemi.analysis.models.overlays import Overlay
from wollemi.analysis.models.own_products import OwnProduct
from wollemi.analysis.models.plots import Plots
from wollemi.analysis.models.publication import Publication
from wollemi.analysis.models.results import NamedResult, ResultName
from wollemi.analysis.models.systematics import Systematic, SystematicName
from wollemi.analysis.models.toys import Intervals, Jobs, ToyFits, Toys
from wollemi.analysis.models.triggers import Trigger
from wollemi.analysis.models.workspace import Workspace

# More bins than any fit has events, yet such a histogram is made in a second.
Bins = Annotated[int, Field(strict=True, ge=1, le=10_000)]
# Of two parameters, the square of it: 10,201 fits at most.
ScanPoints = Annotated[int, Field(strict=True, ge=3, le=101)]
# In TeV, from 1 GeV to twice the largest planned machine: 8000 is a number in GeV.
BeamEnergy = Annotated[Positive, Field(ge=0.001, le=200)]
BeamEnergies = Annotated[tuple[BeamEnergy, ...], Field(min_length=1)]


class Sample(Section):
    """One physics process, or the data."""

    role: Literal["data", "background", "signal"] = Field(description="role in the model")
    datasets: Names = Field(default=(), description="its datasets, summed")
    selection: Expression | None = Field(
        default=None,
        description=(
            "condition on the events of its datasets that belong to it, such as a truth category; "
            "see docs/selections.md"
        ),
    )
    estimate: Estimate | None = Field(
        default=None, description="estimate from data, instead of `datasets`"
    )
    regions: OneOrMoreNames | None = Field(
        default=None,
        description=(
            "regions in which its datasets have `histograms`; it is empty in all others. "
            "Default: all regions. For samples of histograms alone"
        ),
    )


class Hook(Section):
    """A column computed by a function in the `hooks.py` next to the analysis file."""

    hook: Name = Field(
        description="function, with the branches, objects and columns of `uses` as named arguments"
    )
    uses: tuple[str, ...] = Field(
        description=(
            "inputs of the function, as awkward arrays; fields of objects as `electron.charge`"
        )
    )


class Skim(Section):
    """The loose selection. Events that pass it under any object variation are kept."""

    selection: Selection = Field(
        description=(
            "condition on an event, with one line of the cutflow per `and` term; or name → "
            "condition, one line each"
        )
    )
    keep: tuple[Expression, ...] = Field(
        default=(),
        description=(
            "branches, columns and fields of objects (`jet.btag`) that nothing uses yet: they are "
            "kept where the files have them, and what uses them later needs no new skim"
        ),
    )


class Variable(Section):
    """An observable and its axis: exactly one of `bins`, `log_bins`, `edges`, or `categories`
    alone. Or, with `axes` alone, two or three of them at once.

    Under- and overflow are kept in the histograms and do not enter the fit, unless they are merged.
    """

    axes: AxisNames = Field(
        default_factory=tuple,
        description=(
            "two or three other variables, for a histogram of all of them: their bins, labels and "
            "units are its axes; see docs/plots.md"
        ),
    )
    # Factories: with `axes` there is neither, and a default in the schema would be in the digests
    # of all analyses.
    expression: Expression = Field(
        default_factory=str, description="value of an event; None adds no entry"
    )
    per: Literal["event", "object"] = Field(
        default="event",
        description=(
            "`object`: the expression gives a list for each event, and every value in it is an "
            "entry"
        ),
    )
    bins: tuple[Bins, Number, Number] | None = Field(
        default=None, description="number of bins, lower and upper edge"
    )
    log_bins: tuple[Bins, Positive, Positive] | None = Field(
        default=None, description="the same, with bins of equal width in the logarithm"
    )
    edges: Edges | None = Field(default=None, description="bin edges, increasing")
    categories: Categories = Field(
        default_factory=dict,
        description=(
            "name → condition, instead of an expression and bins: a bin for each, in which are the "
            "entries that fulfil its condition and none before it; see docs/plots.md"
        ),
    )
    label: str = Field(
        default_factory=str,
        description="axis label without unit, TeX between $; "
        "default: a symbol, a short expression, or the name",
    )
    unit: str = Field(default="", description="unit of the values")
    merge_flow: Flag = Field(
        default_factory=bool,
        description=(
            "whether values beyond the edges are filled into the first and the last bin, in all "
            "that is made of the histograms; else under- and overflow are kept apart"
        ),
    )


class Region(Section):
    """A selection, and the variables histogrammed in it."""

    selection: Selection = Field(
        description=(
            "condition on an event, with one line of the cutflow per `and` term; or name → "
            "condition, one line each"
        )
    )
    variable: Name = Field(description="the variable the model uses")
    monitor: Names = Field(default=(), description="further variables to histogram and plot")
    role: Literal["signal", "control", "validation"] = Field(
        default="signal",
        description="signal and control regions enter the fit, validation regions do not",
    )
    n_minus_one: Mapping[str, Names] = Field(
        default={},
        description=(
            "name of a cut → variables to histogram and plot with all cuts but that one, in a "
            "validation region `<region>_without_<cut>`"
        ),
    )
    derived_from: Name | None = Field(
        default=None,
        description=(
            "region that this one is a variant of, with the same label and axes in plots; set by "
            "`n_minus_one`"
        ),
    )
    without: str | None = Field(
        default=None, description="cut of that region that is omitted; set by `n_minus_one`"
    )


class Scan(Section):
    """A profile likelihood scan of one parameter, or of two for contours, for each signal
    sample.
    """

    parameters: OneOrTwoNames = Field(
        description="one or two parameters: of interest, free normalizations, systematics"
    )
    ranges: Mapping[Name, tuple[Number, Number]] = Field(
        default={},
        description=(
            "parameter → first and last value. Default: three standard deviations on each side of "
            "the observed and expected estimates, within the bounds of the parameter"
        ),
    )
    points: ScanPoints = Field(default=31, description="values of each parameter")


class Goodness(Section):
    """Goodness of the main fit by toys: saturated model, Kolmogorov–Smirnov, Anderson–Darling."""

    toys: Toys = Field(default=1000, description="random data drawn from the fitted model")
    seed: Whole = Field(default=1, description="seed of their random numbers")
    jobs: Jobs = Field(default=1, description="jobs that share them; the toys are the same")


class Uncertainties(Section):
    """Uncertainty of the parameter of interest by groups of sources, for each signal sample."""

    groups: Mapping[Name, Names] = Field(
        default={},
        description=(
            "group → its systematics and free normalizations. A systematic in none has a row of "
            "its own, as have statistics of the simulation and the other free normalizations"
        ),
    )


class Discovery(Section):
    """Local p-values of all signals along the axis of `limits.points`, and the global one."""

    toys: Toys = Field(default=1000, description="random data without signal, for the global one")
    seed: Whole = Field(default=1, description="seed of their random numbers")


class Generator(Section):
    """Settings common to all generated datasets."""

    settings: tuple[str, ...] = Field(description="Pythia settings")


class Analysis(Section):
    """A whole analysis."""

    name: Name = Field(
        description="name of the analysis, of its folder, and of its folder of results"
    )
    title: str = Field(description="title in one line")
    description: str = Field(default="", description="description of the analysis, with references")
    center_of_mass_tev: BeamEnergy | BeamEnergies = Field(
        description="center-of-mass energy in TeV"
    )
    luminosity_ifb: LuminosityValue | Mapping[Era, LuminosityValue] | None = Field(
        default=None, description="luminosity in fb⁻¹: one number, or one per era"
    )
    certified: Certification | Mapping[Era, Certification | None] | None = Field(
        default=None, description="certified luminosity blocks of all data, or per era"
    )
    generator: Generator | None = Field(default=None, description="settings of the event generator")
    workspace: Workspace | None = Field(
        default=None,
        description=(
            "a model that somebody published, instead of all sections from `datasets` to `model`; "
            "see docs/published_models.md"
        ),
    )
    datasets: Mapping[Name, Dataset] = Field(description="files of one origin")
    commands: Mapping[Name, Command] = Field(
        default={}, description="commands that make files; see docs/other_frameworks.md"
    )
    checks: Checks = Field(default=Checks(), description="checks of the events of all datasets")
    samples: Mapping[Name, Sample] = Field(description="processes")
    corrections: Mapping[Name, Correction] = Field(
        default={}, description="corrections from correctionlib files"
    )
    objects: Mapping[Name, PhysicsObject] = Field(
        default={}, description="collections with quality cuts"
    )
    missing_momentum: Mapping[Name, MissingMomentum] = Field(
        default={},
        description="missing momenta that follow calibrations and variations of objects",
    )
    triggers: Mapping[Name, Trigger] = Field(
        default={}, description="triggers, as columns; see docs/data_taking.md"
    )
    columns: Mapping[Name, Expression | Hook] = Field(
        default={}, description="derived event quantities"
    )
    skim: Skim | None = Field(
        default=None,
        description=(
            "loose selection, whose events are kept, so that another histogram is filled in "
            "seconds; if missing, files are read and histograms filled in one step, and no events "
            "are kept"
        ),
    )
    variables: Mapping[Name, Variable] = Field(description="observables")
    regions: Mapping[Name, Region] = Field(description="selections")
    weights: Mapping[Name, WeightFactor] = Field(
        default={}, description="factors on the event weights"
    )
    blinding: Blinding | None = Field(default=None, description="hidden data; default: none")
    systematics: Mapping[SystematicName, Systematic] = Field(
        default={}, description="uncertainties"
    )
    model: Model | None = Field(
        default=None, description="statistical model; if missing, the analysis ends with histograms"
    )
    lint: Lint = Field(default=Lint(), description="flaws of the templates before the fit")
    limits: Limits | None = Field(default=None, description="upper limits")
    scans: Mapping[Name, Scan] = Field(default={}, description="profile likelihood scans")
    goodness: Goodness | None = Field(default=None, description="goodness of fit by toys")
    uncertainties: Uncertainties | None = Field(
        default=None, description="uncertainty of the parameter of interest by groups of sources"
    )
    extrapolation: Extrapolation | None = Field(
        default=None, description="expected limits and significances at other luminosities"
    )
    discovery: Discovery | None = Field(
        default=None, description="scan of the signals for an excess, with its global p-value"
    )
    region_limits: RegionLimits | None = Field(
        default=None, description="model-independent limits of each signal region"
    )
    intervals: Intervals | None = Field(
        default=None, description="confidence intervals of Feldman and Cousins, by toys"
    )
    toy_fits: ToyFits | None = Field(
        default=None, description="fits of toys: bias, pulls, coverage, linearity"
    )
    contour: Contour | None = Field(
        default=None, description="interpolation of limits on a grid of signals on two axes"
    )
    overlays: Mapping[Name, Overlay] = Field(
        default={}, description="published curves on the limit plot or the contour plot"
    )
    plots: Plots = Field(default=Plots(), description="style of the plots: labels, colors, axes")
    products: Mapping[Name, OwnProduct] = Field(
        default={}, description="values that functions of `hooks.py` compute from other products"
    )
    results: Mapping[ResultName, NamedResult] = Field(
        default={},
        description=(
            "single numbers for other programs to read by name; `{signal}` gives one per "
            "signal sample"
        ),
    )
    publication: Publication | None = Field(default=None, description="publication of the results")
