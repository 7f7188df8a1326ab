"""Import a model that somebody published: check it, and write a pyhf workspace for each signal."""

import logging
import sys
from collections.abc import Mapping
from typing import Any

from wollemi.analysis.models.workspace import PatchSet, Workspace
from wollemi.analysis.plain.addresses import public_url
from wollemi.base.digests import file_digest
from wollemi.base.json_files import render_json
from wollemi.base.specification_digest import digest
from wollemi.job.command_line import Program
from wollemi.job.job import Job, run_program
from wollemi.job.records import relative_name
from wollemi.model.patch_sets import chosen_patch, patch_set_of, patched
from wollemi.model.published import (
    PublishedModel,
    check_regions,
    chosen_measurement,
    published_model,
    require_workspace,
)
from wollemi.model.published_file import read_published
from wollemi.model.scaled_samples import scaled_samples, signal_alone
from wollemi.results.imported import Imported, ImportedSignal

LOGGER = logging.getLogger("wollemi")
SECTIONS = ("workspace",)
PROGRAM = Program(
    __file__,
    __doc__,
    inputs={
        "workspace": "the published workspace, or an archive with it",
        "patches": "its patch set, if that is another file",
    },
    outputs={
        "workspaces": "pyhf workspaces, each named <signal>.json",
        "imported": "what was imported",
    },
    sections=SECTIONS,
)
# Labels of axes, and signal → its model and where it comes from.
Found = tuple[tuple[str, ...], dict[str, tuple[PublishedModel, ImportedSignal]]]


def only_model(job: Job, section: Workspace, published: Mapping[str, Any]) -> Found:
    """The model of a workspace that has its signal."""
    where = str(job.input("workspace"))
    workspace = chosen_measurement(where, published, section.measurement)
    model = published_model(where, workspace, section.signal)
    return (), {
        section.signal: (model, ImportedSignal(samples=model.samples, patch=None, values=()))
    }


def patched_models(
    job: Job, section: Workspace, given: PatchSet, published: Mapping[str, Any]
) -> Found:
    """The model of each patch."""
    path = (job.inputs("patches") or job.inputs("workspace"))[0]
    sha256 = given.sha256 if job.inputs("patches") else None
    content = read_published(path, sha256, given.member, "patchset.json")
    patches = patch_set_of(str(path), content, published)
    points = given.points if isinstance(given.points, Mapping) else dict.fromkeys(given.points)
    models = {}
    for signal, values in points.items():
        patch = chosen_patch(str(path), patches, signal, values)
        place = f"{path}: patch {patch.name}"
        workspace = patched(str(path), published, patch, section.measurement)
        # The rest is that of the workspace, which is good: its schema takes 0.3 s.
        require_workspace(place, signal_alone(workspace))
        model = published_model(place, workspace, signal)
        source = ImportedSignal(samples=model.samples, patch=patch.name, values=patch.values)
        models[signal] = (model, source)
    return patches.labels, models


def main(job: Job) -> None:
    """Write the workspaces, and what was imported."""
    section, path = job.settings.workspace, job.input("workspace")
    assert section is not None, "the rule is there with this section only"
    published = read_published(path, section.sha256, section.member, "BkgOnly.json")
    require_workspace(str(path), published)
    check_regions(str(path), published, section.regions)
    axes, models = (
        only_model(job, section, published)
        if section.patches is None
        else patched_models(job, section, section.patches, published)
    )
    for target, output in zip(job.arguments.workspaces, job.outputs("workspaces"), strict=True):
        output.write_text(render_json(models[target.stem][0].workspace), encoding="utf-8")
    first = next(model for model, _ in models.values())
    (measurement,) = first.workspace["measurements"]
    bins = {name: place.stop - place.start for name, place in first.likelihood.channels.items()}
    scaled = scaled_samples(first.workspace)
    found = Imported(
        source=relative_name(path) if section.url is None else public_url(section.url),
        sha256=file_digest(path),
        digest=digest(published),
        measurement=measurement["name"],
        poi=measurement["config"]["poi"],
        parameters=len(first.likelihood.parameters),
        regions=bins,
        samples=tuple(name for name in first.likelihood.samples if name not in scaled),
        axes=axes,
        signals={name: source for name, (_, source) in models.items()},
    )
    job.write_json("imported", found.plain())
    LOGGER.info(
        "%s: %d regions, %d bins, %d parameters, signals: %s",
        measurement["name"],
        len(bins),
        sum(bins.values()),
        found.parameters,
        ", ".join(models),
    )


if __name__ == "__main__":
    sys.exit(run_program(PROGRAM, main))
