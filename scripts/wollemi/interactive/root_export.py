"""The histograms of a run as those of ROOT, with Σw², by region, variable and sample: TH1D, or TH2D
and TH3D of several axes.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path

import uproot

from wollemi.analysis.models.analysis import Sample
from wollemi.base.whole_files import whole_file
from wollemi.histograms.histogram import Histogram, add_all, notes

Histograms = Mapping[str, Mapping[str, Histogram]]


def exported(
    histograms: Histograms, samples: Mapping[str, Sample]
) -> Iterator[tuple[str, Histogram | None]]:
    """Path in the file and histogram of each sample: `<region>/<variable>/<sample>`, and with
    `_<variation>` where one acts on any of its datasets; the others are nominal there. None for
    data of which any bin is blinded, because ROOT has no mark for it.

    Args:
        histograms: dataset → name → histogram.
        samples: of the analysis.
    """
    for sample, item in samples.items():
        found = [histograms.get(dataset, {}) for dataset in item.datasets]
        for place in dict.fromkeys(name.rpartition("/")[0] for made in found for name in made):
            nominal = [made.get(f"{place}/nominal") for made in found]
            if not all(nominal_one is not None for nominal_one in nominal):
                continue  # another dataset of the sample enters without this variable
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
                suffix = "" if variation == "nominal" else f"_{variation}"
                hidden = any("1" in str(notes(item).get("blinded", "")) for item in parts)
                yield f"{place}/{sample}{suffix}", None if hidden else add_all(parts)


def write_root(path: Path, histograms: Mapping[str, Histogram]) -> None:
    """Write histograms as TH1D, with under- and overflow and the squares of their weights.

    Args:
        path: the ROOT file.
        histograms: path in it → histogram.
    """
    with whole_file(path) as partial, uproot.recreate(partial) as file:
        for name, item in histograms.items():
            file[name] = item
