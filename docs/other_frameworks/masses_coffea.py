"""The same with a coffea processor: `masses_coffea.py OUTPUT LIST ...`."""

import sys
from pathlib import Path

import awkward as ak
import hist
import uproot
from coffea import processor
from coffea.nanoevents import NanoAODSchema

REGIONS = {"peak": (10, 60, 120), "search": (10, 150, 400)}


class Masses(processor.ProcessorABC):
    """Histograms of each dataset."""

    def process(self, events):
        """Histograms of a chunk of events."""
        muons = ak.values_astype(events.Muon, "float64")
        muons = muons[(muons.pt > 20) & (abs(muons.eta) < 2.4)]
        two = ak.num(muons) == 2
        first, second = muons[two][:, 0], muons[two][:, 1]
        mass, weight = (first + second).mass, events.genWeight[two]
        hard = first.pt > 30
        chosen = {
            "peak": hard & (mass > 60) & (mass < 120),
            "search": hard & (mass > 150) & (first.charge != second.charge),
        }
        found = {}
        for name, kept in chosen.items():
            axis = hist.axis.Regular(*REGIONS[name], name="mass")
            found[name] = hist.Hist(axis, storage=hist.storage.Weight())
            found[name].fill(mass[kept], weight=weight[kept])
        return {events.metadata["dataset"]: found}

    def postprocess(self, accumulator):
        """Nothing is left to do."""
        return accumulator


def main() -> None:
    """Write the histograms of all datasets to one file."""
    output, *lists = sys.argv[1:]
    files = {
        path.stem: {"files": dict.fromkeys(path.read_text().split(), "Events")}
        for path in map(Path, lists)
    }
    run = processor.Runner(executor=processor.IterativeExecutor(status=False), schema=NanoAODSchema)
    with uproot.recreate(output) as file:
        for dataset, found in run(files, processor_instance=Masses()).items():
            for region, histogram in found.items():
                file[f"{dataset}/{region}"] = histogram


if __name__ == "__main__":
    main()
