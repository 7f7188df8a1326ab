"""The style of plots and tables: the section `plots`. Nothing here changes a number."""

from collections.abc import Mapping
from typing import Literal

from pydantic import Field

from wollemi.analysis.models.base import (
    Edges,
    Name,
    Names,
    NameTemplate,
    Number,
    OneOrMoreNames,
    Section,
)


class SampleStyle(Section):
    """The style of a sample."""

    label: str | None = Field(default=None, description="name in legends and tables")
    color: str | None = Field(default=None, description="a matplotlib color")


class SampleGroup(Section):
    """Samples that stacks and tables show as one."""

    samples: OneOrMoreNames = Field(description="its samples")
    label: str | None = Field(
        default=None, description="name in legends and tables; if missing, its own"
    )
    color: str | None = Field(
        default=None, description="a matplotlib color; default: the color of its first sample"
    )


class RegionGroup(Section):
    """Regions that plots and tables show as one more, their sum."""

    regions: OneOrMoreNames = Field(
        description="its regions, which have no events in common and at least one variable"
    )
    label: str | None = Field(default=None, description="its title; if missing, its name")


class AxisStyle(Section):
    """An axis of the limit plot."""

    label: str = Field(description="axis label with unit")


class TemplatePlots(Section):
    """Plots of templates at ±1σ beside the nominal ones, a panel for each region and sample."""

    systematics: Names = Field(default=(), description="systematics, a plot each")
    regions: Names = Field(default=(), description="regions shown; none given: all of the model")
    samples: Names = Field(
        default=(), description="samples shown; none given: all that the systematic acts on"
    )


class ShapePlots(Section):
    """Plots of simulated samples at unit area in one frame."""

    regions: OneOrMoreNames = Field(description="regions, a plot for each of their variables")
    samples: OneOrMoreNames | None = Field(
        default=None, description="samples shown; if missing, all that are simulated"
    )


class Plots(Section):
    """Cosmetics: nothing here changes a number."""

    experiment: str = Field(default="", description="experiment label, first on each plot")
    data_label: str = Field(default="Data", description="name of the data in legends")
    samples: Mapping[Name, SampleStyle] = Field(
        default={},
        description="sample → style; the order is the order of the stack, bottom first",
    )
    groups: Mapping[Name, SampleGroup] | None = Field(
        default=None,
        description=(
            "group → samples that stacks, and tables of selected events, cutflows and systematics "
            "show as one; the fit and HEPData know none"
        ),
    )
    regions: Mapping[Name, str] = Field(default={}, description="region → label")
    region_groups: Mapping[Name, RegionGroup] | None = Field(
        default=None,
        description=(
            "group → regions whose sum is shown besides, in plots before and after the fit and in "
            "tables of selected events and yields; the fit and HEPData know none"
        ),
    )
    parameters: Mapping[NameTemplate, str] = Field(
        default={},
        description=(
            "systematic, free normalization, parameter of interest or group of uncertainties → "
            "label; in plots, tables, pages and HEPData. Placeholders of a systematic's name, as "
            "in `jes_{era}`, may be in its label, too"
        ),
    )
    ranking_statistics: Literal["grouped", "hidden"] | None = Field(
        default=None,
        description=(
            "statistics of the simulation in the ranking: `grouped`, one row for the factors of a "
            "region with their impacts added in quadrature, or `hidden`; if missing, a row for "
            "each factor. `ranking.json` has them all"
        ),
    )
    templates: TemplatePlots = Field(
        default=TemplatePlots(), description="plots of the templates of systematics"
    )
    shapes: ShapePlots | None = Field(
        default=None, description="plots of samples at unit area; if missing, there are none"
    )
    efficiencies: OneOrMoreNames | None = Field(
        default=None,
        description=(
            "regions, a plot of the efficiency of each cut in their `n_minus_one`, against each of "
            "its variables that the region also histograms"
        ),
    )
    signal_to_background: OneOrMoreNames | None = Field(
        default=None,
        description="signal samples, a plot each of all bins of the fit by log10(S/B)",
    )
    eras: OneOrMoreNames | None = Field(
        default=None,
        description="regions, or groups of them, whose plots before the fit are also of each era",
    )
    edges: Mapping[Name, Edges] | None = Field(
        default=None,
        description=(
            "variable → bin edges in plots before the fit, a subset of its edges: "
            "coarser bins fill and fit nothing again"
        ),
    )
    log_x: Names = Field(default=(), description="variables with a logarithmic axis")
    log_y: Names = Field(
        default=(),
        description="regions, or groups of them, with a logarithmic axis for the number of events",
    )
    show_signals: Names = Field(default=(), description="signal samples drawn as lines")
    stack_signals: Names = Field(
        default=(),
        description=(
            "signal samples stacked on the backgrounds, as in a measurement, instead of lines "
            "on top"
        ),
    )
    annotations: Mapping[Name, Mapping[Name, Mapping[str, Number]]] = Field(
        default={},
        description=(
            "region, or group of them → variable → text → its position on the axis; written above "
            "the data, such as names of resonances"
        ),
    )
    limit_x: AxisStyle = Field(
        default=AxisStyle(label="signal"), description="the axis of `limits.points`"
    )
    limit_y: AxisStyle = Field(
        default=AxisStyle(label="signal strength"), description="the axis of the limit"
    )
    theory_label: str = Field(
        default="prediction", description="name of the predicted cross section"
    )
