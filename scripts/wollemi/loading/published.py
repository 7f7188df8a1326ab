"""Checks of the settings for a published model. Standard library only, like
`wollemi.loading.all`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from wollemi.analysis.plain.published import EMPTY, model_places, on_two_axes, signal_entries

if TYPE_CHECKING:
    Document = Mapping[str, Any]
    Item = Mapping[str, Any]

# Sections on events or templates; a published model is finished.
_FOREIGN = (
    *EMPTY,
    "certified",
    "generator",
    "checks",
    "corrections",
    "objects",
    "missing_momentum",
    "triggers",
    "columns",
    "skim",
    "weights",
    "blinding",
    "systematics",
    "lint",
)

# Keys of a single model.
_OF_ONE = ("path", "url", "size", "sha256", "member", "measurement", "files", "datacard", "patches")


def check_published(document: Document) -> list[str]:
    """Problems of the section `workspace` and of those that it excludes, each as `path: problem`.

    Args:
        document: Analysis accepted by the schema, expanded.
    """
    workspace = document.get("workspace")
    if workspace is None:
        return []
    others = [name for name in _FOREIGN if document.get(name)]
    if document["samples"] != signal_entries(workspace):
        others.append("samples")
    problems = [
        f"{name}: is not possible beside 'workspace', whose model is complete; remove one of them"
        for name in others
    ]
    for place, model in model_places(document):
        problems += _check_model(place, model)
    problems += _check_combination(workspace)
    patches = workspace.get("patches")
    if patches is not None:
        problems += _check_patches(workspace, patches)
    return problems + _check_others(document)


def _check_combination(workspace: Item) -> list[str]:
    if workspace.get("combine") is None:
        return [
            f"workspace.{key}: is for 'combine', which is not there"
            for key in ("shared", "poi")
            if workspace.get(key)
        ]
    return [
        f"workspace.{key}: each model of 'combine' has its own; remove it here"
        for key in _OF_ONE
        if workspace.get(key)
    ]


def _check_model(path: str, model: Item) -> list[str]:
    problems = check_file(path, model)
    if model.get("files") and (model.get("url") is not None or model.get("member") is not None):
        problems.append(f"{path}.files: an archive has its files in it; remove them")
    low, high = (model.get("datacard") or {}).get("bounds") or (0, 1)
    if not low < high:
        problems.append(f"{path}.datacard.bounds: {low:g} is not below {high:g}")
    return problems


def check_file(path: str, file: Item) -> list[str]:
    """Problems of a file with a path or a URL, each as `path: problem`.

    Args:
        path: Place in the analysis.
        file: Entry of the file.
    """
    given = [key for key in ("path", "url") if file.get(key) is not None]
    if len(given) != 1:
        return [f"{path}: give exactly one of path, url (found {', '.join(given) or 'none'})"]
    missing = [key for key in ("size", "sha256") if file.get(key) is None]
    return (
        [f"{path}.url: needs {' and '.join(missing)}: what is fetched is checked"]
        if file.get("url") is not None and missing
        else []
    )


def _check_patches(workspace: Item, patches: Item) -> list[str]:
    path = "workspace.patches"
    problems = ["workspace.signal: the patches have names; remove it"] * ("signal" in workspace)
    if patches.get("path") is not None or patches.get("url") is not None:
        problems += check_file(path, patches)
    elif patches.get("sha256") is not None or patches.get("size") is not None:
        problems.append(f"{path}: a checksum needs a file; give path or url")
    points = patches["points"]
    twice = sorted({name for name in points if list(points).count(name) > 1})
    problems += [f"{path}.points: '{name}' appears twice" for name in twice]
    if isinstance(points, Mapping):
        sizes = {len(values) for values in points.values()}
        problems += [f"{path}.points: give all signals equally many values"] * (len(sizes) > 1)
    return problems


def _check_others(document: Document) -> list[str]:
    limits, publication = document.get("limits") or {}, document.get("publication") or {}
    problems = []
    if limits.get("cross_section_fraction") is not None:
        problems.append("limits.cross_section_fraction: a published model has no cross sections")
    problems += [
        f"publication.{key}: needs events, and a published model has none"
        for key in ("smodels", "recast")
        if publication.get(key) is not None
    ]
    axes = (document["workspace"].get("patches") or {}).get("axes")
    if axes is not None and not on_two_axes(document):
        problems.append("workspace.patches.axes: needs three signals with two values each")
    return problems
