"""The models of an analysis and the numbers computed from them, as named in the rules.

Standard library only.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from wollemi.analysis.plain.overlays import fetched_overlays, overlay_path
from wollemi.analysis.plain.published import (
    fetched_files,
    model_places,
    named_files,
    patch_places,
    published_path,
)
from wollemi.analysis.plain.queries import (
    TOGETHER,
    is_published,
    measured_names,
    model_names,
    parameters_of_interest,
    scaled_samples,
    unfitted_places,
)
from wollemi.analysis.plain.region_groups import region_groups
from wollemi.analysis.view import read
from wollemi.plan.command_plan import CommandPlan
from wollemi.plan.registry import PREDICTIONS, PRODUCTS

if TYPE_CHECKING:
    from wollemi.analysis.models.toys import Intervals, ToyFits


@dataclass(frozen=True)
class ModelPlan(CommandPlan):
    """The datasets, the models built from their histograms, and the models' results."""

    @property
    def has_model(self) -> bool:
        """Whether there is a statistical model."""
        return "model" in self.analysis.plain

    def of_model(self, *names: str) -> list[str]:
        """Paths of products, if there is a model."""
        return self.paths(names) if self.has_model else []

    @property
    def workspaces(self) -> list[str]:
        """The model of each signal, or the joint model; empty without a statistical model."""
        return self.of_model(*(f"workspaces/{name}.json" for name in model_names(self.analysis)))

    @property
    def is_published(self) -> bool:
        """Whether the model is published elsewhere, without events or templates."""
        return is_published(self.analysis)

    @property
    def model_files(self) -> list[str]:
        """Files of published models."""
        return [published_path(self.run, file.plain) for _, file in model_places(self.analysis)]

    @property
    def patch_files(self) -> list[str]:
        """The patch set of a published model, if it is a separate file."""
        return [published_path(self.run, file.plain) for _, file in patch_places(self.analysis)]

    @property
    def named_files(self) -> list[str]:
        """Files named by published models."""
        return named_files(self.analysis)

    @property
    def fetched_models(self) -> list[str]:
        """Files of published models that have to be fetched."""
        return [published_path(self.run, file) for file in fetched_files(self.analysis)]

    @property
    def overlays(self) -> list[str]:
        """The file of each overlaid published curve; repeated for several curves in one file."""
        return [overlay_path(self.run, entry.plain) for entry in self.analysis.overlays.values()]

    @property
    def fetched_overlays(self) -> list[str]:
        """Files of overlaid curves that have to be fetched."""
        return [overlay_path(self.run, file) for file in fetched_overlays(self.analysis)]

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

    def product(self, name: str) -> list[str]:
        """A product of the model, if the analysis has it.

        Args:
            name: Name of the product, one of `wollemi.plan.registry.PRODUCTS`.
        """
        (section,) = (item.section for item in PRODUCTS if item.name == name)
        return [self.path(f"{name}.json")] if self._has_section(section) else []

    def batches(self, name: str) -> list[str]:
        """The batches of a product of the model, if the analysis has it."""
        jobs = (self.analysis.plain.get(name) or {}).get("jobs", 1) if self.product(name) else 0
        return self.paths(f"{name}/{part}.json" for part in range(jobs))

    def _has_section(self, section: str) -> bool:
        if section == PREDICTIONS:
            groups = self.has_model and region_groups(self.analysis)
            return bool(unfitted_places(self.analysis) or groups)
        if section in ("model", "limits"):  # `limits:` alone asks for limits with the defaults
            return section in self.analysis.plain
        content = self.analysis.plain.get(section)
        return bool(content) if section == "scans" else content is not None

    @property
    def grouped_workspaces(self) -> list[str]:
        """The models, if groups of fitted regions are summed after the fit."""
        return self.workspaces if region_groups(self.analysis) else []

    @property
    def toy_limits(self) -> list[str]:
        """The limits of each signal from toys, if they are requested."""
        limits = self.analysis.limits
        names = measured_names(self.analysis) if limits and limits.toys is not None else ()
        return self.paths(f"toy_limits/{name}.json" for name in names)

    @property
    def toy_workspace(self) -> str:
        """The model for throwing toys, with the wildcards of its rule."""
        name = TOGETHER if scaled_samples(self.analysis) else "{signal}"
        return f"results/{{analysis}}/workspaces/{name}.json"

    @property
    def interval_toys(self) -> float:
        """Number of toys per batch, if only parameters of interest are tested."""
        asked: Intervals = self.analysis.intervals or read("Intervals", {})
        parameters = asked.parameters or parameters_of_interest(self.analysis)
        values = asked.points * len(parameters) * len(model_names(self.analysis))
        return float(values * asked.toys / asked.jobs)

    @property
    def fitted_toys(self) -> float:
        """Number of toys per batch."""
        asked: ToyFits = self.analysis.toy_fits or read("ToyFits", {})
        toys = (len(asked.injected) or 1) * len(measured_names(self.analysis)) * asked.toys
        return float(toys / asked.jobs)

    @property
    def statistics(self) -> list[str]:
        """Workspaces and all products made from them."""
        made = [path for item in PRODUCTS for path in self.product(item.name)]
        return [*self.workspaces, *self.imported, *self.lint, *made] if self.has_model else []
