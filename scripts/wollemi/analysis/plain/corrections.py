"""Corrections in the expressions of a job on a dataset, and the files that contain them.

Standard library only, on plain values, because the Snakefile uses it as well.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import PurePosixPath
from types import MappingProxyType
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from wollemi.analysis.plain.objects import (
    event_names_of,
    neighbors,
    own_expressions,
    sources,
)
from wollemi_likelihood.expressions.syntax import called_corrections, used_names

if TYPE_CHECKING:
    from wollemi.base.yaml import Document

KINDS = ("data", "simulation")
MEASURED = "measured"  # by this run
TARGET_NAME = "pileup"  # default name of a histogram, as in `pileupCalc.py`
NO_CHANGES: Mapping[str, Iterable[str]] = MappingProxyType({})


def reached_texts(
    document: Document, texts: Iterable[str], changes: Mapping[str, Iterable[str]]
) -> list[str]:
    """Expressions, and the expressions of all columns and objects behind their names.

    Args:
        document: Analysis, as plain values.
        texts: Expressions on events.
        changes: Object → expressions of the systematics that act on it.
    """
    reached = list(texts)
    return [
        *reached,
        *(
            text
            for name in reached_names(document, reached, changes)
            for text in _own_texts(document, name, changes)
        ),
    ]


def reached_names(
    document: Document, texts: Iterable[str], changes: Mapping[str, Iterable[str]] = NO_CHANGES
) -> list[str]:
    """Columns and objects behind the names in expressions, followed recursively.

    Args:
        document: Analysis, as plain values.
        texts: Expressions on events.
        changes: Object → expressions of the systematics that act on it.
    """
    objects, columns = document.get("objects", {}), document.get("columns", {})
    pending = [name for text in texts for name in used_names(text)]
    seen: dict[str, None] = {}
    while pending:
        name = pending.pop().partition(".")[0]
        if name in seen or not (name in columns or name in objects):
            continue
        seen[name] = None
        if name in columns:
            column = columns[name]
            pending += used_names(column) if isinstance(column, str) else column["uses"]
        else:
            pending += [*sources(objects[name]), *neighbors(objects[name])]
            pending += event_names_of(name, objects, changes)
    return list(seen)


def _own_texts(document: Document, name: str, changes: Mapping[str, Iterable[str]]) -> list[str]:
    """Expressions of a column, or on the fields of an object."""
    column = document.get("columns", {}).get(name)
    if column is not None:
        return [column] if isinstance(column, str) else []
    return [*own_expressions(document["objects"][name]).values(), *changes.get(name, ())]


def reached_corrections(
    document: Document, dataset: str, is_data: bool, texts: Iterable[str]
) -> dict[str, Any]:
    """Settings for a dataset of the corrections that expressions call, in the order of the section.

    Args:
        document: Analysis, as plain values.
        dataset: Name of the dataset.
        is_data: Whether the dataset is real data.
        texts: All expressions of a job, including the expressions behind names.
    """
    called = {name.partition(".")[0] for text in texts for name, _ in called_corrections(text)}
    era = document["datasets"][dataset].get("era")
    kind = KINDS[0] if is_data else KINDS[1]
    return {
        name: resolved_correction(item, era, kind)
        for name, item in document.get("corrections", {}).items()
        if name in called
    }


def resolved_correction(item: Mapping[str, Any], era: Any, kind: str) -> dict[str, Any]:
    """One correction without its settings for other eras and kinds.

    Args:
        item: Settings of the correction.
        era: Era of the dataset, or None.
        kind: Kind `data` or `simulation`.

    Raises:
        KeyError: The correction has no setting for this era or kind.
    """
    constants = {
        key: {name: resolved(value, era, kind) for name, value in values.items()}
        for key, values in (("inputs", item["inputs"]), *(item.get("variations") or {}).items())
    }
    called = resolved(item["correction"], era, kind)
    return {
        "file": {MEASURED: called} if item.get(MEASURED) else resolved(item["file"], era, kind),
        "correction": called,
        "inputs": constants.pop("inputs"),
        "variations": constants,
    }


def resolved(value: Any, era: Any, kind: str) -> Any:
    """The value of a setting for a dataset, if it is given by era or kind.

    Raises:
        KeyError: The setting has no value for this era or kind.
    """
    while is_choice(value):
        value = value[kind] if set(value) <= set(KINDS) else value[str(era)]
    return value


def is_choice(value: Any) -> bool:
    """Whether a setting is given by era or kind; a public file is also a mapping."""
    return isinstance(value, Mapping) and "url" not in value


def public_files(document: Document) -> list[Any]:
    """Files given by URL, of corrections and of the distributions for measuring them, in the order
    of the section, without repetition.
    """
    files: list[Any] = []
    pending: list[Any] = []
    for item in document.get("corrections", {}).values():
        measured = item.get(MEASURED)
        pending += target_files(measured) if measured else [item["file"]]
    while pending:
        file = pending.pop(0)
        if is_choice(file):
            pending = [*file.values(), *pending]
        elif isinstance(file, Mapping) and file not in files:
            files.append(file)
    return files


def target_histograms(measured: Mapping[str, Any]) -> dict[str, Any]:
    """Variation → its distribution in data, for pile-up that is measured with a target.

    Args:
        measured: Settings of a measurement.
    """
    return {key: item for key, item in (measured.get("target") or {}).items() if item}


def target_files(measured: Mapping[str, Any]) -> list[Any]:
    """Files of these histograms in order, without repetition, for `measure_correction --target`."""
    files: list[Any] = []
    for item in target_histograms(measured).values():
        if item["file"] not in files:
            files.append(item["file"])
    return files


def local_path(run: str, file: Any) -> str:
    """Path of a file of corrections: as given, or as written by `fetch_corrections` or
    `measure_correction`.

    Equal names are common (`muon_Z.json.gz` of each year), so its folder is named by the checksum.

    Args:
        run: Folder below `results`.
        file: Path, public file, or name of a measured correction.
    """
    if isinstance(file, str):
        return file
    if MEASURED in file:
        return f"results/{run}/corrections/{file[MEASURED]}.json"
    return f"results/{run}/corrections/{file['sha256'][:12]}/{PurePosixPath(urlsplit(file['url']).path).name}"  # noqa: E501


def correction_files(corrections: Mapping[str, Mapping[str, Any]]) -> list[Any]:
    """Files of resolved corrections in order, without repetition, for a job's `--corrections`."""
    files: list[Any] = []
    for item in corrections.values():
        if item["file"] not in files:
            files.append(item["file"])
    return files
