"""The declared sections of an analysis, the only ones that a program may use."""

import json
from collections.abc import Mapping, Sequence
from copy import copy
from pathlib import Path
from typing import Any, Self, cast

from pydantic import TypeAdapter

from wollemi.analysis.models.analysis import (
    Analysis,
    Discovery,
    Generator,
    Goodness,
    Hook,
    Region,
    Sample,
    Scan,
    Skim,
    Uncertainties,
    Variable,
)
from wollemi.analysis.models.blinding import Hidden
from wollemi.analysis.models.datasets import Dataset
from wollemi.analysis.models.extrapolation import Extrapolation
from wollemi.analysis.models.hepdata import HepData
from wollemi.analysis.models.limits import Contour, Limits, RegionLimits
from wollemi.analysis.models.lint import Lint
from wollemi.analysis.models.model import Model, PruneThresholds
from wollemi.analysis.models.objects import PhysicsObject
from wollemi.analysis.models.overlays import Overlay
from wollemi.analysis.models.plots import Plots
from wollemi.analysis.models.results import NamedResult
from wollemi.analysis.models.smodels import Smodels
from wollemi.analysis.models.systematics import (
    ColumnSystematic,
    CombinedSystematic,
    ObjectSystematic,
    Systematic,
    WeightVariation,
)
from wollemi.analysis.models.toys import Intervals, ToyFits
from wollemi.analysis.models.workspace import Workspace
from wollemi.analysis.plain.sections import section_digests, select_sections

Luminosity = float | Mapping[str, float]  # fb⁻¹, one number or one per era
_SYSTEMATIC: TypeAdapter[Systematic] = TypeAdapter(Systematic)


def read_luminosity(path: Path) -> Luminosity:
    """The luminosities found by `sum_luminosity` that are in use, with eras in the order of the
    analysis.
    """
    eras = {
        era: float(number)
        for era, number in json.loads(path.read_text(encoding="utf-8"))["luminosity_ifb"]
    }
    # Without eras there is one number, under an empty name (see `LuminosityFile`).
    return eras.get("", eras)


class Settings:
    """The declared sections of an analysis; a request for another one is a bug and raises KeyError.

    Args:
        analysis: Validated analysis with all sections.
        document: The same as plain values.
        sections: Names of the sections that the program declares.
        dataset: Name of the dataset of the job, if there is one.
        luminosity: Luminosity of the certified blocks, fb⁻¹, if it is measured.
        part: Files of the part of the job, if there is one.
    """

    def __init__(
        self,
        analysis: Analysis,
        document: Mapping[str, Any],
        sections: Sequence[str],
        dataset: str | None = None,
        luminosity: Luminosity | None = None,
        part: Mapping[str, Any] | None = None,
    ):
        self._analysis = analysis
        self._sections = frozenset(sections)
        self._dataset = dataset
        self._luminosity = luminosity
        self.selected = select_sections(document, sections, dataset, part)

    @property
    def digests(self) -> dict[str, str]:
        """Declared section → SHA-256 of its canonical JSON."""
        return section_digests(self.selected)

    def _declared(self, *sections: str) -> Analysis:
        if not self._sections & set(sections):
            raise KeyError(f"the program does not declare any of {sections} in SECTIONS")
        return self._analysis

    def replacing(self, luminosity: Luminosity, **changes: Any) -> Self:
        """The same with other values of some sections, for plots of a part of the analysis.

        Args:
            luminosity: Luminosity, fb⁻¹.
            changes: Section → its value.
        """
        made = copy(self)
        made._luminosity = luminosity
        made._analysis = self._analysis.model_copy(update=changes)
        return made

    @property
    def title(self) -> str:
        """Title in one line."""
        return self._declared("title").title

    @property
    def center_of_mass_tev(self) -> float | tuple[float, ...]:
        """Center-of-mass energy in TeV."""
        return self._declared("center_of_mass_tev").center_of_mass_tev

    @property
    def luminosity_ifb(self) -> Luminosity | None:
        """Integrated luminosity in fb⁻¹, one number or one per era."""
        return self._luminosity or self._declared("luminosity_ifb").luminosity_ifb

    @property
    def generator(self) -> Generator | None:
        """Settings common to all generated datasets."""
        return self._declared("generator").generator

    @property
    def datasets(self) -> Mapping[str, Dataset]:
        """All datasets."""
        return self._declared("datasets").datasets

    @property
    def dataset(self) -> Dataset:
        """The dataset of this job."""
        return self._declared(
            "source", "layout", "weight", "normalization", "completeness"
        ).datasets[str(self._dataset)]

    @property
    def samples(self) -> Mapping[str, Sample]:
        """Samples of processes."""
        return self._declared("samples").samples

    @property
    def objects(self) -> Mapping[str, PhysicsObject]:
        """Collections with quality cuts."""
        return self._declared("objects").objects

    @property
    def columns(self) -> Mapping[str, str | Hook]:
        """Derived quantities of an event."""
        return self._declared("columns").columns

    @property
    def skim(self) -> Skim | None:
        """Loose selection of the skim."""
        return self._declared("skim").skim

    @property
    def variables(self) -> Mapping[str, Variable]:
        """Observables; without labels for a program that declares only `unlabeled_variables`."""
        found = self._declared("variables", "unlabeled_variables").variables
        if "variables" in self._sections:
            return found
        return {name: item.model_copy(update={"label": ""}) for name, item in found.items()}

    @property
    def regions(self) -> Mapping[str, Region]:
        """Selected regions."""
        return self._declared("regions").regions

    @property
    def systematics(self) -> Mapping[str, Systematic]:
        """Systematic uncertainties."""
        return self._declared("systematics").systematics

    @property
    def workspace(self) -> Workspace | None:
        """The published model; None in an analysis of events or histograms."""
        return self._declared("workspace").workspace

    @property
    def model(self) -> Model:
        """The statistical model; requested only by jobs of an analysis with a model."""
        return cast(Model, self._declared("model").model)

    @property
    def prune_below(self) -> float | PruneThresholds:
        """Relative effects below which parts of a systematic are dropped."""
        return Model(prune_below=self.selected["prune_below"]).prune_below

    @property
    def keeps_negative_bins(self) -> bool:
        """Whether templates of the model may have negative bins."""
        return bool(self.selected.get("keeps_negative_bins"))

    @property
    def asimov(self) -> Mapping[str, float]:
        """Parameter of the model → its value in the Asimov data of expected results."""
        return cast(Mapping[str, float], self.selected["asimov"])

    @property
    def held_parameters(self) -> Mapping[str, float]:
        """Fixed parameter of the model → its value."""
        return cast(Mapping[str, float], self.selected["held_parameters"])

    @property
    def fit_edges(self) -> Mapping[str, Sequence[float]]:
        """Region → bin edges in the fit, if they differ from the variable's edges."""
        return cast(Mapping[str, Sequence[float]], self.selected["fit_edges"])

    @property
    def lint(self) -> Lint:
        """Flaws of templates that end a run, and accepted flaws."""
        return self._declared("lint").lint

    @property
    def limits(self) -> Limits:
        """Upper limits; the defaults if the section is missing."""
        return self._declared("limits").limits or Limits()

    @property
    def limit_points(self) -> Mapping[str, float]:
        """Signal → its place on the axis of the limits."""
        return cast(Mapping[str, float], self.selected["limit_points"])

    @property
    def toy_limits(self) -> Limits:
        """Settings of the limits that limits from toys depend on."""
        return Limits.model_validate(self.selected["toy_limits"])

    @property
    def scans(self) -> Mapping[str, Scan]:
        """Profile likelihood scans."""
        return self._declared("scans").scans

    @property
    def goodness(self) -> Goodness:
        """Goodness of fit by toys; requested only by jobs of an analysis that has it."""
        return self._declared("goodness").goodness or Goodness()

    @property
    def uncertainties(self) -> Uncertainties:
        """Groups of sources of uncertainty; requested only by jobs of an analysis that has them."""
        return self._declared("uncertainties").uncertainties or Uncertainties()

    @property
    def extrapolation(self) -> Extrapolation:
        """Other luminosities, and scenarios; requested only by a job of an analysis with them."""
        section = self._declared("extrapolation").extrapolation
        assert section is not None
        return section

    @property
    def discovery(self) -> Discovery:
        """Scan for an excess; requested only by jobs of an analysis that has it."""
        return self._declared("discovery").discovery or Discovery()

    @property
    def region_limits(self) -> RegionLimits:
        """Model-independent limits; requested only by a job of an analysis that has them."""
        return self._declared("region_limits").region_limits or RegionLimits()

    @property
    def intervals(self) -> Intervals:
        """Confidence intervals by toys; requested only by jobs of an analysis that has them."""
        return self._declared("intervals").intervals or Intervals()

    @property
    def toy_fits(self) -> ToyFits:
        """Fits of toys; requested only by jobs of an analysis that has them."""
        return self._declared("toy_fits").toy_fits or ToyFits()

    @property
    def inspire_id(self) -> str | None:
        """Record of the publication in INSPIRE; None if not published."""
        return cast("str | None", self.selected["inspire_id"])

    @property
    def hepdata(self) -> HepData:
        """Texts of the submission to HEPData; requested only by a job of an analysis that has
        one.
        """
        publication = self._declared("hepdata").publication
        return cast(HepData, publication and publication.hepdata)

    @property
    def results(self) -> Mapping[str, NamedResult]:
        """Named results."""
        return self._declared("results").results

    @property
    def smodels(self) -> Smodels | None:
        """Settings of the efficiency maps for SModelS; None if they are not written."""
        return (
            None
            if self.selected["smodels"] is None
            else Smodels.model_validate(self.selected["smodels"])
        )

    @property
    def contour(self) -> Contour | None:
        """Interpolation of limits on a grid; None for linear interpolation."""
        return self._declared("contour").contour

    @property
    def overlays(self) -> Mapping[str, Overlay]:
        """Published curves overlaid on the limit plots."""
        return self._declared("overlays").overlays

    @property
    def plots(self) -> Plots:
        """Plot settings; only labels for a program that declares only labels."""
        if "plots" in self._sections:
            return self._analysis.plots
        self._declared("plot_labels", "signal_labels")
        name = "plot_labels" if "plot_labels" in self._sections else "signal_labels"
        return Plots.model_validate(self.selected[name])

    @property
    def region_groups(self) -> Mapping[str, Sequence[str]]:
        """Group of regions → its regions."""
        return cast(Mapping[str, Sequence[str]], self.selected.get("region_groups", {}))

    @property
    def is_data(self) -> bool:
        """Whether the dataset of this job belongs to the data."""
        return cast(bool, self.selected["is_data"])

    @property
    def hidden(self) -> Hidden | None:
        """Hidden parts of the dataset of this job; None without blinding."""
        return (
            None
            if self.selected["hidden"] is None
            else Hidden.model_validate(self.selected["hidden"])
        )

    @property
    def branches(self) -> tuple[str, ...]:
        """Names of the input files' branches that this job needs."""
        return tuple(self.selected["branches"])

    @property
    def kept_branches(self) -> tuple[str, ...]:
        """Names of branches to keep for later use if the files have them."""
        return tuple(self.selected.get("kept_branches", ()))

    @property
    def stored_kinematics(self) -> tuple[str, ...]:
        """Names of branches to read if the files have them."""
        return tuple(self.selected["stored_kinematics"])

    @property
    def corrections(self) -> Mapping[str, Any]:
        """Corrections that this job needs, as plain values for the era of its dataset."""
        (section,) = self._sections & {"skim_corrections", "fill_corrections"}
        return cast(Mapping[str, Any], self.selected[section])

    @property
    def object_variations(
        self,
    ) -> dict[str, ObjectSystematic | ColumnSystematic | CombinedSystematic]:
        """Systematics that change objects or columns of the events of this job's dataset."""
        selected = self.selected["object_variations"].items()
        return {
            n: cast(
                ObjectSystematic | ColumnSystematic | CombinedSystematic,
                _SYSTEMATIC.validate_python(s),
            )
            for n, s in selected
        }

    @property
    def weight_variations(self) -> dict[str, WeightVariation]:
        """Systematics of kind `weight` that act on the dataset of this job."""
        return {
            n: WeightVariation.model_validate(s)
            for n, s in self.selected["weight_variations"].items()
        }
