"""Checks of commands of other frameworks, with the datasets that they read and write. Standard
library only, like `wollemi.loading.all`.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from wollemi.analysis.plain.commands import (
    commands_in_circles,
    input_datasets,
)
from wollemi.analysis.plain.histogram_variations import varied_histograms
from wollemi_likelihood.base.nearest import unknown_names

if TYPE_CHECKING:
    from wollemi.analysis.models.analysis import Analysis
    from wollemi.analysis.models.datasets import Dataset, RemoteFile

# Keys of a dataset whose files a command can read.
_SOURCES = ("files", "manifest", "generate")


def check_commands(analysis: Analysis) -> list[str]:
    """Problems of the section `commands` and of the datasets that name a command, each as `path:
    problem`.

    Args:
        analysis: Analysis accepted by the schema, expanded.
    """
    problems = [
        problem
        for name, dataset in analysis.datasets.items()
        if dataset.command is not None
        for problem in _dataset_problems(analysis, name, dataset)
    ]
    circles = commands_in_circles(analysis.plain)
    for name in analysis.commands:
        problems += _command_problems(analysis, name)
        if name in circles:
            problems.append(
                f"commands.{name}.inputs: the command would read what is made of its outputs"
            )
    return problems


def _dataset_problems(analysis: Analysis, name: str, dataset: Dataset) -> Iterator[str]:
    command = dataset.command or ""
    unknown = unknown_names(f"datasets.{name}.command", [command], analysis.commands, "command")
    if unknown:
        yield from unknown
        return
    outputs = analysis.commands[command].outputs
    files = [_output(command, file) for file in dataset.files or ()]
    what = f"output of commands.{command}"
    yield from unknown_names(f"datasets.{name}.files", files, outputs, what)
    found = [_output(command, file) for file in files]
    for systematic, side, _, place in varied_histograms(analysis.plain, name, found):
        where = f"systematics.{systematic}.{side}"
        yield from unknown_names(where, [_output(command, place.file)], outputs, what)


def _output(command: str, file: str | RemoteFile) -> str:
    """Name of an output in the folder of its command."""
    text = file if isinstance(file, str) else file.url
    start = f"{command}/"
    return text[len(start) :] if text.startswith(start) else text


def _command_problems(analysis: Analysis, name: str) -> Iterator[str]:
    item, path, datasets = analysis.commands[name], f"commands.{name}", analysis.datasets
    inputs = input_datasets(analysis.plain, name)
    yield from unknown_names(f"{path}.inputs", inputs, datasets, "dataset")
    for dataset in inputs:
        if dataset in datasets and not any(datasets[dataset].plain.get(key) for key in _SOURCES):
            yield f"{path}.inputs: '{dataset}' has no files"
    if item.environment is not None:
        if item.container is not None:
            yield f"{path}: give at most one of environment, container"
        if PurePosixPath(item.environment).suffix not in (".yaml", ".yml"):
            yield f"{path}.environment: '{item.environment}' is not a .yaml file"
    # All of them are in one folder.
    names = [
        *(PurePosixPath(file).name for file in item.files),
        *(f"{dataset}.txt" for dataset in inputs),
        *item.outputs,
    ]
    for file in dict.fromkeys(names):
        if names.count(file) > 1:
            yield f"{path}: several of its files, lists of inputs and outputs are named '{file}'"
