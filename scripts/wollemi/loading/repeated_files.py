"""Checks for events that would count twice: by names in the analysis and, for local files, by
content. Standard library only, like `wollemi.loading.all`.

Whether two different selections of a file are disjoint cannot be checked here: their events are
compared one by one when they are read (`wollemi.events.split_account`).
"""

from __future__ import annotations

import ast
import json
import posixpath
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from wollemi.analysis.plain.dataset_selections import origin
from wollemi.analysis.plain.datasets import used_datasets
from wollemi.analysis.plain.parts import listed_files
from wollemi.analysis.plain.queries import as_list

if TYPE_CHECKING:
    from wollemi.analysis.models.analysis import Analysis
    from wollemi.analysis.models.datasets import Dataset

# Settings by which two simulated datasets may use a file without counting its events twice: another
# weight, period or luminosity.
_DISTINGUISHING = ("weight", "names", "era")
_TWICE = "its events would count twice"


@dataclass(frozen=True)
class Use:
    """A dataset in a sample.

    Args:
        dataset: Name of the dataset.
        sample: Name of the sample; empty for a dataset outside all samples.
        role: Role `data`, `background` or `signal`; empty for a dataset outside all samples.
        terms: Conditions that all its events fulfil.
        settings: Settings of the dataset, by which two datasets may use the same file.
    """

    dataset: str
    sample: str
    role: str
    terms: frozenset[str]
    settings: Dataset

    def adds_to(self, other: Use, keys: tuple[str, ...] = ("era",)) -> bool:
        """Whether a model adds or compares both. Different signals are never added: one may be a
        part of another.

        Args:
            other: Another use.
            keys: Settings of simulated datasets that must be the same.
        """
        if self.role == other.role == "signal" and self.sample != other.sample:
            return False
        if "data" in (self.role, other.role):
            # A background from data, such as fakes, uses the same file with other (loose) objects.
            keys = () if self.role == other.role else ("names",)
        return self._agrees(other, keys)

    def repeats(self, other: Use) -> bool:
        """Whether both certainly have common events of a common file that would count twice."""
        always = self._agrees(other, ("tree", "histograms"))
        overlaps = self.terms <= other.terms or other.terms <= self.terms
        return always and overlaps and self.adds_to(other, _DISTINGUISHING)

    def _agrees(self, other: Use, keys: tuple[str, ...]) -> bool:
        own, given = self.settings.plain, other.settings.plain
        return all(own.get(key) == given.get(key) for key in keys)

    def consequence(self, other: Use) -> str:
        """The consequence for common events, in words."""
        roles = sorted({self.role, other.role})
        return _TWICE if len(roles) == 1 else f"its events would be both {' and '.join(roles)}"


class _File(NamedTuple):
    place: str
    shown: str
    identity: str


def check_repeated_files(
    analysis: Analysis,
    manifests: Mapping[str, Any] | None = None,
    contents: Mapping[str, str] | None = None,
) -> list[str]:
    """Files, and datasets in several samples, whose events would count twice, in one sample or in
    two that a model adds or compares, each as `path: problem`.

    Args:
        analysis: Analysis accepted by the schema, with known names.
        manifests: Manifest → its content.
        contents: Local path → SHA-256 or another identity of its content, if known.
    """
    problems: list[str] = []
    datasets: dict[str, list[Use]] = {}
    files: dict[str, list[tuple[Use, str]]] = {}
    for use in _uses(analysis):
        earlier = datasets.setdefault(use.dataset, [])
        problems += [_in_two_samples(use, other) for other in earlier if use.repeats(other)][:1]
        listed = [] if earlier else list(_files(use, manifests or {}, contents or {}))
        problems += _listed_twice(listed)
        for file in {file.identity: file for file in reversed(listed)}.values():
            known = files.setdefault(file.identity, [])
            problems += [
                _in_two_datasets(analysis, use, other, file, shown)
                for other, shown in known
                if use.repeats(other)
            ][:1]
            known.append((use, file.shown))
        earlier.append(use)
    return problems


def check_repeated_histograms(
    analysis: Analysis, contents: Mapping[str, str] | None = None
) -> list[str]:
    """Histograms in files that would count twice: within one list, or in two datasets that a model
    adds or compares. Datasets with equal lists are reported through their files.

    Args:
        analysis: Analysis accepted by the schema, with known names.
        contents: Identities of contents; see `check_repeated_files`.
    """
    problems = []
    first: dict[tuple[str, str, str], dict[str, Use]] = {}
    for use in _uses(analysis):
        files = {file.identity for file in _files(use, {}, contents or {})}
        for region, keys in (use.settings.plain.get("histograms") or {}).items():
            path, paths = f"datasets.{use.dataset}.histograms.{region}", as_list(keys)
            for key in dict.fromkeys(paths):
                if paths.count(key) > 1:
                    problems.append(f"{path}: '{key}' is listed twice; {_TWICE}")
                places = [first.setdefault((file, region, key), {}) for file in files]
                others = [
                    other
                    for place in places
                    for other in place.values()
                    if use.adds_to(other) and use.settings.histograms != other.settings.histograms
                ]
                if others:
                    other = min(others, key=lambda one: one.dataset)
                    consequence = use.consequence(other)
                    problems.append(
                        f"{path}: '{key}' is also a histogram of '{other.dataset}'; {consequence}"
                    )
                for place in places:
                    place.setdefault(use.dataset, use)
    return problems


def local_files(analysis: Analysis, manifests: Mapping[str, Any]) -> list[str]:
    """Paths of all files whose content is not declared.

    Args:
        analysis: Analysis, expanded.
        manifests: Manifest → its content.
    """
    listed = (_entries(use, manifests) for use in _uses(analysis))
    return [file for files in listed for file in files if isinstance(file, str)]


def declared_sizes(analysis: Analysis, manifests: Mapping[str, Any]) -> set[int]:
    """Sizes in bytes of all files whose content is declared."""
    listed = (_entries(use, manifests) for use in _uses(analysis))
    known = (file for files in listed for file in files if not isinstance(file, str))
    return {file["size"] for file in known if "sha256" in file}


def _uses(analysis: Analysis) -> Iterator[Use]:
    for name in used_datasets(analysis.plain):
        item = analysis.datasets.get(name)
        if item is None:
            continue
        samples = {
            sample: content.role
            for sample, content in analysis.samples.items()
            if name in content.datasets and not content.estimate
        }
        for sample, role in samples.items():
            yield Use(name, sample, role, _terms(item, role == "data"), item)


def _terms(item: Dataset, is_data: bool) -> frozenset[str]:
    """Conditions on the events of a dataset. Triggers of simulated datasets share events; data
    events are compared by their numbers.
    """
    texts = [item.slice.selection if item.slice else None, item.selection]
    found = [term for text in texts if text for term in _conjuncts(text)]
    keys = ("trigger", "not_trigger") if is_data else ()
    found += [json.dumps([key, getattr(item, key)]) for key in keys if getattr(item, key)]
    return frozenset(found)


def _conjuncts(text: str) -> list[str]:
    """Conditions joined by `and`, in any notation."""
    try:
        pending = [ast.parse(text.strip(), mode="eval").body]
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return [text]  # reported with all other expressions
    found = []
    while pending:
        node = pending.pop()
        if isinstance(node, ast.BoolOp) and isinstance(node.op, ast.And):
            pending += node.values
        else:
            found.append(ast.dump(node))
    return found


def _entries(use: Use, manifests: Mapping[str, Any]) -> list[Any]:
    """Entries of a dataset's files that are known before a run. Equal seeds of generated events are
    refused elsewhere.
    """
    if use.settings.command is not None:
        return []
    manifest = use.settings.manifest
    return listed_files(use.settings.plain, None if manifest is None else manifests.get(manifest))


def _files(use: Use, manifests: Mapping[str, Any], contents: Mapping[str, str]) -> Iterator[_File]:
    where = f"datasets.{use.dataset}"
    for index, file in enumerate(_entries(use, manifests)):
        place = (
            f"{where}.manifest" if use.settings.manifest is not None else f"{where}.files.{index}"
        )
        if isinstance(file, str):
            path = posixpath.normpath(file)
            yield _File(place, file, contents.get(file, path))
        elif "sha256" in file:
            yield _File(place, file.get("url") or file["path"], file["sha256"])


def _listed_twice(files: list[_File]) -> Iterator[str]:
    first: dict[str, str] = {}
    for file in files:
        if file.identity not in first:
            first[file.identity] = file.shown
            continue
        same = _is_same_path(first[file.identity], file.shown)
        reason = "is listed twice" if same else f"has the same content as '{first[file.identity]}'"
        yield f"{file.place}: '{file.shown}' {reason}; {_TWICE}"


def _is_same_path(first: str, second: str) -> bool:
    return posixpath.normpath(first) == posixpath.normpath(second)


def _in_two_samples(use: Use, other: Use) -> str:
    return (
        f"samples.{use.sample}: '{use.dataset}' is also a dataset of '{other.sample}'; "
        f"{use.consequence(other)}"
    )


def _in_two_datasets(analysis: Analysis, use: Use, other: Use, file: _File, shown: str) -> str:
    consequence = use.consequence(other)
    if origin(analysis.plain, use.dataset) == origin(analysis.plain, other.dataset):
        return (
            f"samples.{use.sample}: takes events of '{origin(analysis.plain, use.dataset)}' "
            f"that '{other.sample}' also takes; {consequence}; give each its own selection"
        )
    if _is_same_path(shown, file.shown):
        reason = f"is also a file of '{other.dataset}'"
    else:
        reason = f"has the same content as '{shown}' of '{other.dataset}'"
    return f"{file.place}: '{file.shown}' {reason}; {consequence}"
