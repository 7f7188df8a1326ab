"""The plots and tables of a run of an analysis, as named in the rules.

Standard library only.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from operator import attrgetter

from wollemi.analysis.plain.measured_maps import measured_corrections
from wollemi.analysis.plain.plot_eras import era_plots
from wollemi.analysis.plain.queries import (
    axes_of,
    fitted_regions,
    region_variables,
)
from wollemi.analysis.plain.region_groups import group_places, region_groups
from wollemi.plan.model_plan import ModelPlan
from wollemi.plan.plot_names import plot_names
from wollemi.plan.registry import PLOTS, PRODUCTS

FORMATS = ("pdf", "png", "json")
TABLE_FORMATS = ("csv", "md", "tex")


@dataclass(frozen=True)
class PlotPlan(ModelPlan):
    """The models of an analysis, and plots and tables of their results."""

    def drawn_by(self, program: str) -> list[str]:
        """Names of the plots of the model's results that a program draws.

        Args:
            program: Name of the program, one of `wollemi.plan.registry.PLOTS`.
        """
        (entry,) = (item for item in PLOTS if item.program == program)
        patterns = entry.names if self.product(entry.product) else ()
        return [name for pattern in patterns for name in plot_names(pattern, self.analysis)]

    @property
    def region_plots(self) -> dict[str, dict[str, str]]:
        """Names of the plots before the fit → their `region` and `variable`."""
        return {
            f"{name}_{variable}": {"region": name, "variable": variable}
            for name, region in self.analysis.regions.items()
            for variable in region_variables(region)
        }

    @property
    def group_plots(self) -> dict[str, dict[str, str]]:
        """Names of the plots of groups of regions before the fit → the group as `region`, and
        `variable`.
        """
        return {
            f"{name}_{variable}": {"region": name, "variable": variable}
            for name, variable in group_places(self.analysis, region_groups(self.analysis))
        }

    @property
    def era_plots(self) -> dict[str, dict[str, str]]:
        """Names of the plots of single eras before the fit → their `region`, or group of regions,
        `variable` and `era`.
        """
        return {
            plot.name: {"region": plot.region, "variable": plot.variable, "era": plot.era}
            for plot in era_plots(self.analysis)
        }

    @property
    def shape_plots(self) -> dict[str, dict[str, str]]:
        """Names of the plots of samples at unit area → their `region` and `variable`."""
        shapes = self.analysis.plots.shapes
        regions = shapes.regions if shapes else ()
        return {
            f"shapes_{name}": labels
            for name, labels in self.region_plots.items()
            if labels["region"] in regions
        }

    @property
    def efficiency_plots(self) -> dict[str, dict[str, str]]:
        """Names of the plots of a cut's efficiency → their `region`, without the cut, and
        `variable`, which the region itself also histograms.
        """
        asked = self.analysis.plots.efficiencies or ()
        regions = self.analysis.regions
        return {
            f"efficiency_{name}": labels
            for name, labels in self.region_plots.items()
            for origin in [regions[labels["region"]].derived_from]
            if origin in asked and labels["variable"] in region_variables(regions[origin])
        }

    @property
    def plane_plots(self) -> dict[str, dict[str, str]]:
        """Names of the plots of variables with two axes → their `region` and `variable`."""
        return {
            f"plane_{name}": labels
            for name, labels in {**self.region_plots, **self.group_plots}.items()
            if len(axes_of(self.analysis, labels["variable"])) == 2
        }

    @property
    def histogram_plots(self) -> list[str]:
        """All plots of histograms before the fit."""
        others = [*self.era_plots, *self.plane_plots, *self.shape_plots, *self.efficiency_plots]
        return [*self.region_plots, *self.group_plots, *others]

    @property
    def template_plots(self) -> list[str]:
        """Names of the plots of the templates of systematics."""
        names = self.analysis.plots.templates.systematics if self.has_model else ()
        return [f"templates_{name}" for name in names]

    @property
    def correction_plots(self) -> dict[str, str]:
        """Names of the plots of measured corrections → the correction."""
        return {f"correction_{name}": name for name in measured_corrections(self.analysis.plain)}

    @property
    def statistics_plots(self) -> list[str]:
        """Names of the plots of the model's results, in the order of the summary page."""
        ordered = sorted(PLOTS, key=attrgetter("order"))
        return [name for entry in ordered for name in self.drawn_by(entry.program)]

    @property
    def plot_names(self) -> list[str]:
        """All plots, in the order of the summary page."""
        of_histograms = [*self.histogram_plots, *self.template_plots, *self.correction_plots]
        return [*self.statistics_plots, *of_histograms]

    def plots(self, suffix: str, names: Iterable[str]) -> list[str]:
        """Files of plots in one format."""
        return self.paths(f"plots/{name}.{suffix}" for name in names)

    @property
    def plot_files(self) -> list[str]:
        """All plots in all formats."""
        return [
            path
            for name in self.plot_names
            for suffix in FORMATS
            for path in self.plots(suffix, [name])
        ]

    @property
    def table_names(self) -> list[str]:
        """Names of the tables."""
        cutflows = [
            f"cutflow_{name}"
            for name, region in self.analysis.regions.items()
            if region.without is None
        ]
        of_model = ["yields", "parameters", "significances", *self.drawn_by("plot_ranking")]
        of_model += [f"systematics_{name}" for name in fitted_regions(self.analysis)]
        selected = [] if self.is_published else ["selected"]
        requested = [item.name for item in PRODUCTS if item.table and self.product(item.name)]
        return [*selected, *cutflows, *(of_model if self.has_model else []), *requested]

    def tables(self, suffix: str) -> list[str]:
        """All tables in one format."""
        return self.paths(f"tables/{name}.{suffix}" for name in self.table_names)

    @property
    def table_files(self) -> list[str]:
        """All tables in all formats; a preview has none."""
        return (
            []
            if self.is_preview
            else [path for suffix in TABLE_FORMATS for path in self.tables(suffix)]
        )
