"""An analysis of many regions and weight variations: what its histograms cost, on the way from a
file of events to those of the dataset.

    uv run --group benchmarks python benchmarks/make_events.py /tmp/events
    uv run --group benchmarks python benchmarks/many_regions.py /tmp/events

Regions are the exact numbers of leptons and jets in ranges of the missing momentum; each variation
is a factor of its own. `process_events` and `merge_parts` run as processes of their own, with their
checks and records; CPU time is of all threads. The first run compiles; later ones have the machine
code. The merge is that of two parts with these histograms.
"""

import itertools
import json
import statistics
import tempfile
from pathlib import Path
from typing import Any

from programs import SCRIPTS, Cost, options, start

CHANNELS = {
    "none": "count(electron) == 0 and count(muon) == 0",
    "electron": "count(electron) == 1 and count(muon) == 0",
    "muon": "count(electron) == 0 and count(muon) == 1",
    "leptons": "count(electron) + count(muon) >= 2",
}
JETS = {
    "2": "count(jet) == 2",
    "3": "count(jet) == 3",
    "4": "count(jet) == 4",
    "5": "count(jet) >= 5",
}
LEPTON = "pt > 20 and abs(eta) < 2.4"
TOP_MET_GEV = 100
BINS = [15, 60, 660]


def make_regions(number: int) -> dict[str, Any]:
    """So many regions: channels and numbers of jets, in equal ranges of the missing momentum."""
    kinds = list(itertools.product(CHANNELS.items(), JETS.items()))
    slices = -(-number // len(kinds))
    width = TOP_MET_GEV / slices
    ranges = [f"{place * width} <= MET_pt < {(place + 1) * width}" for place in range(slices)]
    regions = {
        f"{channel}_{jets}j_{place}": {
            "selection": f"{leptons} and {count} and {inside}",
            "variable": "ht",
        }
        for place, inside in enumerate(ranges)
        for (channel, leptons), (jets, count) in kinds
    }
    return dict(itertools.islice(regions.items(), number))


def make_systematics(number: int) -> dict[str, Any]:
    """So many weight systematics, half of them of the event, half of its jets."""
    shifts = [
        f"{index + 1} * " + ("0.0001 * MET_pt" if index % 2 else "0.00002 * sum(jet.pt)")
        for index in range(number)
    ]
    return {
        f"weight_{index:02d}": {
            "kind": "weight",
            "up": f"1 + {shift}",
            "down": f"1 - {shift}",
            "samples": ["simulation"],
        }
        for index, shift in enumerate(shifts)
    }


def make_analysis(regions: int, systematics: int) -> dict[str, Any]:
    """The analysis file."""
    return {
        "name": "many_regions",
        "title": f"{regions} regions and {systematics} systematics",
        "description": "For the benchmarks: benchmarks/many_regions.py.",
        "center_of_mass_tev": 13,
        "datasets": {
            "events": {"files": ["events.root"], "weight": "genWeight", "normalization": "none"}
        },
        "samples": {"simulation": {"role": "background", "datasets": ["events"]}},
        "objects": {
            "electron": {"collection": "Electron", "cuts": f"{LEPTON} and cutBased == 4"},
            "muon": {"collection": "Muon", "cuts": f"{LEPTON} and tightId"},
            "jet": {"collection": "Jet", "cuts": "pt > 30 and abs(eta) < 2.4 and jetId == 6"},
        },
        "variables": {
            "ht": {"expression": "sum(jet.pt)", "bins": BINS, "label": "$H_T$", "unit": "GeV"}
        },
        "regions": make_regions(regions),
        "systematics": make_systematics(systematics),
    }


class Programs:
    """The programs that read, fill and merge, in a folder.

    Args:
        python: of an environment as users have it.
        path: the file of events.
        folder: where they write.
        document: the analysis.
    """

    def __init__(self, python: str, path: Path, folder: Path, document: dict[str, Any]):
        self._python, self._folder = python, folder
        (folder / "analysis.json").write_text(json.dumps(document), encoding="utf-8")
        parts = [[{"path": str(path), "start": 0, "stop": None}]]
        content = {"preview": False, "entries": None, "parts": parts}
        (folder / "parts.json").write_text(json.dumps(content), encoding="utf-8")

    def file(self, name: str) -> str:
        """Where a product is."""
        return str(self._folder / name)

    def size(self, name: str) -> float:
        """Of a product, in MB."""
        return (self._folder / name).stat().st_size / 1e6

    def process(self) -> Cost:
        """Read the events and fill the histograms."""
        parts = ("--part", "0", "--parts", self.file("parts.json"))
        outputs = ("identifiers", "histograms", "cutflow", "regions")
        return self._run(
            "process_events", *parts, "--hooks", "--corrections", "--certified", outputs=outputs
        )

    def merge(self) -> Cost:
        """Merge the part with itself."""
        inputs = {"histograms": "histograms", "skims": "cutflow", "fills": "regions"}
        given = [
            part for key, name in inputs.items() for part in (f"--{key}", *[self.file(name)] * 2)
        ]
        names = ("identifiers", "earlier", "siblings", "partners", "manifest", "luminosity")
        nothing = [f"--{name}" for name in names]
        return self._run("merge_parts", *given, *nothing, outputs=("merged", "merged_cutflow"))

    def _run(self, program: str, *arguments: str, outputs: tuple[str, ...]) -> Cost:
        written = [
            part
            for name in outputs
            for part in (f"--{name.removeprefix('merged_')}", self.file(name))
        ]
        return start(
            [
                *(self._python, str(SCRIPTS / f"{program}.py")),
                *("--analysis", self.file("analysis.json"), "--dataset", "events"),
                *arguments,
                *written,
                *("--record", self.file(f"{program}_record"), "--log", self.file(f"{program}_log")),
            ],
            {"WOLLEMI_CACHE": self.file("cache"), "WOLLEMI_CONSOLE": "1"},
        )


def main() -> None:
    """Measure each program, and print a line for it."""
    parser = options(__doc__)
    parser.add_argument("--file", default="lz4")
    parser.add_argument("--regions", type=int, default=200)
    parser.add_argument("--systematics", type=int, default=50)
    parser.add_argument("--repetitions", type=int, default=3)
    arguments = parser.parse_args()
    path = (arguments.folder / f"{arguments.file}.root").absolute()
    document = make_analysis(arguments.regions, arguments.systematics)
    with tempfile.TemporaryDirectory() as name:
        programs = Programs(arguments.wollemi, path, Path(name), document)
        first = programs.process()
        costs = {
            "process_events": [programs.process() for _ in range(arguments.repetitions)],
            "merge_parts": [programs.merge() for _ in range(arguments.repetitions)],
        }
        print("| program | CPU s | wall s | MB of memory | MB written |")
        print("| --- | --- | --- | --- | --- |")
        shown = {"process_events, first": [first], **costs}
        for program, found in shown.items():
            written = programs.size("merged" if program == "merge_parts" else "histograms")
            columns = [
                f"{statistics.median(cost.cpu for cost in found):.1f}",
                f"{statistics.median(cost.wall for cost in found):.1f}",
                f"{max(cost.memory for cost in found):.0f}",
                f"{written:.1f}",
            ]
            print(f"| {program} | {' | '.join(columns)} |", flush=True)


if __name__ == "__main__":
    main()
