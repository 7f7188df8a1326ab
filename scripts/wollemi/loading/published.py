"""Checks of the settings for a published model. Standard library only, like
`wollemi.loading.all`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from wollemi.analysis.plain.published import EMPTY, model_places, on_two_axes, signal_entries

if TYPE_CHECKING:
    from wollemi.analysis.models.analysis import Analysis
    from wollemi.analysis.models.workspace import PatchSet, Workspace


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


def check_published(analysis: Analysis) -> list[str]:
    """Problems of the section `workspace` and of those that it excludes, each as `path: problem`.

    Args:
        analysis: Analysis accepted by the schema, expanded.
    """
    workspace = analysis.workspace
    if workspace is None:
        return []
    others = [name for name in _FOREIGN if analysis.plain.get(name)]
    if analysis.plain["samples"] != signal_entries(workspace.plain):
        others.append("samples")
    problems = [
        f"{name}: is not possible beside 'workspace', whose model is complete; remove one of them"
        for name in others
    ]
    for place, model in model_places(analysis):
        problems += _check_model(place, model.plain)
    problems += _check_combination(workspace)
    if workspace.patches is not None:
        problems += _check_patches(workspace, workspace.patches)
    return problems + _check_others(analysis, workspace)


def _check_combination(workspace: Workspace) -> list[str]:
    if workspace.combine is None:
        return [
            f"workspace.{key}: is for 'combine', which is not there"
            for key in ("shared", "poi")
            if workspace.plain.get(key)
        ]
    return [
        f"workspace.{key}: each model of 'combine' has its own; remove it here"
        for key in _OF_ONE
        if workspace.plain.get(key)
    ]


def _check_model(path: str, model: Mapping[str, Any]) -> list[str]:
    problems = check_file(path, model)
    if model.get("files") and (model.get("url") is not None or model.get("member") is not None):
        problems.append(f"{path}.files: an archive has its files in it; remove them")
    low, high = (model.get("datacard") or {}).get("bounds") or (0, 1)
    if not low < high:
        problems.append(f"{path}.datacard.bounds: {low:g} is not below {high:g}")
    return problems


def check_file(path: str, file: Mapping[str, Any]) -> list[str]:
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


def _check_patches(workspace: Workspace, patches: PatchSet) -> list[str]:
    path = "workspace.patches"
    problems = ["workspace.signal: the patches have names; remove it"] * (
        "signal" in workspace.plain
    )
    if patches.path is not None or patches.url is not None:
        problems += check_file(path, patches.plain)
    elif patches.sha256 is not None or patches.size is not None:
        problems.append(f"{path}: a checksum needs a file; give path or url")
    points = patches.points
    twice = sorted({name for name in points if list(points).count(name) > 1})
    problems += [f"{path}.points: '{name}' appears twice" for name in twice]
    if isinstance(points, Mapping):
        sizes = {len(values) for values in points.values()}
        problems += [f"{path}.points: give all signals equally many values"] * (len(sizes) > 1)
    return problems


def _check_others(analysis: Analysis, workspace: Workspace) -> list[str]:
    limits, publication = analysis.limits, analysis.publication
    problems = []
    if limits and limits.cross_section_fraction is not None:
        problems.append("limits.cross_section_fraction: a published model has no cross sections")
    problems += [
        f"publication.{key}: needs events, and a published model has none"
        for key in ("smodels", "recast")
        if publication and getattr(publication, key) is not None
    ]
    patches = workspace.patches
    if patches and patches.axes is not None and not on_two_axes(analysis):
        problems.append("workspace.patches.axes: needs three signals with two values each")
    return problems
