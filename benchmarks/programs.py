r"""Whole programs side by side: what a user starts, from the interpreter to the histograms.

    uv run --group benchmarks python benchmarks/make_events.py /tmp/events
    UV_PROJECT_ENVIRONMENT=/tmp/user uv sync --locked
    uv run --group benchmarks python benchmarks/programs.py /tmp/events \
        --wollemi /tmp/user/bin/python

T1 to T5 are the tasks of `event_loop.py`, which measures the loops alone; T6 to T10 are further
selections of real analyses (analyses/*.yaml). Here each program is a process of its own: imports,
reading, computing, and for Wollemi its checks of all events, their numbers, the cutflow and the
record with the SHA-256 of the file. T4 and T10 are two of Wollemi's programs, the skim and the
histograms, one after the other. All histograms are compared with Wollemi's before anything is
timed. The programs then take turns; CPU time is of all threads. `first` is a first start: Wollemi
compiles, which it keeps on the disk, and reads the file for its digest.
"""

import argparse
import os
import statistics
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from event_loop import check, spread
from make_corrections import write_corrections
from wollemi_programs import commands, histograms

HERE = Path(__file__).resolve().parent
SCRIPTS = HERE.parent / "scripts"
TASKS = [f"t{number}" for number in range(1, 11)]
PEERS = ("awkward", "coffea", "rdataframe")
MISSING = {("coffea", "t4")}


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
    """The program that reads and fills; with a skim two programs, one after the other.

    Args:
        python: of an environment as users have it.
        task: such as `t1`.
        path: the file of events.
        folder: where it writes.
    """

    def __init__(self, python: str, task: str, path: Path, folder: Path):
        self._folder = folder
        self._commands = [
            [python, str(SCRIPTS / f"{program}.py"), *arguments]
            for program, *arguments in commands(task, path, folder)
        ]
        self._environment = {"WOLLEMI_CACHE": str(folder / "cache"), "WOLLEMI_CONSOLE": "1"}

    def run(self) -> Cost:
        """Once."""
        costs = [start(command, self._environment) for command in self._commands]
        return Cost(
            sum(cost.cpu for cost in costs),
            sum(cost.wall for cost in costs),
            max(cost.memory for cost in costs),
        )

    def histograms(self) -> dict[str, Any]:
        """Those of the last run, see `wollemi_programs.histograms`."""
        return histograms(self._folder)


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
        """Those of the last run, see `peer_tasks.run_shared`."""
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


def options(description: str | None) -> argparse.ArgumentParser:
    """What each benchmark of programs takes: a folder of events, and the Python of Wollemi."""
    parser = argparse.ArgumentParser(
        description=description, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path, help="what make_events.py has written")
    parser.add_argument(
        "--wollemi", default=sys.executable, help="Python of an environment as users have it"
    )
    return parser


def main() -> None:
    """Run all tasks on all files."""
    parser = options(__doc__)
    parser.add_argument("--tasks", nargs="+", choices=TASKS, default=TASKS)
    parser.add_argument("--files", nargs="+", default=["lz4"])
    parser.add_argument("--peers", nargs="*", choices=PEERS, default=PEERS)
    parser.add_argument("--repetitions", type=int, default=5)
    arguments = parser.parse_args()
    write_corrections(arguments.folder)
    print("| task | file | program | CPU s | CPU / Wollemi | wall s | MB | first CPU s |")
    print("| --- | --- | --- | --- | --- | --- | --- | --- |")
    for task in arguments.tasks:
        for file in arguments.files:
            path = (arguments.folder / f"{file}.root").absolute()
            measure(task, path, arguments.wollemi, arguments.peers, arguments.repetitions)


if __name__ == "__main__":
    main()
