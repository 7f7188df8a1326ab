"""Do the settings for event integrity in an analysis file make sense? Standard library only, like
`analysis.checks.all`.
"""

from __future__ import annotations

import posixpath
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from wollemi.analysis.plain.datasets import used_datasets
from wollemi.analysis.plain.needed_columns import needed_branches
from wollemi.analysis.plain.queries import as_list, sample_datasets
from wollemi.base.nearest import did_you_mean

if TYPE_CHECKING:
    Document = Mapping[str, Any]

IDENTIFIERS = ("run", "luminosityBlock", "event")
# Settings by which two datasets may use the same file without counting its events twice: a
# different selection, weight, period or luminosity.
_DISTINGUISHING = ("tree", "weight", "histograms", "names", "era")


def check_integrity(document: Document) -> list[str]:
    """Problems of tolerances, ranges and files that appear twice, each as `path: problem`.

    Args:
        document: an analysis whose shape the schema has accepted and whose names are known.
    """
    used = [name for name in used_datasets(document) if name in document["datasets"]]
    data = set(sample_datasets(document, "data"))
    problems = []
    for name in used:
        problems += _tolerance_problems(name, document["datasets"][name], name in data)
    return (
        problems
        + _check_repeated_files(document, used, data)
        + _check_repeated_histograms(document, used, data)
    )


def check_ranges(document: Document) -> list[str]:
    """Ranges and exceptions of branches that no expression uses, or that do not increase.

    Args:
        document: an analysis whose expressions can be parsed.
    """
    used = [name for name in used_datasets(document) if name in document["datasets"]]
    branches = {name: {*needed_branches(document, name), *IDENTIFIERS} for name in used}
    everywhere = set().union(*branches.values()) if branches else set()
    places = [("checks", document.get("checks") or {}, everywhere)]
    places += [
        (f"datasets.{name}.checks", document["datasets"][name].get("checks") or {}, branches[name])
        for name in used
    ]
    problems = []
    for path, checks, known in places:
        ranges, exceptions = checks.get("ranges") or {}, checks.get("may_be_nan") or []
        problems += _unused(f"{path}.ranges", ranges, known)
        problems += _unused(
            f"{path}.may_be_nan", [exceptions] if isinstance(exceptions, str) else exceptions, known
        )
        problems += [
            f"{path}.ranges.{name}: {pair}: must increase"
            for name, pair in ranges.items()
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


def _tolerance_problems(name: str, dataset: Mapping[str, Any], is_data: bool) -> list[str]:
    problems = []
    path = f"datasets.{name}"
    if is_data and dataset.get("repeated_numbers"):
        problems.append(
            f"{path}.repeated_numbers: real events have numbers of their own; remove it"
        )
    problems += _share_problems(path, dataset)
    if "tolerate" not in dataset:
        return problems
    if is_data:
        problems.append(
            f"{path}.tolerate: data must be complete, nothing of them may be left out; remove it"
        )
    elif dataset.get("histograms") or not (dataset.get("files") or dataset.get("manifest")):
        problems.append(f"{path}.tolerate: only files of events may be left out")
    elif dataset.get("sum_of_weights") is not None:
        problems.append(
            f"{path}.tolerate: the part of a lost file in sum_of_weights is not known; "
            "remove one of them"
        )
    elif dataset.get("normalization") == "none":
        problems.append(
            f"{path}.tolerate: with normalization: none a lost file would lower the yields; "
            "remove one of them"
        )
    return problems


def _share_problems(path: str, dataset: Mapping[str, Any]) -> list[str]:
    """Several jobs share a file: a file is then read or not as a whole, and is no histogram."""
    if dataset.get("jobs_per_file", 1) == 1:
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
        if dataset.get(key) not in (None, 1)
    ]


def _check_repeated_files(document: Document, used: list[str], data: set[str]) -> list[str]:
    """Files whose events would count twice: within one list, one signal, the backgrounds, or the
    data. Two datasets may share one if each selects its own events.
    """
    first: dict[str, dict[str, str]] = {}
    problems = []
    for name in used:
        dataset = document["datasets"][name]
        keys = ("tree",) if name in data else _DISTINGUISHING
        view = repr([_sum_of(document, name), *(dataset.get(key) for key in keys)])
        own, chosen = set(), _chosen(dataset, name in data)
        for index, file in enumerate(dataset.get("files") or ()):
            path = f"datasets.{name}.files.{index}"
            shown = file if isinstance(file, str) else file["url"]
            identity = _identity(file)
            others = first.setdefault(f"{view} {identity}", {})
            if identity in own:
                problems.append(f"{path}: '{shown}' is listed twice; its events would count twice")
            else:
                problems += [
                    f"{path}: '{shown}' is a file of '{other}', too; its events would count twice"
                    for other, theirs in others.items()
                    if not (chosen and theirs and chosen != theirs)
                ][:1]
            own.add(identity)
            others.setdefault(name, chosen)
    return problems


def _chosen(dataset: Mapping[str, Any], is_data: bool) -> str:
    """What a dataset takes of the events of its files; empty for all of them. Triggers share events
    of simulation, and those of data are compared by their numbers.
    """
    keys = ("selection", "trigger", "not_trigger") if is_data else ("selection",)
    given = [(dataset.get("slice") or {}).get("selection"), *(dataset.get(key) for key in keys)]
    return repr(given) if any(given) else ""


def _check_repeated_histograms(document: Document, used: list[str], data: set[str]) -> list[str]:
    """Histograms in files that would count twice: within one list, or in two datasets that are
    summed.
    """
    first: dict[tuple[str, ...], str] = {}
    problems = []
    for name in used:
        dataset = document["datasets"][name]
        view = repr([_sum_of(document, name), None if name in data else dataset.get("era")])
        for region, keys in (dataset.get("histograms") or {}).items():
            path, paths = f"datasets.{name}.histograms.{region}", as_list(keys)
            for key in dict.fromkeys(paths):
                if paths.count(key) > 1:
                    problems.append(
                        f"{path}: '{key}' is listed twice; its events would count twice"
                    )
                places = [
                    (view, _identity(file), region, key) for file in dataset.get("files") or ()
                ]
                others = {first.setdefault(place, name) for place in places} - {name}
                # Datasets with equal lists of histograms are reported through their files.
                if any(
                    document["datasets"][other]["histograms"] != dataset["histograms"]
                    for other in others
                ):
                    problems.append(
                        f"{path}: '{key}' is a histogram of '{min(others)}', too; its "
                        "events would count twice"
                    )
    return problems


def _identity(file: Any) -> str:
    """Identity of an entry of `files`, the same for two entries of one file."""
    return posixpath.normpath(file) if isinstance(file, str) else str(file["sha256"])


def _sum_of(document: Document, dataset: str) -> str:
    """The sum that a dataset enters: the data, all backgrounds, a signal; only itself if it varies
    a sample.
    """
    for name, sample in document["samples"].items():
        if dataset in as_list(sample.get("datasets")):
            return name if sample["role"] == "signal" else str(sample["role"])
    return f"dataset {dataset}"
