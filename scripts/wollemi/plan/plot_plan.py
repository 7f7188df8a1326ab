"""The plots and tables of a run of an analysis, as named in the rules.

Standard library only, on the plain YAML values.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from wollemi.analysis.plain.measured_maps import measured_corrections
from wollemi.analysis.plain.overlays import has_contour
from wollemi.analysis.plain.plot_eras import era_plots
from wollemi.analysis.plain.queries import (
    as_list,
    axes_of,
    fitted_regions,
    measured_names,
    model_names,
    parameters_of_interest,
    region_variables,
    scaled_samples,
    unfitted_name,
    unfitted_places,
)
from wollemi.analysis.plain.region_groups import group_name, group_places, region_groups
from wollemi.plan.model_plan import ModelPlan

FORMATS = ("pdf", "png", "json")
TABLE_FORMATS = ("csv", "md", "tex")


@dataclass(frozen=True)
class PlotPlan(ModelPlan):
    """The models of an analysis, and plots and tables of their results."""

    @property
    def limit_plots(self) -> list[str]:
        """Names of the plots of limits."""
        return ["limits"] if self.limits else []

    @property
    def extrapolation_plots(self) -> list[str]:
        """Names of the plots of results at other luminosities: one per shown signal, and one for
        all signals with points.
        """
        if not self.extrapolation:
            return []
        points = (self.document.get("limits") or {}).get("points") or {}
        several = len(points) > 1 and not scaled_samples(self.document)
        of_all = ["extrapolation"] if several else []
        return [*of_all, *(f"extrapolation_{name}" for name in self.measured)]

    @property
    def discovery_plots(self) -> list[str]:
        """Name of the plot of the scan for an excess."""
        return ["discovery"] if self.discovery else []

    @property
    def contour_plots(self) -> list[str]:
        """Name of the plot of a grid of signals."""
        return ["contour"] if self.limits and has_contour(self.document) else []

    @property
    def fit_plots(self) -> list[str]:
        """Names of the plots of the fit."""
        names = [
            *fitted_regions(self.document),
            *(unfitted_name(self.document, *place) for place in unfitted_places(self.document)),
        ]
        groups = region_groups(self.document)
        names += [
            group_name(self.document, name, groups[name], variable)
            for name, variable in group_places(self.document, groups)
        ]
        regions = [f"postfit_{name}" for name in names]
        shown = [*regions, *self._region_pulls, *self._ordered_bins, "pulls", "correlations"]
        return shown if self.has_model else []

    @property
    def _ordered_bins(self) -> list[str]:
        """Names of the plots of bins ordered by their signal-to-background ratio."""
        plots = self.document.get("plots") or {}
        return [
            f"signal_to_background_{name}" for name in as_list(plots.get("signal_to_background"))
        ]

    @property
    def _region_pulls(self) -> list[str]:
        """Name of the plot of all regions, if there are several."""
        validation = [
            name
            for name, region in self.document["regions"].items()
            if region.get("role") == "validation" and "without" not in region
        ]
        several = len([*fitted_regions(self.document), *validation]) > 1
        return ["region_pulls"] if several else []

    def _plotted(self, names: list[str]) -> list[str]:
        """The signals, or parameters of interest of a single model, with separate plots: the shown
        signals, or all.
        """
        together = len(names) < 2 or scaled_samples(self.document)
        shown = [] if together else as_list(self.document.get("plots", {}).get("show_signals"))
        return shown or names

    @property
    def measured(self) -> list[str]:
        """Names with plots of impacts and uncertainties."""
        return self._plotted(measured_names(self.document))

    @property
    def ranking_plots(self) -> list[str]:
        """Names of the impact plots."""
        return [f"ranking_{name}" for name in self.measured] if self.has_model else []

    @property
    def goodness_plots(self) -> list[str]:
        """Name of the plot of the goodness of fit."""
        return ["goodness"] if self.goodness else []

    @property
    def uncertainty_plots(self) -> list[str]:
        """Names of the plots of uncertainties by groups of sources."""
        names = self.measured if self.uncertainties else []
        return [f"uncertainties_{name}" for name in names]

    @property
    def scan_plots(self) -> list[str]:
        """Names of the plots of scans."""
        return [
            f"scan_{scan}_{name}"
            for scan in self.document.get("scans") or {}
            for name in self._plotted(model_names(self.document))
        ]

    @property
    def interval_plots(self) -> list[str]:
        """Names of the plots of confidence intervals."""
        section = self.document.get("intervals")
        if section is None:
            return []
        parameters = as_list(section.get("parameters")) or parameters_of_interest(self.document)
        return [
            f"interval_{parameter}_{name}"
            for parameter in parameters
            for name in self._plotted(model_names(self.document))
        ]

    @property
    def toy_plots(self) -> list[str]:
        """Names of the plots of fits of toys."""
        return [f"toys_{name}" for name in self.measured] if self.toy_fits else []

    @property
    def region_plots(self) -> dict[str, dict[str, str]]:
        """Names of the plots before the fit → their `region` and `variable`."""
        return {
            f"{name}_{variable}": {"region": name, "variable": variable}
            for name, region in self.document["regions"].items()
            for variable in region_variables(region)
        }

    @property
    def group_plots(self) -> dict[str, dict[str, str]]:
        """Names of the plots of groups of regions before the fit → the group as `region`, and
        `variable`.
        """
        return {
            f"{name}_{variable}": {"region": name, "variable": variable}
            for name, variable in group_places(self.document, region_groups(self.document))
        }

    @property
    def era_plots(self) -> dict[str, dict[str, str]]:
        """Names of the plots of single eras before the fit → their `region`, or group of regions,
        `variable` and `era`.
        """
        return {
            plot.name: {"region": plot.region, "variable": plot.variable, "era": plot.era}
            for plot in era_plots(self.document)
        }

    @property
    def shape_plots(self) -> dict[str, dict[str, str]]:
        """Names of the plots of samples at unit area → their `region` and `variable`."""
        asked = (self.document.get("plots") or {}).get("shapes") or {}
        regions = as_list(asked.get("regions"))
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
        asked = as_list((self.document.get("plots") or {}).get("efficiencies"))
        regions = self.document["regions"]
        return {
            f"efficiency_{name}": labels
            for name, labels in self.region_plots.items()
            for origin in [regions[labels["region"]].get("derived_from")]
            if origin in asked and labels["variable"] in region_variables(regions[origin])
        }

    @property
    def plane_plots(self) -> dict[str, dict[str, str]]:
        """Names of the plots of variables with two axes → their `region` and `variable`."""
        return {
            f"plane_{name}": labels
            for name, labels in {**self.region_plots, **self.group_plots}.items()
            if len(axes_of(self.document, labels["variable"])) == 2
        }

    @property
    def histogram_plots(self) -> list[str]:
        """All plots of histograms before the fit."""
        others = [*self.era_plots, *self.plane_plots, *self.shape_plots, *self.efficiency_plots]
        return [*self.region_plots, *self.group_plots, *others]

    @property
    def template_plots(self) -> list[str]:
        """Names of the plots of the templates of systematics."""
        asked = (self.document.get("plots") or {}).get("templates") or {}
        names = as_list(asked.get("systematics")) if self.has_model else []
        return [f"templates_{name}" for name in names]

    @property
    def correction_plots(self) -> dict[str, str]:
        """Names of the plots of measured corrections → the correction."""
        return {f"correction_{name}": name for name in measured_corrections(self.document)}

    @property
    def statistics_plots(self) -> list[str]:
        """Names of the plots of the model's results, in the order of the summary page."""
        of_fits = [*self.fit_plots, *self.goodness_plots, *self.ranking_plots]
        of_fits += [*self.uncertainty_plots, *self.scan_plots, *self.interval_plots]
        of_fits += self.toy_plots
        of_limits = [*self.limit_plots, *self.contour_plots, *self.discovery_plots]
        return [*of_limits, *self.extrapolation_plots, *of_fits]

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
            for name, region in self.document["regions"].items()
            if "without" not in region
        ]
        of_model = (
            ["yields", "parameters", "significances", *self.ranking_plots] if self.has_model else []
        )
        of_model += [
            f"systematics_{name}" for name in fitted_regions(self.document) if self.has_model
        ]
        selected = [] if self.is_published else ["selected"]
        scans = ["scans"] if self.scans else []
        uncertainties = ["uncertainties"] if self.uncertainties else []
        extrapolation = ["extrapolation"] if self.extrapolation else []
        requested = [*self.limit_plots, *extrapolation, *scans, *self.goodness_plots]
        requested += [*uncertainties, *(["region_limits"] if self.region_limits else [])]
        requested += [*self.discovery_plots, *(["intervals"] if self.intervals else [])]
        requested += ["toy_fits"] if self.toy_fits else []
        return [*selected, *cutflows, *of_model, *requested]

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
