"""Inputs and outputs of the jobs that read events: of one dataset, or of several whose files are
read once. Standard library only, for the Snakefile.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from wollemi.analysis.plain.parts import PART_FILES, file_path, is_made
from wollemi.analysis.plain.sections import section_digests
from wollemi.base.archived_files import present_path
from wollemi.plan.dataset_plan import DatasetPlan
from wollemi_likelihood.base.errors import WollemiError


def of_each(datasets: Iterable[str], items: Callable[[str], Mapping[str, Any]]) -> dict[str, Any]:
    """Items `name`, `name_1` and so on, for each of the datasets whose files a job reads once."""
    return {
        f"{name}_{number}" if number else name: value
        for number, dataset in enumerate(datasets)
        for name, value in items(dataset).items()
    }


def event_inputs(plan: DatasetPlan, corrections: str) -> Callable[[str], dict[str, list[str]]]:
    """A function that returns the inputs of a job in addition to a dataset's files."""

    def inputs(dataset: str) -> dict[str, list[str]]:
        return {
            "hooks": plan.column_hooks,
            "corrections": plan.corrections(corrections, dataset),
            "certified": plan.certified_blocks(dataset),
            "parts": plan.previewed_parts(dataset),
        }

    return inputs


def skim_outputs(dataset: str) -> dict[str, str]:
    """Outputs of the skim of a part of a dataset."""
    return {
        "events": f"results/{{analysis}}/events/{dataset}/{{part}}.parquet",
        "identifiers": f"results/{{analysis}}/identifiers/{dataset}/{{part}}.parquet",
        "cutflow": f"results/{{analysis}}/cutflow/{dataset}/skim_{{part}}.json",
        "record": f"results/{{analysis}}/records/skim_events/{dataset}_{{part}}.json",
    }


def process_outputs(dataset: str) -> dict[str, str]:
    """Outputs of the processing of a part of a dataset."""
    return {
        "identifiers": f"results/{{analysis}}/identifiers/{dataset}/{{part}}.parquet",
        "histograms": f"results/{{analysis}}/histograms/{dataset}/{{part}}.zip",
        "cutflow": f"results/{{analysis}}/cutflow/{dataset}/skim_{{part}}.json",
        "regions": f"results/{{analysis}}/cutflow/{dataset}/fill_{{part}}.json",
        "record": f"results/{{analysis}}/records/process_events/{dataset}_{{part}}.json",
    }


class Parts:
    """The parts of the datasets of a run. Each job gets only its own files, so that planning is
    linear in their number.

    Args:
        plan: Plan of the run.
    """

    def __init__(self, plan: DatasetPlan) -> None:
        self._plan = plan
        self._parts = {dataset: plan.parts(dataset) for dataset in plan.event_datasets}

    def files(self, dataset: str) -> Callable[[Any], list[str]]:
        """A function that returns the files of a part of a dataset, given its wildcards."""

        def files(wildcards: Any) -> list[str]:
            return self.present(dataset, self._part(dataset, wildcards)["files"])

        return files

    def present(self, dataset: str, files: Iterable[Any]) -> list[str]:
        """Paths of files of a dataset; if it tolerates unusable files, only existing or generated
        ones: the program reports the others.
        """
        if self._plan.has(dataset, "tolerate"):
            files = [
                file
                for file in files
                if is_made(file) or Path(present_path(file_path(file, ""))).exists()
            ]
        return self._plan.file_paths(dataset, files)

    def digest(self, dataset: str) -> Callable[[Any], str]:
        """A function that returns the digest of a part's file entries, as in the record: a change
        reruns this part only.
        """

        def digest(wildcards: Any) -> str:
            digests = section_digests({PART_FILES: self._part(dataset, wildcards)})
            return f"{PART_FILES}={digests[PART_FILES]}"

        return digest

    def _part(self, dataset: str, wildcards: Any) -> dict[str, Any]:
        parts, number = self._parts[dataset], int(wildcards.part)
        if number >= len(parts):
            problem = f"has no part {number}, only {len(parts)}"
            remedy = "compare its files with files_per_job: parts are counted from 0"
            raise WollemiError(f"dataset {dataset}", problem, remedy)
        return parts[number]
