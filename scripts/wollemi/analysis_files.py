"""Reading an analysis file: all problems at once, and only the sections a program has declared."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, cast

from pydantic import TypeAdapter, ValidationError

from wollemi.blinding_configuration import Hidden
from wollemi.configuration import Analysis, Generator, Hook, Limits, Model, Region, Sample, Skim, Variable
from wollemi.cosmetics import Plots
from wollemi.dataset_configuration import Dataset
from wollemi.errors import ConfigurationError
from wollemi.expressions import did_you_mean
from wollemi.luminosity import Luminosity
from wollemi.object_configuration import PhysicsObject
from wollemi.plain_document import plain_document
from wollemi.problems import describe_problems
from wollemi.publication_configuration import Publication
from wollemi.references import check_references
from wollemi.sections import section_digests, select_sections
from wollemi.strict_yaml import load_yaml
from wollemi.systematic_configuration import ColumnSystematic, ObjectSystematic, Systematic, WeightVariation
from wollemi.triggers import with_triggers

_SYSTEMATIC: TypeAdapter[Systematic] = TypeAdapter(Systematic)


class Settings:
    """The declared sections of an analysis; asking for another one is a bug and raises KeyError.

    Args:
        analysis: the whole, validated analysis.
        document: the same as plain values.
        sections: what the program has declared.
        dataset: the dataset the program works on, if it works on one.
        luminosity: in fb⁻¹, where it is that of certified blocks.
    """

    def __init__(
        self,
        analysis: Analysis,
        document: Mapping[str, Any],
        sections: Sequence[str],
        dataset: str | None = None,
        luminosity: Luminosity | None = None,
    ):
        self._analysis = analysis
        self._sections = frozenset(sections)
        self._dataset = dataset
        self._luminosity = luminosity
        self.selected = select_sections(document, sections, dataset)

    @property
    def digests(self) -> dict[str, str]:
        """Declared section → SHA-256 of its canonical JSON."""
        return section_digests(self.selected)

    def _declared(self, *sections: str) -> Analysis:
        if not self._sections & set(sections):
            raise KeyError(f"the program does not declare any of {sections} in SECTIONS")
        return self._analysis

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
        """Integrated luminosity in fb⁻¹, one number or one an era."""
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
        return self._declared("source", "weight", "normalization", "completeness").datasets[str(self._dataset)]

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
        """Observables."""
        return self._declared("variables").variables

    @property
    def regions(self) -> Mapping[str, Region]:
        """Selections."""
        return self._declared("regions").regions

    @property
    def systematics(self) -> Mapping[str, Systematic]:
        """Uncertainties."""
        return self._declared("systematics").systematics

    @property
    def model(self) -> Model:
        """The statistical model; only steps of an analysis that has one ask for it."""
        return cast(Model, self._declared("model").model)

    @property
    def fit_edges(self) -> Mapping[str, Sequence[float]]:
        """Region → bin edges in the fit, where they are not those of its variable."""
        return cast(Mapping[str, Sequence[float]], self.selected["fit_edges"])

    @property
    def limits(self) -> Limits:
        """Upper limits; the defaults where the section is missing."""
        return self._declared("limits").limits or Limits()

    @property
    def publication(self) -> Publication | None:
        """What a publication says beside the results."""
        return self._declared("publication").publication

    @property
    def plots(self) -> Plots:
        """Cosmetics."""
        return self._declared("plots").plots

    @property
    def is_data(self) -> bool:
        """Whether the dataset of this step belongs to the data."""
        return cast(bool, self.selected["is_data"])

    @property
    def hidden(self) -> Hidden | None:
        """What is hidden of the dataset of this step; None: nothing."""
        return None if self.selected["hidden"] is None else Hidden.model_validate(self.selected["hidden"])

    @property
    def branches(self) -> tuple[str, ...]:
        """Names of the input files' branches that the analysis uses."""
        return tuple(self.selected["branches"])

    @property
    def corrections(self) -> Mapping[str, Any]:
        """Corrections that this step needs, as plain values for the era of its dataset."""
        (section,) = self._sections & {"skim_corrections", "fill_corrections"}
        return cast(Mapping[str, Any], self.selected[section])

    @property
    def object_variations(self) -> dict[str, ObjectSystematic | ColumnSystematic]:
        """Systematics of the kinds `object` and `column` that act on the dataset of this step."""
        selected = self.selected["object_variations"].items()
        return {n: cast(ObjectSystematic | ColumnSystematic, _SYSTEMATIC.validate_python(s)) for n, s in selected}

    @property
    def weight_variations(self) -> dict[str, WeightVariation]:
        """Systematics of kind `weight` that act on the dataset of this step."""
        return {n: WeightVariation.model_validate(s) for n, s in self.selected["weight_variations"].items()}


def load_analysis(
    path: Path, sections: Sequence[str], dataset: str | None = None, luminosity: Luminosity | None = None
) -> Settings:
    """Read and check an analysis file; return the declared sections.

    Args:
        path: the analysis file.
        sections: what the program depends on, its `SECTIONS`.
        dataset: the dataset it works on, if it works on one.
        luminosity: in fb⁻¹, where it is that of certified blocks.

    Raises:
        ConfigurationError: with every problem of the file.
        WollemiError: the file is missing or no YAML.
    """
    analysis, document = read_analysis(path)
    if dataset is not None and dataset not in analysis.datasets:
        raise ConfigurationError(str(path), [f"datasets: '{dataset}' is not there{did_you_mean(dataset, analysis.datasets)}"])
    whole = document if dataset is None else with_triggers(document, dataset)
    analysis = analysis if whole is document else Analysis.model_validate(whole)
    return Settings(analysis, whole, sections, dataset, luminosity)


def read_analysis(path: Path) -> tuple[Analysis, dict[str, Any]]:
    """Read and check an analysis file: the analysis, and the same as plain values, both written out.

    Raises:
        ConfigurationError: with every problem of the file.
        WollemiError: the file is missing or no YAML.
    """
    document = read_document(path)
    _check_shape(document, str(path))
    plain = plain_document(document)
    return validate_analysis(plain, str(path)), plain


def read_document(path: Path) -> dict[str, Any]:
    """Read an analysis file as it is written: plain values with string keys (an era such as 2012 is a number in YAML)."""
    document = load_yaml(path)
    if not isinstance(document, dict):
        raise ConfigurationError(str(path), ["the file is not a mapping of sections"])
    return cast(dict[str, Any], json.loads(json.dumps(document)))


def validate_analysis(document: Mapping[str, Any], where: str) -> Analysis:
    """Check shape and references.

    Args:
        document: the analysis as plain values, written out.
        where: name of the file, for the error.

    Raises:
        ConfigurationError: with every problem found.
    """
    analysis = _check_shape(document, where)
    problems = check_references(document)
    if problems:
        raise ConfigurationError(where, problems)
    return analysis


def _check_shape(document: Mapping[str, Any], where: str) -> Analysis:
    try:
        return Analysis.model_validate(document)
    except ValidationError as error:
        raise ConfigurationError(where, describe_problems(error.errors(), document)) from None
