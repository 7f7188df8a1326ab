"""Commands of other frameworks: the datasets whose files they read, and the datasets of their
outputs. Standard library only, on the plain YAML values.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from wollemi.analysis.plain.datasets import used_datasets
from wollemi.analysis.plain.queries import as_list

if TYPE_CHECKING:
    from wollemi.base.yaml import Document

FOLDER = "commands"  # of their outputs, below the results


def commands(document: Document) -> Mapping[str, Any]:
    """Name → entry."""
    return document.get("commands") or {}


def expand_commands(document: Document) -> dict[str, Any]:
    """The analysis in which the `files` of a command's dataset are its outputs,
    `<command>/<output>`: all of them, if the dataset names none.

    Args:
        document: Analysis accepted by the schema.
    """
    datasets = {
        name: {**item, "files": _outputs(document, item)} if item.get("command") else item
        for name, item in document["datasets"].items()
    }
    return {**document, "datasets": datasets}


def _outputs(document: Document, dataset: Mapping[str, Any]) -> list[Any]:
    command = dataset["command"]
    files = dataset.get("files") or as_list(commands(document).get(command, {}).get("outputs"))
    start = f"{command}/"
    return [
        file if not isinstance(file, str) or file.startswith(start) else f"{start}{file}"
        for file in files
    ]


def used_commands(document: Document) -> list[str]:
    """Commands that have to run, in the order of the analysis file: commands of used datasets, and
    of the datasets that these commands read.
    """
    found = _reached(document)[1]
    return [name for name in commands(document) if name in found]


def read_datasets(document: Document) -> list[str]:
    """Every dataset whose files are needed by the run or by its commands."""
    return _reached(document)[0]


def _reached(document: Document) -> tuple[list[str], list[str]]:
    """Datasets and commands behind the used datasets; unknown names are left out."""
    datasets, found = used_datasets(document), []
    for dataset in datasets:
        name = document["datasets"].get(dataset, {}).get("command")
        if name in commands(document) and name not in found:
            found.append(name)
            datasets += [
                read
                for read in input_datasets(document, name)
                if read not in datasets and read in document["datasets"]
            ]
    return datasets, found


def input_datasets(document: Document, command: str) -> list[str]:
    """Datasets whose files a command reads."""
    return as_list(commands(document)[command].get("inputs"))


def command_paths(document: Document) -> list[tuple[str, str]]:
    """Files and environments of commands, each with its place in the analysis."""
    found = []
    for name, item in commands(document).items():
        found += [(f"commands.{name}.files", str(file)) for file in as_list(item.get("files"))]
        if item.get("environment") is not None:
            found.append((f"commands.{name}.environment", str(item["environment"])))
    return found


def commands_in_circles(document: Document) -> list[str]:
    """Commands that read their own outputs, through other commands."""
    makers = {name: item.get("command") for name, item in document["datasets"].items()}
    before = {
        name: {makers.get(dataset) for dataset in input_datasets(document, name)} - {None}
        for name in commands(document)
    }
    return [name for name in before if name in _behind(before, name)]


def _behind(before: Mapping[str, Iterable[Any]], name: str) -> set[Any]:
    found: set[Any] = set()
    pending = list(before[name])
    while pending:
        one = pending.pop()
        if one not in found:
            found.add(one)
            pending += before.get(one, ())
    return found
