"""The site's information about files: downloads with their kind and digest, and the provenance of
the results.
"""

import shutil
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import Any

from wollemi.base.digests import file_digest
from wollemi.base.json_files import read_json
from wollemi.results.products import KINDS
from wollemi_likelihood.base.errors import WollemiError

# Folders of wide interest come first, with their titles; the others follow.
FIRST = {
    "likelihood": "Likelihood",
    "hepdata": "HEPData",
    "simplified": "Simplified results",
    "recast": "RECAST",
}


def download_folders(paths: Iterable[str], folder: Path) -> list[dict[str, Any]]:
    """Files to download by folder, with their content and the programs that read them.

    Args:
        paths: Paths relative to the folder, as they will be linked.
        folder: Folder that contains them now.

    Returns:
        Folders, each with `title`, `id`, `about`, `tool`, and `files` with `path`, `name`, `about`,
        `size` in bytes and `sha256`.
    """
    groups: dict[str, list[str]] = {}
    for path in paths:
        groups.setdefault(PurePosixPath(path).parts[0] if "/" in path else "", []).append(path)
    return [_folder(name, sorted(groups[name]), folder) for name in sorted(groups, key=_place)]


def _place(folder: str) -> tuple[int, str]:
    return (list(FIRST).index(folder) if folder in FIRST else len(FIRST), folder)


def _folder(name: str, paths: Sequence[str], folder: Path) -> dict[str, Any]:
    files = [_file(path, name, folder / path) for path in paths]
    about, tool = KINDS.get(f"{name}/*", ("", "")) if name else ("", "")
    title = FIRST.get(name) or name.capitalize() or "Numbers"
    return {
        "id": name or "numbers",
        "title": title,
        "about": _sentence(about),
        "tool": tool.rstrip("."),
        "files": files,
    }


def _sentence(text: str) -> str:
    return f"{text[0].upper()}{text[1:]}." if text else ""


def _file(path: str, folder: str, source: Path) -> dict[str, Any]:
    name, (about, _) = path.removeprefix(f"{folder}/"), KINDS.get(path, ("", ""))
    return {
        "path": path,
        "name": name,
        "about": about,
        "size": source.stat().st_size,
        "sha256": file_digest(source),
    }


def provenance(records: Sequence[Path]) -> dict[str, Any]:
    """Provenance of the results, from the records of jobs.

    Returns:
        Dictionary with `jobs` (name, sections, numbers of files, digest), `sections` and
        `environment` (name → digest), `packages` (name → version, or several), `analysis_file`.
    """
    contents = {path.stem: read_json(path) for path in records}
    named = [item["analysis"] for item in contents.values() if "analysis" in item]
    return {
        "jobs": [_job(name, item) for name, item in contents.items()],
        "sections": _merged(item.get("settings", {}) for item in contents.values()),
        "environment": _merged(item["environment"] for item in contents.values()),
        "packages": _merged(item["packages"] for item in contents.values()),
        "analysis_file": named[0],
    }


def _job(name: str, record: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "name": name,
        "sections": sorted(record.get("settings", ())),
        "read": len(record["inputs"]),
        "made": len(record["outputs"]),
        "code": len(record["code"]),
        "digest": record["digest"],
    }


def _merged(mappings: Iterable[Mapping[str, str]]) -> dict[str, str]:
    """Name → value; where mappings differ, all values."""
    found: dict[str, set[str]] = {}
    for mapping in mappings:
        for name, value in mapping.items():
            found.setdefault(name, set()).add(value)
    return {name: ", ".join(sorted(found[name])) for name in sorted(found)}


def copy_files(sources: Sequence[Path], targets: Sequence[Path]) -> None:
    """Copy files one by one.

    Raises:
        WollemiError: The numbers of sources and targets differ.
    """
    if len(sources) != len(targets):
        problem = f"{len(sources)} files to copy, but names for {len(targets)}"
        raise WollemiError("copies", problem, "give one name for each file, in the same order")
    for source, target in zip(sources, targets, strict=True):
        shutil.copyfile(source, target)
