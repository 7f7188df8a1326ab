"""A published model in place of datasets: the sections that an analysis can then omit.

Standard library only, on the plain YAML values.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from wollemi.analysis.models.analysis import Analysis
    from wollemi.analysis.models.workspace import ModelFile, PublishedFile

# Required sections that do not apply to such an analysis.
EMPTY = ("datasets", "variables", "regions", "model")


def expand_workspace(document: Any) -> Any:
    """The analysis with the sections that later code needs for a published model: signals as
    samples, otherwise empty.

    It runs before the check of the shape, so it leaves invalid values to the check.

    Args:
        document: Plain values.
    """
    workspace = document.get("workspace") if isinstance(document, Mapping) else None
    if not isinstance(workspace, Mapping):
        return document
    expanded = {**{name: {} for name in EMPTY}, "samples": signal_entries(workspace), **document}
    places = {name: values[0] for name, values in _points(workspace).items() if len(values) == 1}
    limits, placed = document.get("limits"), places.keys() == set(published_signals(workspace))
    if isinstance(limits, Mapping) and "points" not in limits and placed:
        expanded["limits"] = {**limits, "points": places}
    return expanded


def signal_entries(workspace: Mapping[str, Any]) -> dict[str, Any]:
    """The samples of an analysis of a published model."""
    return {name: {"role": "signal", "datasets": []} for name in published_signals(workspace)}


def published_signals(workspace: Mapping[str, Any]) -> list[str]:
    """Names of the signals of a published model, in the order of the file."""
    patches = workspace.get("patches")
    if not isinstance(patches, Mapping):
        names = [workspace.get("signal", "signal")]
    else:
        points = patches.get("points")
        names = list(points) if isinstance(points, (Mapping, list, tuple)) else []
    return [name for name in names if isinstance(name, str)]


def _points(workspace: Mapping[str, Any]) -> dict[str, list[Any]]:
    """Signal → the values of its patch, if the file has them."""
    patches = workspace.get("patches")
    points = patches.get("points") if isinstance(patches, Mapping) else None
    return (
        {name: list(values) for name, values in points.items() if isinstance(values, (list, tuple))}
        if isinstance(points, Mapping)
        else {}
    )


def on_two_axes(analysis: Analysis) -> bool:
    """Whether each signal of a published model has two values, so that there is a contour."""
    points = _points(analysis.plain.get("workspace") or {})
    return len(points) > 2 and all(len(values) == 2 for values in points.values())


def model_places(analysis: Analysis) -> list[tuple[str, ModelFile]]:
    """Published models, each with its place in the analysis."""
    workspace = analysis.workspace
    if workspace is None:
        return []
    if workspace.combine is None:
        return [("workspace", workspace)]
    return [(f"workspace.combine.{name}", entry) for name, entry in workspace.combine.items()]


def patch_places(analysis: Analysis) -> list[tuple[str, PublishedFile]]:
    """The patch set with its place in the analysis, if it is a separate file."""
    patches = analysis.workspace and analysis.workspace.patches
    is_file = patches and (patches.path is not None or patches.url is not None)
    return [("workspace.patches", patches)] if patches and is_file else []


def named_files(analysis: Analysis) -> list[str]:
    """Paths of the files that published models name: XML files of channels, ROOT files."""
    return [file for _, entry in model_places(analysis) for file in entry.files]


def published_paths(analysis: Analysis) -> list[tuple[str, str]]:
    """All local files of a published model, each with its place in the analysis."""
    models = model_places(analysis)
    places = [*models, *patch_places(analysis)]
    named = [(f"{place}.path", entry.path) for place, entry in places if entry.path]
    return [*named, *((f"{place}.files", file) for place, entry in models for file in entry.files)]


def fetched_files(analysis: Analysis) -> list[dict[str, Any]]:
    """Public files of a published model: `url`, `size` and `sha256` of each."""
    return [
        {key: file.plain[key] for key in ("url", "size", "sha256")}
        for _, file in [*model_places(analysis), *patch_places(analysis)]
        if file.url is not None
    ]


def published_path(run: str, file: Mapping[str, Any], folder: str = "published") -> str:
    """Path of a published file: as given, or as written by `fetch_workspace`.

    Args:
        run: Folder below `results`.
        file: Entry of the file.
        folder: Name of the folder of fetched files, in the run's folder.
    """
    if file.get("path") is not None:
        return str(file["path"])
    name = PurePosixPath(urlsplit(file["url"]).path).name
    return f"results/{run}/{folder}/{file['sha256'][:12]}/{name}"
