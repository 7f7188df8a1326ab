"""Checks of the settings for event integrity. Standard library only, like `loading.all`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wollemi.analysis.plain.datasets import used_datasets
from wollemi.analysis.plain.needed_columns import needed_branches
from wollemi.analysis.plain.queries import sample_datasets
from wollemi.loading.repeated_files import (
    check_repeated_files,
    check_repeated_histograms,
)
from wollemi_likelihood.base.nearest import did_you_mean

if TYPE_CHECKING:
    from wollemi.analysis.models.analysis import Analysis
    from wollemi.analysis.models.datasets import Dataset

IDENTIFIERS = ("run", "luminosityBlock", "event")


def check_integrity(analysis: Analysis) -> list[str]:
    """Problems of tolerances, ranges and repeated files, each as `path: problem`.

    Args:
        analysis: Analysis accepted by the schema, with known names.
    """
    used = [name for name in used_datasets(analysis.plain) if name in analysis.datasets]
    data = set(sample_datasets(analysis, "data"))
    problems = []
    for name in used:
        problems += _tolerance_problems(name, analysis.datasets[name], name in data)
    return problems + check_repeated_files(analysis) + check_repeated_histograms(analysis)


def check_ranges(analysis: Analysis) -> list[str]:
    """Problems of ranges and exceptions: branches without any use, ranges that do not increase.

    Args:
        analysis: Analysis whose expressions can be parsed.
    """
    used = [name for name in used_datasets(analysis.plain) if name in analysis.datasets]
    branches = {name: {*needed_branches(analysis.plain, name), *IDENTIFIERS} for name in used}
    everywhere = set().union(*branches.values()) if branches else set()
    places = [("checks", analysis.checks, everywhere)]
    places += [
        (f"datasets.{name}.checks", analysis.datasets[name].checks, branches[name]) for name in used
    ]
    problems = []
    for path, checks, known in places:
        problems += _unused(f"{path}.ranges", checks.ranges, known)
        problems += _unused(f"{path}.may_be_nan", checks.may_be_nan, known)
        problems += [
            f"{path}.ranges.{name}: {checks.plain['ranges'][name]}: must increase"
            for name, pair in checks.ranges.items()
            if pair[0] >= pair[1]
        ]
    return problems


def _unused(path: str, names: Any, known: set[str]) -> list[str]:
    unknown = (name for name in names if name not in known)
    return [
        (
            f"{path}: '{name}' is not a branch that an expression "
            f"uses{did_you_mean(name, sorted(known))}"
        )
        for name in unknown
    ]


def _tolerance_problems(name: str, dataset: Dataset, is_data: bool) -> list[str]:
    problems = []
    path = f"datasets.{name}"
    if is_data and dataset.repeated_numbers:
        problems.append(
            f"{path}.repeated_numbers: real events have numbers of their own; remove it"
        )
    problems += _share_problems(path, dataset)
    if "tolerate" not in dataset.plain:
        return problems
    if is_data:
        problems.append(
            f"{path}.tolerate: data must be complete, nothing of them may be left out; remove it"
        )
    elif dataset.histograms or not (dataset.files or dataset.manifest):
        problems.append(f"{path}.tolerate: only files of events may be left out")
    elif dataset.sum_of_weights is not None:
        problems.append(
            f"{path}.tolerate: the part of a lost file in sum_of_weights is not known; "
            "remove one of them"
        )
    elif dataset.normalization == "none":
        problems.append(
            f"{path}.tolerate: with normalization: none a lost file would lower the yields; "
            "remove one of them"
        )
    return problems


def _share_problems(path: str, dataset: Dataset) -> list[str]:
    """Problems of a file shared by several jobs: settings that need one job per file."""
    if dataset.jobs_per_file == 1:
        return []
    where = f"{path}.jobs_per_file"
    excluded = {
        "files_per_job": "a job reads several files, or several jobs share one",
        "tolerate": "of a file that one job leaves out the others would count their share",
        "histograms": "files of histograms are read by one job",
        "draw": "pseudo-data have no files",
    }
    return [
        f"{where}: with {key}: {reason}; remove one of them"
        for key, reason in excluded.items()
        if getattr(dataset, key) not in (None, 1)
    ]
