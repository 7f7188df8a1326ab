"""Fit, limit, ranking and toys: Wollemi against an earlier state of itself, pyhf, cabinetry and
ROOT, on the same models, in turn.

    uv run --group benchmarks --group test --with jax python benchmarks/fit_and_limit.py
        results/hzz4l/workspaces/higgs.json results/zprime/workspaces/zprime_3000.json
        --before ../earlier

Prints medians of CPU time with their spread, the ratio of the pairs to Wollemi's, and by how much
the results differ. Each program is a process of its own; repetitions alternate between them, so
that a machine whose speed drifts does not favor one side. The first call of each is not counted.
pyhf and cabinetry get the models and tasks that they finish in some minutes, by `PEERS`.
"""

import argparse
import importlib.util
import json
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from random_models import random_model

ROOT = Path(__file__).resolve().parent.parent
WORKER = Path(__file__).with_name("fit_worker.py")
SIZES = (29, 180, 300, 600, 1000)
# Task → program → the largest number of parameters that it gets, and repetitions.
PEERS = {
    "fit": {"before": (1000, 5), "pyhf": (60, 3), "pyhf-jax": (180, 3), "root": (180, 3)},
    "limit": {"before": (300, 3), "pyhf": (45, 1), "pyhf-jax": (45, 1)},
    "ranking": {"before": (180, 1), "cabinetry": (45, 1)},
    "toys": {"before": (60, 3)},
}
LARGEST = {"fit": 1000, "limit": 1000, "ranking": 300, "toys": 300}
REPETITIONS = 7
TOYS = 200  # as in fit_worker.py


class Worker:
    """A process that works off tasks of one program.

    Args:
        program: its name for `fit_worker.py`.
        folder: of Wollemi.
    """

    def __init__(self, program: str, folder: Path) -> None:
        command = [sys.executable, str(WORKER), program, str(folder)]
        self.process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )

    def ask(self, question: dict[str, Any]) -> None:
        """Send a task or a workspace."""
        if self.process.stdin is None:
            raise RuntimeError("no input")
        self.process.stdin.write(json.dumps(question) + "\n")
        self.process.stdin.flush()

    def time(self, task: str) -> tuple[float, float]:
        """CPU seconds and result of a task."""
        self.ask({"task": task})
        if self.process.stdout is None:
            raise RuntimeError("no output")
        seconds, value = json.loads(self.process.stdout.readline())
        return seconds, value


def compare(
    workers: dict[str, Worker], task: str, parameters: int, repetitions: dict[str, int]
) -> None:
    """Time a task of all programs in turn and print a line for each."""
    times: dict[str, list[float]] = {name: [] for name in workers}
    values: dict[str, float] = {}
    for number in range(1 + max(repetitions.values())):
        for name, worker in workers.items():
            # One call only is too long to be repeated, and no matter of warming up.
            if number <= repetitions[name] and (number or repetitions[name] > 1):
                seconds, values[name] = worker.time(task)
                times[name].append(seconds)
    ours = statistics.median(times["wollemi"][1:])
    for name, found in times.items():
        counted = sorted(1000 * second for second in found[1:] or found)
        per = TOYS if task == "toys" else 1
        middle, spread = statistics.median(counted) / per, (counted[0] / per, counted[-1] / per)
        print(
            f"| {task} | {name} | {middle:.3g} ({spread[0]:.3g}–{spread[1]:.3g}) | "
            f"{middle * per / 1000 / ours:.3g} | {abs(values[name] - values['wollemi']):.0e} |",
            flush=True,
        )


def benchmark(path: Path, name: str, folders: dict[str, Path], tasks: list[str]) -> None:
    """Compare all programs on one workspace."""
    workspace = json.loads(path.read_text(encoding="utf-8"))
    workers = {
        program: Worker("wollemi" if program == "before" else program, folder)
        for program, folder in folders.items()
    }
    sys.path.insert(0, str(ROOT / "scripts"))
    from wollemi_likelihood.likelihood import Likelihood

    parameters = len(Likelihood.from_workspace(workspace).parameters)
    print(f"\n{name}: {parameters} parameters\n\n| task | program | CPU ms | ratio | difference |")
    print("| --- | --- | --- | --- | --- |")
    ready: set[str] = set()
    for task in tasks:
        chosen = {"wollemi": REPETITIONS if parameters < 600 else 3}
        for program, (largest, repetitions) in PEERS[task].items():
            if program in workers and parameters <= largest:
                chosen[program] = repetitions
        if parameters > LARGEST[task]:
            continue
        for program in chosen.keys() - ready:
            workers[program].ask({"workspace": str(path)})
            ready.add(program)
        compare({key: workers[key] for key in chosen}, task, parameters, chosen)
    for worker in workers.values():
        worker.process.terminate()


def main() -> None:
    """Benchmark the workspaces of the command line and random models."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("workspaces", type=Path, nargs="*")
    parser.add_argument("--sizes", type=int, nargs="*", default=SIZES, help="of random models")
    parser.add_argument("--before", type=Path, help="folder of an earlier state of Wollemi")
    parser.add_argument("--tasks", nargs="*", default=list(PEERS), choices=list(PEERS))
    arguments = parser.parse_args()
    folders = {"wollemi": ROOT, "pyhf": ROOT, "cabinetry": ROOT}
    if arguments.before:
        folders["before"] = arguments.before
    folders |= {
        name: ROOT
        for name, package in (("pyhf-jax", "jax"), ("root", "ROOT"))
        if importlib.util.find_spec(package)
    }
    for path in arguments.workspaces:
        benchmark(path, path.stem, folders, arguments.tasks)
    with tempfile.TemporaryDirectory() as folder:
        for size in arguments.sizes:
            path = Path(folder) / f"random_{size}.json"
            path.write_text(json.dumps(random_model(size)), encoding="utf-8")
            benchmark(path, path.stem, folders, arguments.tasks)


if __name__ == "__main__":
    main()
