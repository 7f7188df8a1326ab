"""Masses of pairs of muons, with uproot and hist: `masses_hist.py OUTPUT LIST ...`, each list a
file of paths that is named after its dataset.
"""

import sys
from pathlib import Path

import awkward as ak
import hist
import uproot
import vector

vector.register_awkward()
REGIONS = {"peak": (10, 60, 120), "search": (10, 150, 400)}
FIELDS = ("pt", "eta", "phi", "mass", "charge")


def fill(files: list[str]) -> dict[str, hist.Hist]:
    """The histogram of each region."""
    found = {
        name: hist.Hist(hist.axis.Regular(*bins, name="mass"), storage=hist.storage.Weight())
        for name, bins in REGIONS.items()
    }
    for file in files:
        events = uproot.open(f"{file}:Events").arrays(
            [*(f"Muon_{field}" for field in FIELDS), "genWeight"]
        )
        muons = ak.zip({field: events[f"Muon_{field}"] for field in FIELDS}, with_name="Momentum4D")
        muons = ak.values_astype(muons, "float64")
        muons = muons[(muons.pt > 20) & (abs(muons.eta) < 2.4)]
        two = ak.num(muons) == 2
        first, second = muons[two][:, 0], muons[two][:, 1]
        mass, weight = (first + second).mass, events.genWeight[two]
        hard = first.pt > 30
        chosen = {
            "peak": hard & (mass > 60) & (mass < 120),
            "search": hard & (mass > 150) & (first.charge != second.charge),
        }
        for name, kept in chosen.items():
            found[name].fill(mass[kept], weight=weight[kept])
    return found


def main() -> None:
    """Write the histograms of all datasets to one file."""
    output, *lists = sys.argv[1:]
    with uproot.recreate(output) as file:
        for path in map(Path, lists):
            for region, histogram in fill(path.read_text().split()).items():
                file[f"{path.stem}/{region}"] = histogram


if __name__ == "__main__":
    main()
