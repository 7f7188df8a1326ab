"""The style of plots and tables: the section `plots`. Nothing here changes a number."""

from collections.abc import Mapping

from pydantic import Field

from wollemi.analysis.models.base import Name, Names, NameTemplate, Number, Section


class SampleStyle(Section):
    """The style of a sample."""

    label: str | None = Field(default=None, description="name in legends and tables")
    color: str | None = Field(default=None, description="a matplotlib color")


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


class Plots(Section):
    """Cosmetics: nothing here changes a number."""

    experiment: str = Field(default="", description="experiment label, first on each plot")
    data_label: str = Field(default="Data", description="name of the data in legends")
    samples: Mapping[Name, SampleStyle] = Field(
        default={}, description="sample → style; the order is that of the stack, bottom first"
    )
    regions: Mapping[Name, str] = Field(default={}, description="region → label")
    parameters: Mapping[NameTemplate, str] = Field(
        default={},
        description=(
            "systematic, free normalization, parameter of interest or group of uncertainties → "
            "label; in plots, tables, pages and HEPData. Placeholders of a systematic's name, as "
            "in `jes_{era}`, may be in its label, too"
        ),
    )
    templates: TemplatePlots = Field(
        default=TemplatePlots(), description="plots of the templates of systematics"
    )
    log_x: Names = Field(default=(), description="variables with a logarithmic axis")
    log_y: Names = Field(
        default=(), description="regions with a logarithmic axis for the number of events"
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
            "region → variable → text → its position on the axis; written above the data, such as "
            "names of resonances"
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
