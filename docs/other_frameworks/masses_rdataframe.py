"""The same with RDataFrame from Python: `masses_rdataframe.py OUTPUT LIST ...`."""

import sys
from pathlib import Path

import ROOT

REGIONS = {
    "peak": ("hard && m > 60 && m < 120", (10, 60, 120)),
    "search": ("hard && m > 150 && charge[0] != charge[1]", (10, 150, 400)),
}


def fill(files: list[str]) -> dict[str, ROOT.TH1D]:
    """The histogram of each region."""
    chosen = "Muon_pt > 20 && abs(Muon_eta) < 2.4"
    events = ROOT.RDataFrame("Events", files).Define("chosen", chosen).Filter("Sum(chosen) == 2")
    for field in ("pt", "eta", "phi", "mass"):
        events = events.Define(field, f"ROOT::VecOps::RVec<double>(Muon_{field}[chosen])")
    events = (
        events.Define("charge", "Muon_charge[chosen]")
        .Define("m", "ROOT::VecOps::InvariantMass(pt, eta, phi, mass)")
        .Define("weight", "double(genWeight)")
        .Define("hard", "pt[0] > 30")
    )
    found = {
        name: events.Filter(selection).Histo1D((name, "", *bins), "m", "weight")
        for name, (selection, bins) in REGIONS.items()
    }
    return {name: result.GetValue() for name, result in found.items()}


def main() -> None:
    """Write the histograms of all datasets to one file."""
    output, *lists = sys.argv[1:]
    ROOT.TH1.SetDefaultSumw2()
    file = ROOT.TFile(output, "RECREATE")
    for path in map(Path, lists):
        folder = file.mkdir(path.stem)
        for histogram in fill(path.read_text().split()).values():
            folder.WriteTObject(histogram)
    file.Close()


if __name__ == "__main__":
    main()
