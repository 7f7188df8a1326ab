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

Luminosity = float | Mapping[str, float]  # in fb⁻¹, one number or one per era
_SYSTEMATIC: TypeAdapter[Systematic] = TypeAdapter(Systematic)


def read_luminosity(path: Path) -> Luminosity:
    """The luminosities found by `sum_luminosity` that are used, with eras in the order of the
    analysis.
    """
    eras = {
        era: float(number)
        for era, number in json.loads(path.read_text(encoding="utf-8"))["luminosity_ifb"]
    }
    # Without eras there is one number, under an empty name (see `LuminosityFile`).
    return eras.get("", eras)


class Settings:
    """The declared sections of an analysis; asking for another one is a bug and raises KeyError.

    Args:
        analysis: the whole, validated analysis.
        document: the same as plain values.
        sections: names of the sections that the program declares.
        dataset: the dataset the program works on, if it works on one.
        luminosity: in fb⁻¹, if it is that of certified blocks.
        part: files of the part that the program works on, if it works on one.
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
            luminosity: in fb⁻¹.
            changes: section → its value.
        """
        made = copy(self)
        made._luminosity = luminosity
        made._analysis = self._analysis.model_copy(update=changes)
        return made

    @property
    def title(self) -> str:
        """One line for people."""
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
        """The dataset of this step."""
        return self._declared(
            "source", "layout", "weight", "normalization", "completeness"
        ).datasets[str(self._dataset)]

    @property
    def samples(self) -> Mapping[str, Sample]:
        """Processes."""
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
        """The loose selection."""
        return self._declared("skim").skim

    @property
    def variables(self) -> Mapping[str, Variable]:
        """Observables; without labels for a program that declares no more."""
        found = self._declared("variables", "unlabeled_variables").variables
        if "variables" in self._sections:
            return found
        return {name: item.model_copy(update={"label": ""}) for name, item in found.items()}

    @property
    def regions(self) -> Mapping[str, Region]:
        """Selections."""
        return self._declared("regions").regions

    @property
    def systematics(self) -> Mapping[str, Systematic]:
        """Uncertainties."""
        return self._declared("systematics").systematics

    @property
    def workspace(self) -> Workspace | None:
        """The published model; None in an analysis of events or histograms."""
        return self._declared("workspace").workspace

    @property
    def model(self) -> Model:
        """The statistical model; only steps of an analysis that has one ask for it."""
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
        """Parameter of the model → the value that it is held at."""
        return cast(Mapping[str, float], self.selected["held_parameters"])

    @property
    def fit_edges(self) -> Mapping[str, Sequence[float]]:
        """Region → bin edges in the fit, if they differ from those of its variable."""
        return cast(Mapping[str, Sequence[float]], self.selected["fit_edges"])

    @property
    def lint(self) -> Lint:
        """Flaws of templates that a run fails for, and those that are accepted."""
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
        """What of them limits from toys depend on."""
        return Limits.model_validate(self.selected["toy_limits"])

    @property
    def scans(self) -> Mapping[str, Scan]:
        """Profile likelihood scans."""
        return self._declared("scans").scans

    @property
    def goodness(self) -> Goodness:
        """Goodness of fit by toys; only steps of an analysis that has it ask for it."""
        return self._declared("goodness").goodness or Goodness()

    @property
    def uncertainties(self) -> Uncertainties:
        """Groups of sources of uncertainty; only steps of an analysis that has them ask for it."""
        return self._declared("uncertainties").uncertainties or Uncertainties()

    @property
    def extrapolation(self) -> Extrapolation:
        """Other luminosities, and scenarios; only a step of an analysis that has them asks."""
        section = self._declared("extrapolation").extrapolation
        assert section is not None
        return section

    @property
    def discovery(self) -> Discovery:
        """Scan for an excess; only steps of an analysis that has it ask for it."""
        return self._declared("discovery").discovery or Discovery()

    @property
    def region_limits(self) -> RegionLimits:
        """Model-independent limits; only a step of an analysis that has them asks."""
        return self._declared("region_limits").region_limits or RegionLimits()

    @property
    def intervals(self) -> Intervals:
        """Confidence intervals by toys; only steps of an analysis that has them ask for them."""
        return self._declared("intervals").intervals or Intervals()

    @property
    def toy_fits(self) -> ToyFits:
        """Fits of toys; only steps of an analysis that has them ask for them."""
        return self._declared("toy_fits").toy_fits or ToyFits()

    @property
    def inspire_id(self) -> str | None:
        """Record of the publication in INSPIRE; None if not published."""
        return cast("str | None", self.selected["inspire_id"])

    @property
    def hepdata(self) -> HepData:
        """Texts of the submission to HEPData; only a step of an analysis that has one asks for
        them.
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
        """How limits on a grid are interpolated; None: linearly."""
        return self._declared("contour").contour

    @property
    def overlays(self) -> Mapping[str, Overlay]:
        """Curves of others on the plots of limits."""
        return self._declared("overlays").overlays

    @property
    def plots(self) -> Plots:
        """Cosmetics; labels alone for a program that declares no more."""
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
        """Whether the dataset of this step belongs to the data."""
        return cast(bool, self.selected["is_data"])

    @property
    def hidden(self) -> Hidden | None:
        """What is hidden in the dataset of this step; None for nothing."""
        return (
            None
            if self.selected["hidden"] is None
            else Hidden.model_validate(self.selected["hidden"])
        )

    @property
    def branches(self) -> tuple[str, ...]:
        """Names of the input files' branches that this step needs."""
        return tuple(self.selected["branches"])

    @property
    def kept_branches(self) -> tuple[str, ...]:
        """Names of branches to keep for later use where the files have them."""
        return tuple(self.selected.get("kept_branches", ()))

    @property
    def stored_kinematics(self) -> tuple[str, ...]:
        """Names of branches to read where the files have them."""
        return tuple(self.selected["stored_kinematics"])

    @property
    def corrections(self) -> Mapping[str, Any]:
        """Corrections that this step needs, as plain values for the era of its dataset."""
        (section,) = self._sections & {"skim_corrections", "fill_corrections"}
        return cast(Mapping[str, Any], self.selected[section])

    @property
    def object_variations(
        self,
    ) -> dict[str, ObjectSystematic | ColumnSystematic | CombinedSystematic]:
        """Systematics that change objects or columns of the events of the dataset of this step."""
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
        """Systematics of kind `weight` that act on the dataset of this step."""
        return {
            n: WeightVariation.model_validate(s)
            for n, s in self.selected["weight_variations"].items()
        }
