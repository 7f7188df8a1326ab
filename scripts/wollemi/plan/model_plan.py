"""The models of an analysis and the numbers computed from them, as named in the rules.

Standard library only, on the plain YAML values.
"""

from __future__ import annotations

from dataclasses import dataclass

from wollemi.analysis.plain.overlays import fetched_overlays, overlay_path, overlays
from wollemi.analysis.plain.published import (
    fetched_files,
    model_places,
    named_files,
    patch_places,
    published_path,
)
from wollemi.analysis.plain.queries import (
    TOGETHER,
    as_list,
    is_published,
    measured_names,
    model_names,
    parameters_of_interest,
    scaled_samples,
    unfitted_places,
)
from wollemi.analysis.plain.region_groups import region_groups
from wollemi.plan.command_plan import CommandPlan


@dataclass(frozen=True)
class ModelPlan(CommandPlan):
    """The datasets, the models built from their histograms, and the models' results."""

    @property
    def has_model(self) -> bool:
        """Whether there is a statistical model."""
        return "model" in self.document

    def of_model(self, *names: str) -> list[str]:
        """Paths of products, if there is a model."""
        return self.paths(names) if self.has_model else []

    @property
    def workspaces(self) -> list[str]:
        """The model of each signal, or the joint model; empty without a statistical model."""
        return self.of_model(*(f"workspaces/{name}.json" for name in model_names(self.document)))

    @property
    def is_published(self) -> bool:
        """Whether the model is published elsewhere, without events or templates."""
        return is_published(self.document)

    @property
    def model_files(self) -> list[str]:
        """Files of published models."""
        return [published_path(self.run, file) for _, file in model_places(self.document)]

    @property
    def patch_files(self) -> list[str]:
        """The patch set of a published model, if it is a separate file."""
        return [published_path(self.run, file) for _, file in patch_places(self.document)]

    @property
    def named_files(self) -> list[str]:
        """Files named by published models."""
        return named_files(self.document)

    @property
    def fetched_models(self) -> list[str]:
        """Files of published models that have to be fetched."""
        return [published_path(self.run, file) for file in fetched_files(self.document)]

    @property
    def overlays(self) -> list[str]:
        """The file of each overlaid published curve; repeated for several curves in one file."""
        return [overlay_path(self.run, entry) for entry in overlays(self.document).values()]

    @property
    def fetched_overlays(self) -> list[str]:
        """Files of overlaid curves that have to be fetched."""
        return [overlay_path(self.run, file) for file in fetched_overlays(self.document)]

    @property
    def imported(self) -> list[str]:
        """The description of the published model."""
        return [self.path("imported.json")] if self.is_published else []

    @property
    def lint(self) -> list[str]:
        """The flaws of templates, if there are templates."""
        return [] if self.is_published else self.of_model("lint.json")

    @property
    def built_workspaces(self) -> list[str]:
        """The models built from templates."""
        return [] if self.is_published else self.workspaces

    @property
    def predictions(self) -> list[str]:
        """The fit in regions and variables that are not fitted, and in groups of regions, if there
        are any.
        """
        predicted = unfitted_places(self.document) or (
            self.has_model and region_groups(self.document)
        )
        return [self.path("predictions.json")] if predicted else []

    @property
    def grouped_workspaces(self) -> list[str]:
        """The models, if groups of fitted regions are summed after the fit."""
        return self.workspaces if region_groups(self.document) else []

    @property
    def limits(self) -> list[str]:
        """The limits, if they are requested."""
        return [self.path("limits.json")] if "limits" in self.document else []

    @property
    def toy_limits(self) -> list[str]:
        """The limits of each signal from toys, if they are requested."""
        is_asked = (self.document.get("limits") or {}).get("toys") is not None
        names = measured_names(self.document) if is_asked else ()
        return self.paths(f"toy_limits/{name}.json" for name in names)

    @property
    def toy_workspace(self) -> str:
        """The model for throwing toys, with the wildcards of its rule."""
        name = TOGETHER if scaled_samples(self.document) else "{signal}"
        return f"results/{{analysis}}/workspaces/{name}.json"

    @property
    def scans(self) -> list[str]:
        """The profile likelihood scans, if they are requested."""
        return [self.path("scans.json")] if self.document.get("scans") else []

    @property
    def goodness(self) -> list[str]:
        """The goodness of fit by toys, if it is requested."""
        return [self.path("goodness.json")] if self.document.get("goodness") is not None else []

    @property
    def goodness_batches(self) -> list[str]:
        """The batches of toys for the goodness of fit."""
        jobs = (self.document.get("goodness") or {}).get("jobs", 1)
        return self.paths(f"goodness/{part}.json" for part in range(jobs if self.goodness else 0))

    @property
    def intervals(self) -> list[str]:
        """Confidence intervals by toys, if they are requested."""
        return [self.path("intervals.json")] if self.document.get("intervals") is not None else []

    @property
    def interval_batches(self) -> list[str]:
        """The batches of values tested for the intervals."""
        jobs = (self.document.get("intervals") or {}).get("jobs", 1)
        return self.paths(f"intervals/{part}.json" for part in range(jobs if self.intervals else 0))

    @property
    def interval_toys(self) -> float:
        """Number of toys per batch, if only parameters of interest are tested."""
        section = self.document.get("intervals") or {}
        parameters = as_list(section.get("parameters")) or parameters_of_interest(self.document)
        values = section.get("points", 21) * len(parameters) * len(model_names(self.document))
        return float(values * section.get("toys", 1000) / section.get("jobs", 1))

    @property
    def toy_fits(self) -> list[str]:
        """Fits of toys, if they are requested."""
        return [self.path("toy_fits.json")] if self.document.get("toy_fits") is not None else []

    @property
    def toy_batches(self) -> list[str]:
        """The batches of toys to fit."""
        jobs = (self.document.get("toy_fits") or {}).get("jobs", 1)
        return self.paths(f"toy_fits/{part}.json" for part in range(jobs if self.toy_fits else 0))

    @property
    def fitted_toys(self) -> float:
        """Number of toys per batch."""
        section = self.document.get("toy_fits") or {}
        values = len(as_list(section.get("injected")) or [None])
        toys = values * len(measured_names(self.document)) * section.get("toys", 1000)
        return float(toys / section.get("jobs", 1))

    @property
    def uncertainties(self) -> list[str]:
        """The uncertainties by groups of sources, if they are requested."""
        requested = self.document.get("uncertainties") is not None
        return [self.path("uncertainties.json")] if requested else []

    @property
    def extrapolation(self) -> list[str]:
        """Expected results at other luminosities, if they are requested."""
        requested = self.document.get("extrapolation") is not None
        return [self.path("extrapolation.json")] if requested else []

    @property
    def discovery(self) -> list[str]:
        """The scan of the signals for an excess, if it is requested."""
        requested = self.document.get("discovery") is not None
        return [self.path("discovery.json")] if requested else []

    @property
    def region_limits(self) -> list[str]:
        """Model-independent limits, if they are requested."""
        requested = self.document.get("region_limits") is not None
        return [self.path("region_limits.json")] if requested else []

    @property
    def statistics(self) -> list[str]:
        """Workspaces and all products made from them."""
        products = [*self.imported, *self.lint]
        products += self.of_model(
            "model_check.json", "fit.json", "significances.json", "ranking.json"
        )
        requested = [*self.limits, *self.extrapolation, *self.scans, *self.goodness]
        requested += [*self.uncertainties, *self.predictions, *self.region_limits, *self.discovery]
        requested += [*self.intervals, *self.toy_fits]
        return [*self.workspaces, *products, *requested] if self.has_model else []
