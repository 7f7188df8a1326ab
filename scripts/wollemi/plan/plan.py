"""The products of a run of an analysis: results, plots and publication material, as named in the
rules.

Standard library only.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from wollemi.analysis.plain.corrections import local_path, target_files
from wollemi.analysis.plain.measured import measurement_datasets
from wollemi.analysis.plain.measured_maps import measured_corrections
from wollemi.analysis.plain.publication import ARCHIVED, hepdata_texts, recast_examples
from wollemi.analysis.plain.queries import beyond_histfactory, scaled_samples
from wollemi.plan.plot_plan import FORMATS, TABLE_FORMATS, PlotPlan
from wollemi.plan.registry import PLOTS, PRODUCTS

if TYPE_CHECKING:
    from wollemi.analysis.models.publication import Paper


@dataclass(frozen=True)
class Plan(PlotPlan):
    """All products of a run: datasets, models, plots, tables, publication material."""

    @property
    def measured_corrections(self) -> list[str]:
        """Names of measured corrections."""
        return list(measured_corrections(self.analysis.plain))

    def measurement_datasets(self, correction: str, data: bool | None = None) -> list[str]:
        """Copies of the datasets to measure a correction in: of data, simulation, or all."""
        return measurement_datasets(self.analysis.plain, correction, data)

    def measurement_targets(self, correction: str) -> list[str]:
        """Files with distributions of data that the measurement of a correction uses."""
        files = target_files(measured_corrections(self.analysis.plain)[correction])
        return [local_path(self.run, file) for file in files]

    @property
    def correction_maps(self) -> list[str]:
        """Files of measured corrections."""
        return self.paths(f"corrections/{name}.json" for name in self.measured_corrections)

    @property
    def likelihood(self) -> list[str]:
        """The published likelihood."""
        names = ("BkgOnly.json", "patchset.json", "cls.json", "README.md")
        has_it = self.product("limits") and not beyond_histfactory(self.analysis)
        return self.paths(f"likelihood/{name}" for name in names) if has_it else []

    @property
    def own_products(self) -> list[str]:
        """Products of the analysis itself; a preview may lack what they use."""
        names = [] if self.is_preview else self.analysis.products
        return self.paths(f"products/{name}.json" for name in names)

    def own_inputs(self, product: str) -> list[str]:
        """What a product of the analysis itself uses, in the order of its arguments."""
        return self.paths(self.analysis.products[product].uses.values())

    @property
    def named_products(self) -> list[str]:
        """Products that contain the named results."""
        return sorted({self.path(item.file) for item in self.analysis.results.values()})

    @property
    def results(self) -> list[str]:
        """The named results, if there are any."""
        return [self.path("results.json")] if self.named_products else []

    @property
    def hepdata(self) -> list[str]:
        """The submission to HEPData, if it is requested."""
        return [self.path("hepdata/submission.tar.gz")] if hepdata_texts(self.analysis) else []

    @property
    def citation(self) -> list[str]:
        """The file with the authors, if the analysis names none."""
        publication = self.analysis.publication
        return [] if publication and publication.about else ["CITATION.cff"]

    @property
    def recast(self) -> list[str]:
        """The entry for RECAST without its examples."""
        names = ("recast.yml", "specs/workflow.yml", "specs/steps.yml", "README.md")
        return self.paths(f"recast/{name}" for name in names) if self._has_limit_a_signal else []

    @property
    def recast_examples(self) -> list[str]:
        """Examples of the entry for RECAST."""
        return self.paths(
            f"recast/inputs/{name}.yaml" for name in (ARCHIVED, *recast_examples(self.analysis))
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
        """Whether there are limits on signals that each have their own model, built from templates
        of this analysis: the use case of simplified likelihoods and reinterpretations.
        """
        together = bool(scaled_samples(self.analysis))
        return bool(self.product("limits")) and not (self.is_published or together)

    @property
    def smodels(self) -> list[str]:
        """The database for SModelS, if it is requested."""
        publication = self.analysis.publication
        return self.paths(["simplified/smodels.zip"] if publication and publication.smodels else [])

    @property
    def _paper(self) -> Paper | None:
        """The section of the paper, in a full run."""
        publication = self.analysis.publication
        return publication.paper if publication and not self.is_preview else None

    @property
    def paper_plots(self) -> list[str]:
        """Files of the plots of the paper."""
        names = (self._paper.figures or self.plot_names) if self._paper else ()
        return [path for suffix in ("pdf", "json") for path in self.plots(suffix, names)]

    @property
    def paper_tables(self) -> list[str]:
        """Files of the tables of the paper."""
        names = (self._paper.tables or self.table_names) if self._paper else ()
        return self.paths(f"tables/{name}.{suffix}" for suffix in TABLE_FORMATS for name in names)

    @property
    def paper_figure_copies(self) -> list[str]:
        """Copies of the plots of the paper."""
        return self.paths(f"paper/figures/{_file_name(path)}" for path in self.paper_plots)

    @property
    def paper_table_copies(self) -> list[str]:
        """Copies of the tables of the paper."""
        return self.paths(f"paper/tables/{_file_name(path)}" for path in self.paper_tables)

    @property
    def paper_records(self) -> list[str]:
        """Records of the jobs that made these plots and tables."""
        return self._records_of([*self.paper_plots, *self.paper_tables])

    @property
    def paper(self) -> list[str]:
        """The folder for a paper, if it is requested."""
        copies = [*self.paper_figure_copies, *self.paper_table_copies]
        return [*copies, *self.paths(["paper/paper.tex", "paper/README.md"])] if copies else []

    @property
    def published(self) -> list[str]:
        """Targets of `publish` in addition to a full run, without the site."""
        of_others = [*self.simplified, *self.smodels]
        return [*self.likelihood, *self.hepdata, *self.recast, *of_others, *self.paper]

    @property
    def site_names(self) -> list[str]:
        """Names of the pages of the site, in the order of its menu."""
        if self.is_published:
            return ["index", "fit", "limits", "provenance", "downloads"]
        of_model = ["fit", "limits", "systematics"] if self.has_model else []
        return ["index", "regions", *of_model, "data", "provenance", "downloads"]

    @property
    def downloads(self) -> list[str]:
        """Downloads of the site; for published products, all outputs of the same job. The folder
        for a paper is excluded, as it contains copies.
        """
        together = [
            path
            for name, made in self.single_jobs.items()
            if name != "write_paper" and not set(made).isdisjoint(self.published)
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
            *self.cutflows(self.shown_datasets),
        ]
        return list(dict.fromkeys(found))

    @property
    def download_records(self) -> list[str]:
        """Records of the jobs that made the downloads; these lead to records of datasets."""
        return self._records_of(self.downloads)

    def _records_of(self, products: Iterable[str]) -> list[str]:
        known = set(products)
        return self.paths(
            f"records/{name}.json"
            for name, made in self.single_jobs.items()
            if not known.isdisjoint(made)
        )

    @property
    def single_jobs(self) -> dict[str, list[str]]:
        """Program → its outputs without its record, for programs that run once with histograms, in
        the order of the rules.
        """
        jobs = {
            "lint_templates": self.lint,
            "build_workspace": self.built_workspaces,
            "import_workspaces": [*self.workspaces, *self.imported] if self.is_published else [],
            **{item.program: self.product(item.name) for item in PRODUCTS},
            "plot_regions": self._all_formats(self.histogram_plots),
            "plot_corrections": self._all_formats(self.correction_plots),
            "plot_templates": self._all_formats(self.template_plots),
            **{item.program: self._all_formats(self.drawn_by(item.program)) for item in PLOTS},
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
            "write_paper": self.paper,
        }
        return {name: made for name, made in jobs.items() if made}

    def _all_formats(self, names: Iterable[str]) -> list[str]:
        return [path for suffix in FORMATS for path in self.plots(suffix, names)]

    @property
    def required_model(self) -> list[str]:
        """The record that the model exists; a preview with too few events ends without a model."""
        return [] if self.is_preview else self.of_model("records/require_model.json")

    @property
    def targets(self) -> list[str]:
        """The products of a run; a preview has nothing to publish."""
        return [
            *self.histograms(self.model_datasets),
            *self.statistics,
            *self.plot_files,
            *self.table_files,
            *self.correction_maps,
            *self.required_model,
            *self.own_products,
            *([] if self.is_preview else [*self.likelihood, *self.results]),
            *self.paths(["summary.json", "index.html"]),
        ]


def _file_name(path: str) -> str:
    return path.rpartition("/")[2]
