"""Memory and time that jobs request from batch systems and REANA, and the groups in which a profile
combines them. Standard library only, for the Snakefile.

No program imports this module: other values rerun nothing.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from wollemi.plan.plan import Plan

# Measured: jobs of the shipped analyses take up to 240 MB and 15 s of CPU time, a skim of 32
# million events 415 MB; generate_events holds its events, 2.5 kB each. Slurm counts two Snakemakes
# of 230 MB in each job as well. All programs use one thread.
MEMORY_MB = 1024
MB_PER_GENERATED_EVENT = 0.005
# Measured for a million files: a manifest of 174 MB takes 0.95 GB in each of the two.
MB_PER_MANIFEST_MB = 11
# Measured for 57 parameters: 0.02 MB, and 350 toys per second for the limits of one signal.
MB_PER_TOY = 0.05
TOYS_PER_MINUTE = 4_000
MINUTES = 10
# In a group, whose jobs wait for their machine once: Snakemake adds up the minutes of all its jobs.
MINUTES_IN_GROUP = 2
# Measured, per second: Pythia generates 1,700 events with top pairs; at least 50,000 events of 100
# bytes are read without compiled loops.
EVENTS_PER_MINUTE = 20_000
MB_PER_MINUTE = 60
# Programs that read a part of a dataset, which is independent of all other parts.
OF_PARTS = ("generate_events", "skim_events", "process_events", "fill_histograms")
# Programs that fetch files, need a whole dataset, or may run for a day: none is grouped.
ALONE = (
    "fetch_dataset",
    "fetch_corrections",
    "fetch_certificates",
    "fetch_workspace",
    "fetch_overlays",
    "split_dataset",
    "run_command",
)
# REANA does not retry jobs, and does not know sizes when it is asked.
REANA_MINUTES = {"fetch_dataset": 240, "run_command": 240, **dict.fromkeys(OF_PARTS, 120)}


def batch_group(program: str) -> str | None:
    """The group in which a profile may combine the jobs of a program: `parts`, or `results` for all
    later ones.
    """
    if program in ALONE:
        return None
    return "parts" if program in OF_PARTS else "results"


class JobResources:
    """Requests of the jobs of a run. A process with several jobs requests the time of each, and a
    job that was killed requests twice as much.

    Args:
        plan: Plan of the run.
        group_of: Function that returns the group of a program's jobs, if they are grouped.
        before_attempt: Function of rule, wildcards and attempt that may refuse an attempt.
    """

    def __init__(
        self,
        plan: Plan,
        group_of: Callable[[str], str | None],
        before_attempt: Callable[[str, Any, int], None],
    ) -> None:
        self._plan, self._group_of, self._before_attempt = plan, group_of, before_attempt
        self._sizes: dict[str, list[float]] = {}

    def __call__(self, program: str, dataset: str | None = None, jobs: int = 1) -> dict[str, Any]:
        """Resources of a rule, in the words of Snakemake (also used by Slurm), HTCondor and REANA.

        Args:
            program: Name of the program.
            dataset: Name of the dataset, or of the command, for a job on one.
            jobs: Number of jobs in a process.
        """

        def memory_mb(wildcards: Any, attempt: int, rulename: str = "") -> int:
            self._before_attempt(rulename, wildcards, attempt)
            asked = math.ceil(MEMORY_MB + self.megabytes(program, dataset))
            asked += int(MB_PER_MANIFEST_MB * sum(map(_size, self._plan.manifests)) / 1e6)
            return int(asked * 2 ** (attempt - 1))

        def minutes(wildcards: Any, attempt: int) -> int:
            waiting = MINUTES if self._group_of(program) is None else MINUTES_IN_GROUP
            work = jobs * self.minutes(program, dataset, int(wildcards.get("part", 0)))
            return int(math.ceil(waiting + work) * 2 ** (attempt - 1))

        return {
            "mem_mb": memory_mb,
            "runtime": minutes,
            # A profile cannot refer to `mem_mb`, and the plugin of HTCondor does not read it.
            "htcondor_request_mem_mb": memory_mb,
            "kubernetes_memory_limit": f"{MEMORY_MB}M",
            "kubernetes_cpu_request": "1",
            "kubernetes_cpu_limit": "1",
            "kubernetes_job_timeout": 60 * REANA_MINUTES.get(program, 30),
        }

    def megabytes(self, program: str, dataset: str | None) -> float:
        """Memory of a job that grows with its work, MB."""
        if program == "generate_events":
            return self._generated(dataset) * MB_PER_GENERATED_EVENT
        return self._limit_toys * MB_PER_TOY if program == "throw_toys" else 0

    def minutes(self, program: str, dataset: str | None, part: int) -> float:
        """Time of a job that grows with its work, minutes.

        Args:
            program: Name of the program.
            dataset: Name of the dataset, or of the command, for a job on one.
            part: Number of the part; 0 for a job on all parts.
        """
        if program == "throw_toys":
            return self._limit_toys / TOYS_PER_MINUTE
        if program == "run_toys":
            return self._plan.fitted_toys / TOYS_PER_MINUTE
        if program == "test_intervals":
            return self._plan.interval_toys / TOYS_PER_MINUTE
        if program == "generate_events":
            return self._generated(dataset) / EVENTS_PER_MINUTE
        return self._read_megabytes(program, str(dataset), part) / MB_PER_MINUTE

    def _read_megabytes(self, program: str, dataset: str, part: int) -> float:
        if program == "fetch_dataset":
            return sum(self._plan.fetched_sizes(dataset).values()) / 1e6
        if program == "run_command":
            return sum(map(_size, self._plan.command_inputs(dataset))) / 1e6
        return self._part_megabytes(dataset)[part] if program in OF_PARTS else 0

    def _part_megabytes(self, dataset: str) -> list[float]:
        """Size of the production files of each part of a dataset, MB; files still to be generated
        count as zero, as generating them takes longer. Declared sizes are not looked up: each batch
        job plans, and a dataset may have a million files.
        """
        if dataset not in self._sizes:
            jobs = self._plan.analysis.plain["datasets"][dataset].get("jobs_per_file", 1)
            self._sizes[dataset] = [
                self._megabytes(dataset, part["files"]) / jobs for part in self._plan.parts(dataset)
            ]
        return self._sizes[dataset]

    def _megabytes(self, dataset: str, files: Sequence[Any]) -> float:
        declared = [file["size"] for file in files if _declares_size(file)]
        others = [file for file in files if not _declares_size(file)]
        return sum([*declared, *map(_size, self._plan.file_paths(dataset, others))]) / 1e6

    def _generated(self, dataset: str | None) -> int:
        """Number of events that a job generates."""
        return int(self._plan.analysis.plain["datasets"][dataset]["generate"]["events"])

    @property
    def _limit_toys(self) -> int:
        """Number of toys per hypothesis and signal strength, for the limits of a signal."""
        return (self._plan.analysis.plain.get("limits") or {}).get("toys") or 0


def _declares_size(file: Any) -> bool:
    return not isinstance(file, str) and "size" in file


def _size(file: str) -> int:
    """Size of a file in bytes; 0 if it does not exist yet."""
    path = Path(file)
    return path.stat().st_size if path.is_file() else 0
