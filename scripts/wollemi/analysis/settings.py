"""The declared sections of an analysis, the only ones that a program may use."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from copy import copy
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from wollemi.analysis.plain.sections import DATASET_PARTS, section_digests, select_sections
from wollemi.analysis.shapes import SHAPES
from wollemi.analysis.view import View, read, view_of

if TYPE_CHECKING:
    from wollemi.analysis.models.about import About
    from wollemi.analysis.models.analysis import (
        Analysis,
        Discovery,
        Goodness,
        Uncertainties,
    )
    from wollemi.analysis.models.blinding import Hidden
    from wollemi.analysis.models.datasets import Dataset, RemoteFile
    from wollemi.analysis.models.extrapolation import Extrapolation
    from wollemi.analysis.models.hepdata import HepData
    from wollemi.analysis.models.limits import Limits, RegionLimits
    from wollemi.analysis.models.model import Model, PruneThresholds
    from wollemi.analysis.models.smodels import Smodels
    from wollemi.analysis.models.systematics import (
        ColumnSystematic,
        CombinedSystematic,
        ObjectSystematic,
        WeightVariation,
    )
    from wollemi.analysis.models.toys import Intervals, ToyFits

    Sections = Analysis  # the type checker knows the sections of the file from their model
else:
    Sections = View

Luminosity = float | Mapping[str, float]  # fb⁻¹, one number or one per era
_SYSTEMATICS = SHAPES["Analysis"]["systematics"][1]
# Section that no file has → how it is read; others are as in the file, or plain values.
_READERS = {
    **{name: {"list": ""} for name in ("branches", "kept_branches", "stored_kinematics")},
    "object_variations": _SYSTEMATICS,
    "weight_variations": {"mapping": "WeightVariation"},
    "toy_limits": "Limits",
    "about": "About",
    "hepdata": "HepData",
    "smodels": "Smodels",
    "hidden": "Hidden",
    "prune_below": SHAPES["Model"]["prune_below"][1],
    **{f"{name}_files": {"list": "RemoteFile"} for name in ("correction", "overlay", "published")},
}
# Attribute → sections that may be declared for it, if not the one of its name.
_DECLARED_AS = {
    "variables": ("variables", "unlabeled_variables"),
    "plots": ("plots", "plot_labels", "signal_labels"),
    "needed_corrections": ("skim_corrections", "fill_corrections"),
    "event_checks": ("checks",),
}
# Attribute → value where a section is neither declared nor in the file.
_ABSENT = {
    "kept_branches": (),
    "region_groups": {},
    "keeps_negative_bins": False,
    "part_files": None,
}
# Sections whose missing keys have defaults even where the file does not have the section.
_OF_DEFAULTS = (
    *("limits", "goodness", "uncertainties", "discovery", "region_limits", "intervals"),
    "toy_fits",
)


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


class Settings(Sections):
    """The declared sections of an analysis; a request for another one is a bug and raises KeyError.

    Sections of the file are described in the models. `plain` has the plain values of all that are
    declared, as selected by `select_sections`.

    Args:
        analysis: Analysis with all sections.
        sections: Names of the sections that the program declares.
        dataset: Name of the dataset of the job, if there is one.
        luminosity: Luminosity of the certified blocks, fb⁻¹, if it is measured.
        part: Files of the part of the job, if there is one.
    """

    luminosity_ifb: Luminosity | None
    # Requested only by jobs of an analysis that has them.
    model: Model
    limits: Limits
    goodness: Goodness
    uncertainties: Uncertainties
    extrapolation: Extrapolation
    discovery: Discovery
    region_limits: RegionLimits
    intervals: Intervals
    toy_fits: ToyFits
    hepdata: HepData
    # Parts of sections, so that an edit of the rest reruns nothing.
    prune_below: float | PruneThresholds
    keeps_negative_bins: bool
    asimov: Mapping[str, float]
    held_parameters: Mapping[str, float]
    fit_edges: Mapping[str, Sequence[float]]
    limit_points: Mapping[str, float]
    interpolation_edges: Mapping[str, Any]  # of fitted regions, if signals are interpolated
    toy_limits: Limits  # what scans and toys use
    about: About | None  # authors, license and date
    inspire_id: str | None
    smodels: Smodels | None
    recast_examples: Mapping[str, Any]
    region_groups: Mapping[str, Sequence[str]]
    correction_files: tuple[RemoteFile, ...]
    overlay_files: tuple[RemoteFile, ...]
    published_files: tuple[RemoteFile, ...]
    measured_corrections: Mapping[str, Any]  # without labels
    shown_corrections: Mapping[str, Any]  # kinds and labels
    # Of the dataset of this job.
    source: Mapping[str, Any]
    weight: Mapping[str, Any]
    part_files: Mapping[str, Any] | None  # of its part, without its other files
    is_data: bool
    is_generated_data: bool
    is_tolerant: bool
    stays_whole: bool  # in a preview
    hidden: Hidden | None  # by `blinding`, in data
    event_checks: Mapping[str, Any]
    certified_blocks: Any  # their file, for data
    branches: tuple[str, ...]  # of its files, that any expression uses
    kept_branches: tuple[str, ...]  # of the skim, for later use
    stored_kinematics: tuple[str, ...]  # branches that may be missing
    event_weight: str  # its weight with the factors that act on it
    needed_corrections: Mapping[str, Any]  # for its era
    object_variations: Mapping[str, ObjectSystematic | ColumnSystematic | CombinedSystematic]
    weight_variations: Mapping[str, WeightVariation]
    weight_sets: Mapping[str, Any]
    weight_set_systematics: Mapping[str, Any]  # with all settings
    histogram_variations: Mapping[str, Any]
    _sections: frozenset[str]
    _dataset: Dataset | None

    def __init__(
        self,
        analysis: Analysis,
        sections: Sequence[str],
        dataset: str | None = None,
        luminosity: Luminosity | None = None,
        part: Mapping[str, Any] | None = None,
    ):
        plain = select_sections(analysis.plain, sections, dataset, part)
        self.__dict__.update(plain=plain, _shape="Analysis", _sections=frozenset(sections))
        self.__dict__.update(_dataset=analysis.datasets[dataset] if dataset else None)
        if luminosity:
            self.__dict__["luminosity_ifb"] = luminosity

    if not TYPE_CHECKING:

        def __getattr__(self, name: str) -> Any:
            if name.startswith("_"):
                raise AttributeError(name)
            known = (one for one in _DECLARED_AS.get(name, (name,)) if one in self._sections)
            section = next(known, None)
            _, reader, *default = SHAPES["Analysis"].get(name, [name, ""])
            if section in self.plain:
                value = self.plain[section]
            elif name in _ABSENT or (section and default):
                value = _ABSENT[name] if name in _ABSENT else default[0]
            else:
                raise KeyError(f"the program does not declare {name} in SECTIONS")
            value = {} if value is None and name in _OF_DEFAULTS else value
            self.__dict__[name] = read(_READERS.get(name, reader), value)
            return self.__dict__[name]

    @cached_property
    def declared(self) -> Analysis:
        """The declared sections as an analysis, in which any other section is absent."""
        return view_of(self.plain)

    @property
    def digests(self) -> dict[str, str]:
        """Declared section → SHA-256 of its canonical JSON."""
        return section_digests(self.plain)

    @property
    def dataset(self) -> Dataset:
        """The dataset of this job."""
        if self._dataset is None or not self._sections & DATASET_PARTS.keys():
            raise KeyError(f"the program does not declare any of {[*DATASET_PARTS]} in SECTIONS")
        return self._dataset

    def replacing(self, luminosity: Luminosity | None, **changes: Any) -> Self:
        """The same with other values of some sections, for plots of a part of the analysis.

        Args:
            luminosity: Luminosity, fb⁻¹.
            changes: Section → its value.
        """
        made = copy(self)
        made.__dict__.update(changes, luminosity_ifb=luminosity)
        return made
