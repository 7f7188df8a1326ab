"""Event loops side by side: Wollemi, uproot + awkward, coffea and RDataFrame on the same files, as
ratios over the raw read.

    uv run --group benchmarks python benchmarks/make_events.py /tmp/events
    uv run --group benchmarks python benchmarks/event_loop.py /tmp/events

T1 is a dimuon spectrum, T2 the top-quark selection of the Analysis Grand Challenge with all
variations, T3 50 weight variations, T4 is T2 by way of a skim, T5 is T2 with the corrections of an
experiment (analyses/*.yaml). Before anything is timed, every program's histograms must be those of
Wollemi: numbers of events exactly, sums of weights to 1e-9. The programs then take turns. CPU time
is of all threads; `raw` is uproot reading the branches that Wollemi reads, and nothing else.
`first` is what the first call takes longer than the later ones: compiling and imports.
"""

import argparse
import multiprocessing
import os
import statistics
import sys
import tempfile
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
from make_corrections import write_corrections
from timed_call import Result, Timing, call

PROGRAMS = ("raw", "wollemi", "awkward", "coffea", "rdataframe")
TASKS = ("t1", "t2", "t3", "t4", "t5")
FILES = ("lz4", "zstd", "zlib", "plain")
MISSING = {"coffea": ("t4",)}


class Worker:
    """A process that runs one program after imports and compilation have been paid.

    Args:
        program: such as `wollemi`, of the module `loop_wollemi`.
    """

    def __init__(self, program: str):
        self._program = program
        self._pool = ProcessPoolExecutor(1, multiprocessing.get_context("spawn"))

    def start(self, task: str, path: Path, entries: tuple[int, int]) -> Any:
        """Begin a task on a range of entries; the result comes from `.result()`."""
        return self._pool.submit(call, f"loop_{self._program}", task, path, *entries)

    def run(self, task: str, path: Path, entries: tuple[int, int]) -> Result:
        """Do a task on a range of entries."""
        result: Result = self.start(task, path, entries).result()
        return result


def halves(path: Path) -> tuple[tuple[int, int], tuple[int, int]]:
    """The entries of a file in two parts of whole clusters."""
    import uproot

    with uproot.open(path) as file:
        entries = int(file["Events"].num_entries)
        middle = min(
            file["Events"].common_entry_offsets(), key=lambda entry: abs(entry - entries / 2)
        )
    return (0, int(middle)), (int(middle), entries)


def check(program: str, histograms: dict[str, Any], reference: dict[str, Any]) -> None:
    """Compare histograms with Wollemi's.

    Raises:
        SystemExit: they differ.
    """
    if histograms.keys() != reference.keys():
        sys.exit(f"{program}: has other histograms: {sorted(histograms.keys() ^ reference.keys())}")
    for name, values in histograms.items():
        same = np.allclose(values, reference[name], rtol=1e-9, atol=0)
        if name.endswith("/nominal") and np.array_equal(values[0], values[0].round()):
            same = same and np.array_equal(values[0], reference[name][0])
        if not same:
            sys.exit(
                f"{program}: {name} differs from Wollemi's by up to "
                f"{np.abs(values - reference[name]).max():g}"
            )


def prepare(
    workers: dict[str, list[Worker]], task: str, path: Path, parts: tuple[tuple[int, int], ...]
) -> dict[str, float]:
    """Compare all histograms, on one and on two processes; return the CPU time of the first call of
    each program in s.
    """
    whole = (parts[0][0], parts[-1][1])
    result = workers["wollemi"][0].run(task, path, whole)
    first, reference = {"wollemi": result.timing.cpu}, result.histograms
    for program, pair in workers.items():
        for worker in pair:
            result = worker.run(task, path, whole)
            first.setdefault(program, result.timing.cpu)
        if program != "raw":
            check(program, result.histograms, reference)
        if program != "raw" and len(pair) == 2:
            results = [
                worker.run(task, path, part).histograms
                for worker, part in zip(pair, parts, strict=True)
            ]
            check(
                program, {name: sum(one[name] for one in results) for name in reference}, reference
            )
    return first


def measure(
    workers: dict[str, list[Worker]],
    task: str,
    path: Path,
    parts: tuple[tuple[int, int], ...],
    two: bool,
) -> dict[str, Timing]:
    """One repetition: each program once; CPU and wall time in s."""
    timings = {}
    for program, pair in workers.items():
        if two:
            begun = [
                worker.start(task, path, part) for worker, part in zip(pair, parts, strict=True)
            ]
            timings[program] = Timing.together([job.result().timing for job in begun])
        else:
            timings[program] = pair[0].run(task, path, (parts[0][0], parts[-1][1])).timing
    return timings


def spread(values: list[float]) -> str:
    """Median, smallest and largest."""
    return f"{statistics.median(values):6.2f} ({min(values):.2f}–{max(values):.2f})"


def report(
    task: str,
    file: str,
    one: list[dict[str, Timing]],
    two: list[dict[str, Timing]],
    first: dict[str, float],
) -> None:
    """Print a line for each program."""
    for program in one[0]:
        cpu = [repetition[program].cpu for repetition in one]
        over_raw = [repetition[program].cpu / repetition["raw"].cpu for repetition in one]
        over_wollemi = [repetition[program].cpu / repetition["wollemi"].cpu for repetition in one]
        gain = [
            single[program].wall / double[program].wall
            for single, double in zip(one, two, strict=False)
        ]
        columns = [
            f"{statistics.median(cpu):7.3f}",
            spread(over_raw),
            spread(over_wollemi),
            spread(gain) if gain else "",
        ]
        print(
            f"| {task} | {file} | {program} | {' | '.join(columns)} | "
            f"{max(first[program] - statistics.median(cpu), 0):.1f} |",
            flush=True,
        )


def main() -> None:
    """Run all tasks on all files."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path, help="what make_events.py has written")
    parser.add_argument("--tasks", nargs="+", choices=TASKS, default=TASKS)
    parser.add_argument("--files", nargs="+", default=FILES[:3])
    parser.add_argument("--programs", nargs="+", choices=PROGRAMS, default=PROGRAMS)
    parser.add_argument("--repetitions", type=int, default=7)
    parser.add_argument(
        "--two-processes",
        action="store_true",
        help="also with half of the file in each of two processes",
    )
    arguments = parser.parse_args()
    names = dict.fromkeys(("raw", "wollemi", *arguments.programs))
    # A folder that does not exist yet: the first call compiles.
    os.environ["WOLLEMI_CACHE"] = str(Path(tempfile.mkdtemp()) / "compiled")
    count = 2 if arguments.two_processes else 1
    workers = {program: [Worker(program) for _ in range(count)] for program in names}
    print(
        "| task | file | program | CPU s | CPU / raw | CPU / Wollemi | speed of two "
        "processes | first s |"
    )
    print("| --- | --- | --- | --- | --- | --- | --- | --- |")
    write_corrections(arguments.folder)
    for task in arguments.tasks:
        for file in arguments.files:
            path = arguments.folder / f"{file}.root"
            parts = halves(path)
            able = {
                program: pair
                for program, pair in workers.items()
                if task not in MISSING.get(program, ())
            }
            first = prepare(able, task, path, parts)
            one, two = [], []
            for _ in range(arguments.repetitions):
                one.append(measure(able, task, path, parts, two=False))
                if arguments.two_processes:
                    two.append(measure(able, task, path, parts, two=True))
            report(task, file, one, two, first)


if __name__ == "__main__":
    main()
