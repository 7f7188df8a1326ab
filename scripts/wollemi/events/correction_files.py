"""Check the corrections of an analysis against their files, where these exist, before any run."""

import gzip
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from wollemi.analysis.plain.corrections import MEASURED, local_path
from wollemi.analysis.plain.datasets import event_datasets
from wollemi.analysis.plain.sections import select_sections
from wollemi_engine.events.corrections import correction_call, read_correction_file
from wollemi_likelihood.base.errors import WollemiError
from wollemi_likelihood.base.nearest import did_you_mean

SECTIONS = ("skim_corrections", "fill_corrections")


def correction_problems(document: Mapping[str, Any]) -> list[str]:
    """Problems of the corrections that datasets use, each listed once.

    Args:
        document: Valid analysis as plain values.
    """
    problems: list[str] = []
    read: dict[str, Any] = {}
    for name, item in _used_corrections(document):
        path = local_path(document["name"], item["file"])
        if isinstance(item["file"], str) and not Path(path).is_file():
            problems.append(f"corrections.{name}.file: there is no file '{path}'")
        elif Path(path).is_file():
            problems += _file_problems(name, item, path, read)
    return list(dict.fromkeys(problems))


def _used_corrections(document: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for dataset in event_datasets(document):
        for corrections in select_sections(document, SECTIONS, dataset).values():
            # A correction measured by an earlier run may be out of date.
            yield from ((n, c) for n, c in corrections.items() if MEASURED not in c["file"])


def _file_problems(
    name: str, item: Mapping[str, Any], path: str, read: dict[str, Any]
) -> list[str]:
    try:
        if path not in read:
            read[path] = read_correction_file(Path(path))
        for changes in ({}, *item["variations"].values()):
            correction_call(name, item, changes, Path(path), read[path])
    except WollemiError as error:
        return [f"{error.where}: {error.problem}"]
    content = _content(Path(path))
    groups = {
        "inputs": item["inputs"],
        **{f"variations.{key}": changes for key, changes in item["variations"].items()},
    }
    return [
        (
            f"corrections.{name}.{group}.{key}: '{item['correction']}' of {path} does not know "
            f"'{value}'{did_you_mean(value, known)}"
        )
        for group, constants in groups.items()
        for key, value in constants.items()
        for known in [known_texts(content, item["correction"], key)]
        if isinstance(value, str) and known and value not in known
    ]


def _content(path: Path) -> Any:
    return json.loads(
        gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    )


def known_texts(content: Mapping[str, Any], correction: str, key: str) -> set[str]:
    """Texts that an input of a correction accepts; empty if it accepts any.

    Args:
        content: Content of a correction file as plain values.
        correction: Name of the correction or compound correction.
        key: Name of the input.
    """
    compounds = {item["name"]: item["stack"] for item in content.get("compound_corrections") or ()}
    names = compounds.get(correction, [correction])
    nodes = [
        node
        for item in content["corrections"]
        if item["name"] in names
        for node in _nodes(item["data"])
    ]
    choices = [
        node for node in nodes if node.get("nodetype") == "category" and node["input"] == key
    ]
    if any(node.get("default") is not None for node in choices):
        return set()
    return {str(choice["key"]) for node in choices for choice in node["content"]}


def _nodes(value: Any) -> Iterator[Mapping[str, Any]]:
    if isinstance(value, dict):
        yield value
    for item in (
        value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    ):
        yield from _nodes(item)
