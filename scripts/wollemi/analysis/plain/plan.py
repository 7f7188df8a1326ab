"""What a run of an analysis makes: products, plots, and publication material, as named in the
rules.

Standard library only, on the plain YAML values.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from wollemi.analysis.plain.model_plan import ModelPlan
from wollemi.analysis.plain.publication import ARCHIVED, hepdata_texts, recast_examples
from wollemi.analysis.plain.published import on_two_axes
from wollemi.analysis.plain.queries import (
    as_list,
    factors,
    fitted_regions,
    measured_names,
    model_names,
    parameters_of_interest,
    scaled_samples,
    unfitted_name,
    unfitted_places,
)

FORMATS = ("pdf", "png", "json")


@dataclass(frozen=True)
class Plan(ModelPlan):
    """All that a run makes: datasets, models, plots, and what is published."""

    @property
    def limit_plots(self) -> list[str]:
        """Names of the plots of limits."""
        return ["limits"] if self.limits else []

    @property
    def extrapolation_plots(self) -> list[str]:
        """Names of the plots of results at other luminosities: of each signal that is shown, and of
        all that have points.
        """
        if not self.extrapolation:
            return []
        points = (self.document.get("limits") or {}).get("points") or {}
        of_all = ["extrapolation"] if len(points) > 1 else []
        names = self._plotted(model_names(self.document))
        return [*of_all, *(f"extrapolation_{name}" for name in names)]

    @property
    def discovery_plots(self) -> list[str]:
        """Name of the plot of the scan for an excess."""
        return ["discovery"] if self.discovery else []

    @property
    def contour_plots(self) -> list[str]:
        """Name of the plot of a published grid of signals."""
        return ["contour"] if self.limits and on_two_axes(self.document) else []

    @property
    def fit_plots(self) -> list[str]:
        """Names of the plots of the fit."""
        names = [
            *fitted_regions(self.document),
            *(unfitted_name(self.document, *place) for place in unfitted_places(self.document)),
        ]
        regions = [f"postfit_{name}" for name in names]
        shown = [*regions, *self._region_pulls, "pulls", "correlations"]
        return shown if self.has_model else []

    @property
    def _region_pulls(self) -> list[str]:
        """Name of the plot of all regions, where there are several."""
        validation = [
            name
            for name, region in self.document["regions"].items()
            if region.get("role") == "validation" and "without" not in region
        ]
        several = len([*fitted_regions(self.document), *validation]) > 1
        return ["region_pulls"] if several else []

    def _plotted(self, names: list[str]) -> list[str]:
        """Of what is there for each signal, or for each parameter of interest of the one model,
        what has plots of its own: signals that are shown, or all.
        """
        together = len(names) < 2 or scaled_samples(self.document)
        shown = [] if together else as_list(self.document.get("plots", {}).get("show_signals"))
        return shown or names

    @property
    def measured(self) -> list[str]:
        """What has plots of impacts and uncertainties."""
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
            for variable in [region["variable"], *as_list(region.get("monitor"))]
        }

    @property
    def template_plots(self) -> list[str]:
        """Names of the plots of the templates of systematics."""
        asked = (self.document.get("plots") or {}).get("templates") or {}
        names = as_list(asked.get("systematics")) if self.has_model else []
        return [f"templates_{name}" for name in names]

    @property
    def statistics_plots(self) -> list[str]:
        """Plots of what is made of the model, in the order of the summary page."""
        of_fits = [*self.fit_plots, *self.goodness_plots, *self.ranking_plots]
        of_fits += [*self.uncertainty_plots, *self.scan_plots, *self.interval_plots]
        of_fits += self.toy_plots
        of_limits = [*self.limit_plots, *self.contour_plots, *self.discovery_plots]
        return [*of_limits, *self.extrapolation_plots, *of_fits]

    @property
    def plot_names(self) -> list[str]:
        """All plots, in the order of the summary page."""
        return [*self.statistics_plots, *self.region_plots, *self.template_plots]

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
            else [path for suffix in ("csv", "md", "tex") for path in self.tables(suffix)]
        )

    @property
    def likelihood(self) -> list[str]:
        """The published likelihood."""
        names = ("BkgOnly.json", "patchset.json", "cls.json", "README.md")
        # HistFactory has no factors that are expressions.
        has_it = self.limits and not factors(self.document)
        return self.paths(f"likelihood/{name}" for name in names) if has_it else []

    @property
    def named_products(self) -> list[str]:
        """Products that named results are read from."""
        return sorted(
            {self.path(item["file"]) for item in self.document.get("results", {}).values()}
        )

    @property
    def results(self) -> list[str]:
        """The named results, if there are any."""
        return [self.path("results.json")] if self.named_products else []

    @property
    def hepdata(self) -> list[str]:
        """The submission to HEPData, if it is requested."""
        return [self.path("hepdata/submission.tar.gz")] if hepdata_texts(self.document) else []

    @property
    def recast(self) -> list[str]:
        """The entry for RECAST without its examples."""
        names = ("recast.yml", "specs/workflow.yml", "specs/steps.yml", "README.md")
        return self.paths(f"recast/{name}" for name in names) if self._has_limit_a_signal else []

    @property
    def recast_examples(self) -> list[str]:
        """Examples of the entry for RECAST."""
        return self.paths(
            f"recast/inputs/{name}.yaml" for name in (ARCHIVED, *recast_examples(self.document))
        )

    @property
    def closure_plot(self) -> dict[str, str]:
        """Format → the closure plot."""
        return {suffix: self.path(f"simplified/closure_plot.{suffix}") for suffix in FORMATS}

    @property
    def simplified(self) -> list[str]:
        """The simplified likelihood and its closure."""
        names = ("simplified_likelihood.json", "closure.json", "README.md")
        return (
            [*self.paths(f"simplified/{name}" for name in names), *self.closure_plot.values()]
            if self._has_limit_a_signal
            else []
        )

    @property
    def _has_limit_a_signal(self) -> bool:
        """Whether there are limits on signals, each in a model of its own that is made of our own
        templates: what simplified likelihoods and reinterpretations are for.
        """
        together = bool(scaled_samples(self.document))
        return bool(self.limits) and not (self.is_published or together)

    @property
    def smodels(self) -> list[str]:
        """The database for SModelS, if it is requested."""
        return self.paths(
            ["simplified/smodels.zip"]
            if (self.document.get("publication") or {}).get("smodels")
            else []
        )

    @property
    def published(self) -> list[str]:
        """Targets of `publish` besides a whole run, without the site."""
        return [*self.likelihood, *self.hepdata, *self.recast, *self.simplified, *self.smodels]

    @property
    def site_names(self) -> list[str]:
        """Names of the pages of the site, in the order of its menu."""
        if self.is_published:
            return ["index", "fit", "limits", "provenance", "downloads"]
        of_model = ["fit", "limits", "systematics"] if self.has_model else []
        return ["index", "regions", *of_model, "data", "provenance", "downloads"]

    @property
    def downloads(self) -> list[str]:
        """Downloads of the site; for published products, all outputs of the same job."""
        together = [
            path
            for made in self.single_jobs.values()
            if not set(made).isdisjoint(self.published)
            for path in made
        ]
        found = [
            self.path("summary.json"),
            *self.results,
            *self.statistics,
            *together,
            *self.plot_files,
            *self.table_files,
            *self.histograms(self.model_datasets),
            *self.cutflows(self.datasets),
        ]
        return list(dict.fromkeys(found))

    @property
    def download_records(self) -> list[str]:
        """Records of the jobs that made the downloads; they lead to those of single datasets."""
        downloads = set(self.downloads)
        return self.paths(
            f"records/{name}.json"
            for name, made in self.single_jobs.items()
            if not downloads.isdisjoint(made)
        )

    @property
    def single_jobs(self) -> dict[str, list[str]]:
        """Program → its outputs besides its record, for programs that run once with histograms, in
        the order of the rules.
        """
        jobs = {
            "lint_templates": self.lint,
            "build_workspace": self.built_workspaces,
            "import_workspaces": [*self.workspaces, *self.imported] if self.is_published else [],
            "check_model": self.of_model("model_check.json"),
            "fit_model": self.of_model("fit.json"),
            "predict_regions": self.predictions,
            "compute_limits": self.limits,
            "extrapolate_limits": self.extrapolation,
            "compute_significance": self.of_model("significances.json"),
            "rank_parameters": self.of_model("ranking.json"),
            "scan_likelihood": self.scans,
            "merge_goodness": self.goodness,
            "group_uncertainties": self.uncertainties,
            "compute_region_limits": self.region_limits,
            "scan_discovery": self.discovery,
            "merge_intervals": self.intervals,
            "merge_toys": self.toy_fits,
            "plot_regions": self._all_formats(self.region_plots),
            "plot_templates": self._all_formats(self.template_plots),
            "plot_fit": self._all_formats(self.fit_plots),
            "plot_ranking": self._all_formats(self.ranking_plots),
            "plot_limits": self._all_formats(self.limit_plots),
            "plot_contour": self._all_formats(self.contour_plots),
            "plot_discovery": self._all_formats(self.discovery_plots),
            "plot_extrapolation": self._all_formats(self.extrapolation_plots),
            "plot_scans": self._all_formats(self.scan_plots),
            "plot_toys": self._all_formats(self.toy_plots),
            "plot_intervals": self._all_formats(self.interval_plots),
            "plot_goodness": self._all_formats(self.goodness_plots),
            "plot_uncertainties": self._all_formats(self.uncertainty_plots),
            "summarize_results": self.paths(["index.html", "overview.rst", "summary.json"]),
            "write_tables": self.table_files,
            "write_likelihood": self.likelihood,
            "write_results": self.results,
            "write_hepdata": self.hepdata,
            "write_recast": [*self.recast[:-1], *self.recast_examples, *self.recast[-1:]]
            if self.recast
            else [],
            "write_simplified": self.simplified[: -len(FORMATS)],
            "plot_simplified": self.simplified[-len(FORMATS) :],
            "write_smodels": self.smodels,
        }
        return {name: made for name, made in jobs.items() if made}

    def _all_formats(self, names: Iterable[str]) -> list[str]:
        return [path for suffix in FORMATS for path in self.plots(suffix, names)]

    @property
    def required_model(self) -> list[str]:
        """The record that there is a model; a preview with too few events ends without one."""
        return [] if self.is_preview else self.of_model("records/require_model.json")

    @property
    def targets(self) -> list[str]:
        """What a run makes; a preview has nothing to publish."""
        return [
            *self.histograms(self.model_datasets),
            *self.statistics,
            *self.plot_files,
            *self.table_files,
            *self.required_model,
            *([] if self.is_preview else [*self.likelihood, *self.results]),
            *self.paths(["summary.json", "index.html"]),
        ]
