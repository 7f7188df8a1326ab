"""The signals of a published model: a workspace for each, and its origin."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyhf

from wollemi.base.specification_digest import digest
from wollemi.model.certificates import of_workspace
from wollemi.model.patch_sets import chosen_patch, loaded, patched, read_patches
from wollemi.model.published import (
    PublishedModel,
    chosen_measurement,
    published_model,
    require_workspace,
)
from wollemi.model.published_file import check_digest
from wollemi.model.scaled_samples import scaled_samples, signal_alone
from wollemi.results.imported import Imported, ImportedSignal
from wollemi_likelihood.inference.certificate import Arithmetic

if TYPE_CHECKING:
    from wollemi.analysis.models.workspace import Workspace


@dataclass(frozen=True)
class Signals:
    """The signals of a published model.

    Args:
        models: Signal → its model.
        sources: Signal → its origin.
        axes: Labels of the values of patches.
        plain: Signal → arithmetic of its patched source.
    """

    models: Mapping[str, PublishedModel]
    sources: Mapping[str, ImportedSignal]
    axes: tuple[str, ...] = ()
    plain: Mapping[str, Arithmetic] = field(default_factory=dict)


def of_model(where: str, section: Workspace, published: Mapping[str, Any]) -> Signals:
    """The signal of a workspace that contains it.

    Args:
        where: Name of the file, for errors.
        section: Section `workspace` of the analysis.
        published: Workspace as published.

    Raises:
        WollemiError: The workspace has no such measurement, or no signal.
    """
    workspace = chosen_measurement(where, published, section.measurement)
    model = published_model(where, workspace, section.signal)
    source = ImportedSignal(samples=model.samples, patch=None, values=())
    return Signals({section.signal: model}, {section.signal: source})


def of_patches(
    path: Path,
    sha256: str | None,
    folder: str | None,
    section: Workspace,
    published: Mapping[str, Any],
) -> Signals:
    """The signals that patches add.

    Args:
        path: Path of the patch set, or of an archive that contains it.
        sha256: SHA-256 of the file, if given.
        folder: Folder of the workspace in the same archive; None if the workspace is elsewhere.
        section: Section `workspace` of the analysis.
        published: Workspace without signals, as published.

    Raises:
        WollemiError: A patch is missing, or it changes more than it adds.
    """
    given = section.patches
    assert given is not None, "only a section with patches comes here"
    check_digest(path, sha256)
    patches = read_patches(path, given.member, folder, published)
    points = given.points if isinstance(given.points, Mapping) else dict.fromkeys(given.points)
    models, sources, plain = {}, {}, {}
    for signal, values in points.items():
        patch = loaded(path, chosen_patch(str(path), patches, signal, values))
        place = f"{path}: patch {patch.name}"
        workspace = patched(str(path), published, patch, section.measurement)
        # The rest is the workspace, which has been checked already: its schema takes 0.3 s.
        require_workspace(place, signal_alone(workspace))
        model = published_model(place, workspace, signal)
        models[signal] = model
        by_pyhf = pyhf.patchset.Patch(
            {"metadata": {"name": patch.name, "values": [0]}, "patch": patch.operations}
        ).apply(published)
        plain[signal] = of_workspace(chosen_measurement(place, by_pyhf, section.measurement))
        sources[signal] = ImportedSignal(
            samples=model.samples, patch=patch.name, values=patch.values
        )
    return Signals(models, sources, patches.labels, plain)


def about(found: Signals, published: Mapping[str, Any], source: str, sha256: str) -> Imported:
    """Summary of the import.

    Args:
        found: Imported signals.
        published: Workspace that they come from.
        source: Path or public address of its file.
        sha256: SHA-256 of the file.
    """
    first = next(iter(found.models.values()))
    (measurement,) = first.workspace["measurements"]
    scaled = scaled_samples(first.workspace)
    return Imported(
        source=source,
        sha256=sha256,
        digest=digest(published),
        measurement=measurement["name"],
        poi=measurement["config"]["poi"],
        parameters=len(first.likelihood.parameters),
        regions={
            name: place.stop - place.start for name, place in first.likelihood.channels.items()
        },
        samples=tuple(name for name in first.likelihood.samples if name not in scaled),
        axes=found.axes,
        signals=found.sources,
    )
