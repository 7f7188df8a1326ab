"""Undeclared files that commands of other frameworks refer to by absolute path."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from wollemi.analysis.plain.commands import commands, input_datasets
from wollemi.analysis.plain.queries import as_list
from wollemi.base.whole_files import is_file
from wollemi.job.watched_commands import Reads
from wollemi.loading.manifests import read_manifest

_PATH = re.compile(r"(?<![\w./:}-])(?:~|\$HOME|\$\{HOME\})?(?:/[\w.+@%=,-]+)+")
_LONGEST = 1_000_000  # bytes of a script; longer files are data


def hidden_paths(document: Mapping[str, Any]) -> list[str]:
    """Files of this machine named in the lines or scripts of commands, each as `path: problem`.

    Args:
        document: Analysis that the schema has accepted.
    """
    return [problem for name in commands(document) for problem in _problems(document, name)]


def _problems(document: Mapping[str, Any], name: str) -> Iterator[str]:
    item = commands(document)[name]
    files = [Path(file) for file in as_list(item.get("files")) if is_file(file)]
    reads = Reads(Path(".run"), [*files, *_dataset_files(document, name)])
    texts = {"run": str(item["run"])}
    for path in files:
        if path.stat().st_size <= _LONGEST:
            texts[f"files: {path}"] = path.read_text(encoding="utf-8", errors="replace")
    for place, text in texts.items():
        for found in dict.fromkeys(_PATH.findall(text)):
            file = Path(os.path.expandvars(found)).expanduser()
            if is_file(file) and not reads.allows(str(file)):
                yield (
                    f"commands.{name}.{place}: names '{found}', which is not declared: list it in "
                    f"commands.{name}.files or in a dataset of its inputs"
                )


def _dataset_files(document: Mapping[str, Any], command: str) -> Iterator[Path]:
    for name in input_datasets(document, command):
        dataset = document["datasets"].get(name, {})
        yield from (Path(file) for file in dataset.get("files") or () if isinstance(file, str))
        manifest = dataset.get("manifest")
        if manifest is not None and is_file(manifest):
            yield from (Path(file.path) for file in read_manifest(Path(manifest)).files)
