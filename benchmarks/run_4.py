"""Simulate the analysis of a dataset of LHC Run 4 on a farm: how long until the histograms, what it
costs, and what limits it.

    uv run python benchmarks/run_4.py /tmp/run_4
    uv run python benchmarks/run_4.py /tmp/run_4 --real results/many/logs/costs.csv

Snakemake plans the run and starts the jobs one after the other. A job starts up, then reads its
events; all jobs share the bandwidth of the storage equally. Some jobs fail at a random moment and
are repeated; after the last retry, the run ends without these parts (`--keep-going`) and the same
command plans the rest. One job merges the histograms. The queue of a batch system is not simulated:
all slots are free from the beginning.

The tables of docs/benchmarks.md are printed; the figure is written to the folder. `--real` compares
a real run of files of one size (`many_files.run`) with its simulation.
"""

import argparse
import csv
import heapq
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

import matplotlib.pyplot as plt
import numpy as np

FILES_PER_JOB = (10, 20, 50, 100, 200, 500, 1000)
LISTED, CHOSEN = (10, 100, 1000), 100
RETRIES = 2  # profiles/slurm, profiles/htcondor
SEED = 4


class Task(NamedTuple):
    """A dataset, an analysis and a farm. Times in s, sizes in bytes.

    Args:
        events: Events of the dataset.
        files: Its files, all of one size.
        read_bytes: Bytes of an event that a job reads. NanoAOD has 1 to 2 kB (Ehatäht, EPJ Web
            Conf. 245 (2020) 06002), of which an analysis needs a part.
        event_time: CPU time of an event. T9 of docs/benchmarks.md: 66 histograms with five sources
            of the jet energy scale, 16.2 s for 8 million events.
        start: CPU time of a job before its first event: imports (1 s, T1 of docs/benchmarks.md),
            and Snakemake on the node with the manifest of a million files (9 s).
        plan_file, plan_job: CPU time of the plan for a file and for a job (`planning.py`:
            20.9 s for 100,000 files in 2,009 jobs, 44.1 s for 20,000 in 20,009).
        launch: Snakemake's time for a job without work: 14 s for 1,000 (docs/decisions.md, 211).
        merge: Time of the merge for a part: 66 histograms of 0.2 ms (`many_regions.py`: two parts
            of 20,200 histograms in 8 s).
        failures: Probability that a job fails. Analysis jobs of ATLAS in 2011: 13 of 92 million.
        slots: Jobs at a time.
        bandwidth: Bandwidth of the storage, bytes/s. 200 Gb/s: Held et al., arXiv:2503.15464.
    """

    events: float = 1e11
    files: int = 1_000_000
    read_bytes: float = 1500
    event_time: float = 2.0e-6
    start: float = 10.0
    plan_file: float = 0.16e-3
    plan_job: float = 2.0e-3
    launch: float = 0.014
    merge: float = 66 * 0.2e-3
    failures: float = 0.14
    slots: int = 10_000
    bandwidth: float = 25e9


class Outcome(NamedTuple):
    """What a run takes.

    Args:
        histograms: Time until the merged histograms, s.
        runs: Times the command was given.
        occupied: Time of all slots in use, s.
        cpu: CPU time of the jobs on parts, s.
        read: Bytes read.
        attempts: Jobs started.
        readers: Times, s, and the number of jobs that read from then on, shape (steps, 2).
    """

    histograms: float
    runs: int
    occupied: float
    cpu: float
    read: float
    attempts: int
    readers: np.ndarray


# What is halved → the task with half of it; slots and bandwidth are doubled.
HALVED: dict[str, Mapping[str, Any]] = {
    "time per event": {"event_time": 0.5},
    "start of a job": {"start": 0.5},
    "plan": {"plan_file": 0.5, "plan_job": 0.5},
    "Snakemake's time per job": {"launch": 0.5},
    "failures": {"failures": 0.5},
    "merge": {"merge": 0.5},
    "twice the slots": {"slots": 2},
    "twice the bandwidth": {"bandwidth": 2},
}
IN_PLACE = Task(read_bytes=150)
STAGED = Task()


def simulate(task: Task, per_job: int, seed: int = SEED) -> Outcome:
    """Simulate a run from one change of state to the next.

    All jobs that read have the same speed. One that begins when each reader has processed `done`
    events since the beginning of the run ends when they have processed `done` plus its own.

    Args:
        task: What is to be done, and where.
        per_job: Files of a job.
        seed: Seed of the failures.
    """
    random = np.random.default_rng(seed)
    jobs = -(-task.files // per_job)
    share, free = task.events / jobs, task.slots
    waiting, failed = [0] * jobs, 0  # attempts so far; parts without a retry left
    starting: list[tuple[float, int]] = []  # time of the first event, attempts
    reading: list[tuple[float, int, bool]] = []  # `done` at its end, attempts, whether it fails
    now = launcher = planning_time(task, jobs)
    done = processed = occupied = 0.0
    attempts, runs, readers = 0, 1, []
    while waiting or starting or reading:
        speed = speed_of_reader(task, len(reading))
        moments = (
            launcher if waiting and free else np.inf,
            starting[0][0] if starting else np.inf,
            now + (reading[0][0] - done) / speed if reading else np.inf,
        )
        step = max(0.0, min(moments) - now)
        now, done = now + step, done + step * speed
        processed += step * speed * len(reading)
        occupied += step * (task.slots - free)
        if moments[0] <= now:
            free, attempts, launcher = free - 1, attempts + 1, now + task.launch
            heapq.heappush(starting, (now + task.start, waiting.pop() + 1))
        elif moments[1] <= now:
            tried = heapq.heappop(starting)[1]
            fails = bool(random.random() < task.failures)
            part = random.random() if fails else 1.0
            heapq.heappush(reading, (done + share * part, tried, fails))
        else:
            _, tried, fails = heapq.heappop(reading)
            free += 1
            if fails and tried <= RETRIES:
                waiting.append(tried)
            failed += fails and tried > RETRIES
        readers.append((now, len(reading)))
        if failed and not (waiting or starting or reading):
            now += planning_time(task, failed)
            runs, waiting, failed, launcher = runs + 1, [0] * failed, 0, now
    cpu = attempts * task.start + processed * task.event_time
    read = processed * task.read_bytes
    end = now + jobs * task.merge
    return Outcome(end, runs, occupied, cpu, read, attempts, np.array(readers))


def planning_time(task: Task, jobs: int) -> float:
    """Time of the plan, s."""
    return task.plan_file * task.files + task.plan_job * jobs


def speed_of_reader(task: Task, readers: int) -> float:
    """Events/s of each job that reads."""
    return min(1 / task.event_time, task.bandwidth / (task.read_bytes * max(1, readers)))


def changed(task: Task, factors: Mapping[str, float]) -> Task:
    """The task with some of its numbers multiplied."""
    values = task._asdict()
    return task._replace(**{key: type(values[key])(values[key] * factors[key]) for key in factors})


def costs_table() -> list[str]:
    """Time and costs for some numbers of files per job."""
    lines = ["| files per job | attempts | runs | minutes, staged | in place | CPU hours |"]
    lines.append("| --- |" + " --- |" * 5)
    for per_job in LISTED:
        staged, placed = (simulate(task, per_job) for task in (STAGED, IN_PLACE))
        lines.append(
            f"| {per_job} | {placed.attempts:,} | {placed.runs} | {staged.histograms / 60:.0f} "
            f"| {placed.histograms / 60:.0f} | {placed.cpu / 3600:,.0f} |"
        )
    return lines


def limits_table() -> list[str]:
    """What half of each cost would save."""
    whole = [simulate(task, CHOSEN).histograms for task in (STAGED, IN_PLACE)]
    lines = ["| half of | saves, staged | in place |", "| --- | --- | --- |"]
    for name, factors in HALVED.items():
        times = [simulate(changed(task, factors), CHOSEN) for task in (STAGED, IN_PLACE)]
        saved = [1 - time.histograms / all_ for time, all_ in zip(times, whole, strict=True)]
        lines.append(
            f"| {name} | " + " | ".join(f"{max(0, 100 * part):.0f} %" for part in saved) + " |"
        )
    return lines


def draw(path: Path) -> None:
    """Draw the time until the histograms, and the jobs that read."""
    figure, (left, right) = plt.subplots(1, 2, figsize=(11, 4.2), layout="constrained")
    for task, name, color in ((STAGED, "staged", "C0"), (IN_PLACE, "in place", "C1")):
        for rate, style in ((task.failures, "o-"), (0.0, "o:")):
            runs = [simulate(task._replace(failures=rate), per_job) for per_job in FILES_PER_JOB]
            label = f"{name}, {100 * rate:.0f} % fail"
            times = [run.histograms / 60 for run in runs]
            left.plot(FILES_PER_JOB, times, style, color=color, label=label)
        run = simulate(task, CHOSEN)
        right.plot(run.readers[:, 0] / 60, run.readers[:, 1], color=color, label=name)
        right.axvline(run.histograms / 60, color=color, linestyle=":")
    left.set(xscale="log", ylim=(0, 180), xlabel="files per job", ylabel="minutes to histograms")
    left.set_xticks(FILES_PER_JOB, [f"{number}" for number in FILES_PER_JOB])
    left.minorticks_off()
    title = f"{CHOSEN} files per job; dotted: histograms"
    right.set(xlim=(0, None), ylim=(0, None), xlabel="minutes", ylabel="jobs that read")
    right.set_title(title)
    left.legend(loc=(0.55, 0.2))
    right.legend()
    figure.savefig(path, dpi=100)


def compare(costs: Path, slots: int) -> str:
    """The time of all jobs on parts of a real run, and that of their simulation.

    Args:
        costs: `logs/costs.csv` of the run.
        slots: Its number of jobs at a time.
    """
    rows = list(csv.DictReader(costs.open(encoding="utf-8")))
    parts = [row for row in rows if row["job"].startswith(("skim_events/", "fill_histograms/"))]
    starts = [datetime.fromisoformat(row["started"]).timestamp() for row in parts]
    walls = [float(row["wall_s"]) for row in parts]
    real = max(map(sum, zip(starts, walls, strict=True))) - min(starts)
    nothing = dict.fromkeys(("plan_file", "plan_job", "merge", "failures"), 0.0)
    task = Task(files=len(parts), start=float(np.mean(walls)), events=1, slots=slots, **nothing)
    simulated = simulate(task, 1).histograms
    return f"{len(parts)} jobs: {real:.0f} s, simulated {simulated:.0f} s"


def main() -> None:
    """Print the tables and draw the figure, or compare with a real run."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n\n")[0])
    parser.add_argument("folder", type=Path, help="of the figure")
    parser.add_argument("--real", type=Path, help="logs/costs.csv of a real run")
    parser.add_argument("--slots", type=int, default=2, help="of the real run")
    arguments = parser.parse_args()
    if arguments.real:
        print(compare(arguments.real, arguments.slots))
        return
    folder = arguments.folder
    folder.mkdir(parents=True, exist_ok=True)
    print("\n".join([*costs_table(), "", *limits_table()]))
    draw(folder / "run_4.png")


if __name__ == "__main__":
    main()
