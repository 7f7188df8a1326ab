r"""Whole programs side by side: what a user starts, from the interpreter to the histograms.

    uv run --group benchmarks python benchmarks/make_events.py /tmp/events
    UV_PROJECT_ENVIRONMENT=/tmp/user uv sync --locked
    uv run --group benchmarks python benchmarks/programs.py /tmp/events \
        --wollemi /tmp/user/bin/python

The tasks are those of `event_loop.py` (T1, T2, T3, T5), which measures the loops alone. Here each
program is a process of its own: imports, reading, computing, and for Wollemi its checks of all
events, their numbers, the cutflow and the record with the SHA-256 of the file. All histograms are
compared with Wollemi's before anything is timed. The programs then take turns; CPU time is of all
threads. `first` is a first start: Wollemi compiles, which it keeps on the disk, and reads the file
for its digest.
"""

import argparse
import json
import os
import statistics
import sys
import tempfile
import time
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import uhi.io.zip
from event_loop import check, spread
from make_corrections import write_corrections

HERE = Path(__file__).resolve().parent
SCRIPTS = HERE.parent / "scripts"
ANALYSES = {"t1": "t1_dimuon", "t2": "t2_ttbar", "t3": "t3_weights", "t5": "t5_corrections"}
PEERS = ("awkward", "coffea", "rdataframe")
MISSING = {("coffea", "t5"), ("rdataframe", "t5")}


@dataclass(frozen=True)
class Cost:
    """CPU time of all threads and time of the clock in s, and peak memory in MB, of a process."""

    cpu: float
    wall: float
    memory: float


def start(command: list[str], environment: dict[str, str]) -> Cost:
    """Run a program to its end.

    Raises:
        SystemExit: it failed.
    """
    began = time.monotonic()
    process = os.posix_spawn(command[0], command, os.environ | environment)
    _, status, usage = os.wait4(process, 0)
    if status != 0:
        sys.exit(f"{' '.join(command)} failed")
    return Cost(
        usage.ru_utime + usage.ru_stime, time.monotonic() - began, usage.ru_maxrss * 1024 / 1e6
    )


class Wollemi:
    """The program that reads and fills.

    Args:
        python: of an environment as users have it.
        task: such as `t1`.
        path: the file of events.
        folder: where it writes.
    """

    def __init__(self, python: str, task: str, path: Path, folder: Path):
        self._folder = folder
        parts = {
            "preview": False,
            "entries": None,
            "parts": [[{"path": str(path), "start": 0, "stop": None}]],
        }
        (folder / "parts.json").write_text(json.dumps(parts), encoding="utf-8")
        outputs = ("identifiers", "histograms", "cutflow", "regions", "record", "log")
        corrections = [str(path.parent / "corrections.json")] if task == "t5" else []
        self._command = [
            python,
            str(SCRIPTS / "process_events.py"),
            *("--analysis", str(HERE / "analyses" / f"{ANALYSES[task]}.yaml")),
            *("--dataset", "events", "--part", "0", "--parts", str(folder / "parts.json")),
            *("--hooks", "--certified", "--corrections", *corrections),
            *(part for name in outputs for part in (f"--{name}", str(folder / f"out_{name}"))),
        ]
        self._environment = {"WOLLEMI_CACHE": str(folder / "cache"), "WOLLEMI_CONSOLE": "1"}

    def run(self) -> Cost:
        """Once."""
        return start(self._command, self._environment)

    def histograms(self) -> dict[str, Any]:
        """Name → sums of weights and of squared weights (2, bins), without under- and overflow."""
        with zipfile.ZipFile(self._folder / "out_histograms") as file:
            names = [Path(name) for name in file.namelist() if name.endswith(".json")]
            content = {
                name.with_suffix("").as_posix(): uhi.io.zip.read(file, str(name.with_suffix("")))
                for name in names
            }
        return {
            f"{name}/{variation}": np.stack(
                [item["storage"][key][index, 1:-1] for key in ("values", "variances")]
            )
            for name, item in content.items()
            for index, variation in enumerate(item["axes"][0]["categories"])
        }


class Peer:
    """One of the others.

    Args:
        program: such as `coffea`, of the module `loop_coffea`.
        task: such as `t1`.
        path: the file of events.
        folder: where it writes.
    """

    def __init__(self, program: str, task: str, path: Path, folder: Path):
        self._file = folder / f"{program}.npz"
        self._command = [
            sys.executable,
            str(HERE / "timed_call.py"),
            f"loop_{program}",
            task,
            str(path),
            str(self._file),
        ]

    def run(self) -> Cost:
        """Once."""
        return start(self._command, {})

    def histograms(self) -> dict[str, Any]:
        """Name → sums of weights and of squared weights (2, bins)."""
        with np.load(self._file) as arrays:
            return dict(arrays)


def measure(task: str, path: Path, python: str, peers: list[str], repetitions: int) -> None:
    """Compare the histograms of all programs, let them take turns, and print a line for each."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        programs: dict[str, Wollemi | Peer] = {"wollemi": Wollemi(python, task, path, folder)}
        programs |= {
            peer: Peer(peer, task, path, folder) for peer in peers if (peer, task) not in MISSING
        }
        first = {name: program.run() for name, program in programs.items()}
        reference = programs["wollemi"].histograms()
        for name, program in programs.items():
            check(name, program.histograms(), reference)
        costs = [
            {name: program.run() for name, program in programs.items()} for _ in range(repetitions)
        ]
    for name in programs:
        own = [repetition[name] for repetition in costs]
        ratios = [repetition[name].cpu / repetition["wollemi"].cpu for repetition in costs]
        columns = [
            f"{statistics.median(cost.cpu for cost in own):6.2f}",
            spread(ratios),
            f"{statistics.median(cost.wall for cost in own):6.2f}",
            f"{max(cost.memory for cost in own):.0f}",
            f"{first[name].cpu:.1f}",
        ]
        print(f"| {task} | {path.stem} | {name} | {' | '.join(columns)} |", flush=True)


def main() -> None:
    """Run all tasks on all files."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path, help="what make_events.py has written")
    parser.add_argument(
        "--wollemi", default=sys.executable, help="Python of an environment as users have it"
    )
    parser.add_argument("--tasks", nargs="+", choices=ANALYSES, default=list(ANALYSES))
    parser.add_argument("--files", nargs="+", default=["lz4"])
    parser.add_argument("--peers", nargs="*", choices=PEERS, default=PEERS)
    parser.add_argument("--repetitions", type=int, default=5)
    arguments = parser.parse_args()
    write_corrections(arguments.folder / "corrections.json")
    print("| task | file | program | CPU s | CPU / Wollemi | wall s | MB | first CPU s |")
    print("| --- | --- | --- | --- | --- | --- | --- | --- |")
    for task in arguments.tasks:
        for file in arguments.files:
            path = (arguments.folder / f"{file}.root").absolute()
            measure(task, path, arguments.wollemi, arguments.peers, arguments.repetitions)


if __name__ == "__main__":
    main()
