"""The histograms of a run as ROOT histograms with Σw², by region, variable and sample: TH1D, or
TH2D and TH3D for several axes.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import uproot

from wollemi.analysis.models.analysis import Analysis, Variable
from wollemi.analysis.plain.weight_sets import member_variation, used_members
from wollemi.base.whole_files import whole_file
from wollemi.histograms.histogram import (
    MEMBERS_FILE,
    Histogram,
    add_all,
    labeled,
    notes,
    read_histograms,
)
from wollemi.histograms.weight_sets import combine_members
from wollemi_likelihood.base.errors import WollemiError

Histograms = Mapping[str, Histogram]
SIDES = ("up", "down")


class Exported(NamedTuple):
    """The histogram of a sample.

    Args:
        place: `<region>/<variable>`.
        sample: Name of the sample.
        variation: Name of the variation: `nominal`, or one that acts on any dataset of the sample.
        histogram: Histogram; None for data with a blinded bin, as ROOT cannot mark it.
    """

    place: str
    sample: str
    variation: str
    histogram: Histogram | None

    @property
    def path(self) -> str:
        """Path in the file: `<region>/<variable>/<sample>`, with `_<variation>` unless nominal."""
        suffix = "" if self.variation == "nominal" else f"_{self.variation}"
        return f"{self.place}/{self.sample}{suffix}"


class WeightSets(NamedTuple):
    """Systematics of many weights, whose members are added before they are combined.

    Args:
        settings: Name of the variation without its side → settings of the systematic.
        members: Dataset → name → histogram of a member.
    """

    settings: Mapping[str, Mapping[str, Any]]
    members: Mapping[str, Histograms]

    def combined(
        self, datasets: Sequence[str], nominal: Sequence[Histogram], place: str, variation: str
    ) -> Histogram | None:
        """The sum of datasets at one side of such a systematic, as in the model; None for other
        variations.

        Args:
            datasets: Names of the datasets.
            nominal: Nominal histograms of the datasets.
            place: Region and variable, `<region>/<variable>`.
            variation: Name of the variation, such as `scale_up`.
        """
        name, _, side = variation.rpartition("_")
        item = self.settings.get(name)
        if item is None or side not in SIDES:
            return None
        chosen = {
            member: add_all(
                self.members.get(dataset, {}).get(f"{place}/{member_variation(name, member)}", own)
                for dataset, own in zip(datasets, nominal, strict=True)
            )
            for member in used_members(item)
        }
        return combine_members(item, add_all(nominal), chosen)[SIDES.index(side)]


NO_SETS = WeightSets({}, {})


def read_weight_sets(folder: Path, analysis: Analysis) -> WeightSets:
    """The weight sets of a run.

    Args:
        folder: Folder of the results.
        analysis: Analysis of the run.
    """
    settings = {
        item.variation or name: item.plain
        for name, item in analysis.systematics.items()
        if item.kind == "scale_envelope" or item.kind == "pdf"
    }
    paths = sorted((folder / "histograms").glob(f"*/{MEMBERS_FILE}")) if settings else []
    return WeightSets(settings, {path.parent.name: read_histograms(path) for path in paths})


def exported(
    histograms: Mapping[str, Histograms],
    datasets: Mapping[str, Sequence[str]],
    sets: WeightSets = NO_SETS,
) -> Iterator[Exported]:
    """Histograms of samples, nominal and under each variation that acts on any of their datasets;
    other datasets enter with their nominal histograms.

    Args:
        histograms: Dataset → name → histogram.
        datasets: Sample → names of its datasets.
        sets: Weight sets, whose variations are computed from the sum of the datasets.
    """
    for sample, names in datasets.items():
        found = [histograms.get(dataset, {}) for dataset in names]
        for place in dict.fromkeys(name.rpartition("/")[0] for made in found for name in made):
            nominal = [made[f"{place}/nominal"] for made in found if f"{place}/nominal" in made]
            if len(nominal) < len(found):
                continue  # another dataset of the sample lacks this variable
            variations = dict.fromkeys(
                name.rpartition("/")[2]
                for made in found
                for name in made
                if name.startswith(f"{place}/")
            )
            for variation in variations:
                parts = [
                    made.get(f"{place}/{variation}", made[f"{place}/nominal"]) for made in found
                ]
                hidden = any("1" in str(notes(item).get("blinded", "")) for item in parts)
                whole = sets.combined(names, nominal, place, variation) if len(names) > 1 else None
                total = add_all(parts) if whole is None else whole
                yield Exported(place, sample, variation, None if hidden else total)


def by_path(
    items: Iterable[Exported], path: Callable[[Exported], str] = lambda item: item.path
) -> dict[str, Exported]:
    """Path in a file → histogram.

    Args:
        items: Histograms to place.
        path: Function that returns the path of a histogram.

    Raises:
        WollemiError: Two histograms have the same path, so that one would be lost.
    """
    found: dict[str, Exported] = {}
    for item in items:
        name = path(item)
        if name in found:
            both = " and ".join(
                f"'{one.variation}' of '{one.sample}'" for one in (found[name], item)
            )
            problem = f"is the path of {both}"
            raise WollemiError(name, problem, "rename the sample, or the systematic")
        found[name] = item
    return found


def read_labeled(folder: Path, variables: Mapping[str, Variable]) -> dict[str, Histograms]:
    """Histograms of a run with the labels of its variables: dataset → name → histogram.

    Args:
        folder: Folder of the results.
        variables: Variables of the analysis.
    """
    return {
        path.stem: {name: labeled(item, variables) for name, item in read_histograms(path).items()}
        for path in sorted((folder / "histograms").glob("*.json"))
    }


def write_root(path: Path, histograms: Mapping[str, Histogram]) -> None:
    """Write histograms with under- and overflow and the sums of squared weights.

    Args:
        path: Path of the ROOT file.
        histograms: Path in the file → histogram.
    """
    with whole_file(path) as partial, uproot.recreate(partial) as file:
        for name, item in histograms.items():
            file[name] = item
