"""One dataset in three samples: one process that reads its file once, and one process for each
sample.

    uv run --group benchmarks python benchmarks/make_events.py /tmp/events --files zstd
    uv run python benchmarks/shared_reads.py /tmp/events --file zstd --wollemi /tmp/user/bin/python

The selection and the variations are those of the task T2; the samples are split by the number of
jets before any cut. The programs run in turn, with their checks and records; the first run compiles
and does not count.
"""

import json
import statistics
import tempfile
from pathlib import Path

import yaml
from programs import SCRIPTS, Cost, options, start
from wollemi_programs import ANALYSES

SELECTIONS = {"few": "nJet < 4", "some": "4 <= nJet < 7", "many": "nJet >= 7"}
OUTPUTS = ("identifiers", "histograms", "cutflow", "regions", "record")


def write_analysis(folder: Path, events: Path) -> list[str]:
    """The analysis of T2 with three samples, and what is read of its file.

    Returns:
        Datasets of the samples.
    """
    document = yaml.safe_load(ANALYSES["t2"].read_text(encoding="utf-8"))
    document["samples"] = {
        name: {"role": "background", "datasets": ["events"], "selection": selection}
        for name, selection in SELECTIONS.items()
    }
    for item in document["systematics"].values():
        item["samples"] = list(SELECTIONS)
    (folder / "analysis.json").write_text(json.dumps(document), encoding="utf-8")
    parts = [[{"path": str(events), "start": 0, "stop": None}]]
    content = {"preview": False, "entries": None, "parts": parts}
    (folder / "parts.json").write_text(json.dumps(content), encoding="utf-8")
    return [f"events_{name}" for name in SELECTIONS]


def arguments_for(folder: Path, dataset: str) -> list[str]:
    """Arguments of `process_events` for a dataset."""
    written = [word for name in OUTPUTS for word in (f"--{name}", f"{folder}/{dataset}_{name}")]
    return [
        *("--analysis", f"{folder}/analysis.json", "--dataset", dataset, "--part", "0"),
        *("--parts", f"{folder}/parts.json", "--hooks", "--corrections", "--certified"),
        *written,
    ]


def together(costs: list[Cost]) -> Cost:
    """Costs of processes that ran one after the other."""
    memory = max(cost.memory for cost in costs)
    return Cost(sum(cost.cpu for cost in costs), sum(cost.wall for cost in costs), memory)


def main() -> None:
    """Measure both, and print a line for each."""
    parser = options(__doc__)
    parser.add_argument("--file", default="lz4")
    parser.add_argument("--repetitions", type=int, default=5)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        datasets = write_analysis(folder, (given.folder / f"{given.file}.root").absolute())
        lines = [arguments_for(folder, dataset) for dataset in datasets]
        joined = [*lines[0], "+", *lines[1], "+", *lines[2]]
        environment = {"WOLLEMI_CACHE": f"{folder}/cache", "WOLLEMI_CONSOLE": "1"}

        def run(*commands: list[str]) -> Cost:
            program = [given.wollemi, str(SCRIPTS / "process_events.py")]
            return together([start([*program, *line], environment) for line in commands])

        run(*lines)
        alone, once = [], []
        for _ in range(given.repetitions):
            alone.append(run(*lines))
            once.append(run(joined))
        print("| | CPU s | wall s | MB of memory |")
        print("| --- | --- | --- | --- |")
        for text, costs in (("a process for each sample", alone), ("one process", once)):
            cpu = [cost.cpu for cost in costs]
            print(
                f"| {text} | {statistics.median(cpu):.1f} ({min(cpu):.1f}–{max(cpu):.1f}) "
                f"| {statistics.median(cost.wall for cost in costs):.1f} "
                f"| {max(cost.memory for cost in costs):.0f} |"
            )


if __name__ == "__main__":
    main()
