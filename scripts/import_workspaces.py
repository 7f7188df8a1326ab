"""Import a model that somebody published: check it, and write a pyhf workspace for each signal."""

import hashlib
import logging
import sys
from pathlib import PurePosixPath

from wollemi.base.digests import file_digest
from wollemi.base.json_files import render_json
from wollemi.job.command_line import Program
from wollemi.job.job import Job, run_program
from wollemi.job.records import relative_name
from wollemi.model.combined_models import COMBINED, combined, source_of
from wollemi.model.foreign import JSON, read_model
from wollemi.model.published import check_regions, require_workspace
from wollemi.model.signals import Signals, about, of_model, of_patches
from wollemi.results.imported import Certificate, Imported
from wollemi_likelihood.base.errors import WollemiError
from wollemi_likelihood.inference.certificate import Arithmetic, certificate

try:
    from wollemi_convert import readers
except ImportError:  # without it, models are pyhf's JSON
    readers = None  # type: ignore[assignment]

LOGGER = logging.getLogger("wollemi")
SECTIONS = ("workspace",)
PROGRAM = Program(
    __file__,
    __doc__,
    inputs={
        "workspace": "the published model, or an archive with it; several for a combination",
        "patches": "its patch set, if that is another file",
        "files": "other files that it names",
    },
    outputs={
        "workspaces": "pyhf workspaces, each named <signal>.json",
        "imported": "what was imported",
    },
    sections=SECTIONS,
)


def main(job: Job) -> None:
    """Write the workspaces and the description of the import."""
    section = job.settings.workspace
    assert section is not None, "the rule is there with this section only"
    if section.combine is not None:
        made = combined(section, job.inputs("workspace"), readers)
        found = of_model(COMBINED, section, made.workspace)
        made_sha256 = hashlib.sha256(render_json(made.workspace).encode()).hexdigest()
        imported = about(found, made.workspace, COMBINED, made_sha256)
        imported = imported.noting(combined=made.inputs, shared=made.shared)
        return write(job, found, certified(COMBINED, found, imported, made.arithmetic))
    path = job.input("workspace")
    model = read_model(path, section, "workspace", job.inputs("files"), readers)
    require_workspace(model.where, model.content)
    check_regions(model.where, model.content, section.regions)
    if section.patches is None:
        found = of_model(model.where, section, model.content)
    elif model.form == JSON:
        patches = (job.inputs("patches") or [path])[0]
        sha256 = section.patches.sha256 if job.inputs("patches") else None
        member = model.where.removeprefix(f"{path}: ") if patches == path else None
        folder = None if member is None else str(PurePosixPath(member).parent)
        found = of_patches(patches, sha256, folder, section, model.content)
    else:
        remedy = "remove workspace.patches: patch sets are for workspaces of pyhf"
        raise WollemiError(model.where, f"is {model.form}", remedy)
    imported = about(found, model.content, source_of(path, section), file_digest(path))
    if model.form != JSON:
        files = {relative_name(file): file_digest(file) for file in job.inputs("files")}
        imported = imported.noting(form=model.form, files=files)
    arithmetic = None if found.plain else model.arithmetic(imported.measurement)
    return write(job, found, certified(model.where, found, imported, arithmetic))


def certified(
    where: str, found: Signals, imported: Imported, arithmetic: Arithmetic | None
) -> Imported:
    """Add the comparison of each signal's model with its source to the product.

    Args:
        where: Name of the file, for errors.
        found: Signals of the model.
        imported: Product without the comparison.
        arithmetic: Arithmetic of the source; None if each signal has its own.

    Raises:
        WollemiError: A model differs from its source.
    """
    sources = found.plain or {name: arithmetic for name in found.models if arithmetic}
    if not sources:
        return imported
    made = certificate(where, {n: item.likelihood for n, item in found.models.items()}, sources)
    LOGGER.info(
        "-2 ln L differs from the source's arithmetic by at most %.0e at %d points",
        made.largest,
        sum(map(len, made.checks.values())),
    )
    for words, size in made.otherwise.items():
        LOGGER.info("not the same as in the source: %s: up to %.2g in -2 ln L", words, size)
    return imported.noting(certificate=Certificate.of(made))


def write(job: Job, found: Signals, imported: Imported) -> None:
    """Write the workspaces and the description of the import."""
    for target, output in zip(job.arguments.workspaces, job.outputs("workspaces"), strict=True):
        output.write_text(render_json(found.models[target.stem].workspace), encoding="utf-8")
    job.write_json("imported", imported.plain())
    LOGGER.info(
        "%s: %d regions, %d bins, %d parameters, signals: %s",
        imported.measurement,
        len(imported.regions),
        sum(imported.regions.values()),
        imported.parameters,
        ", ".join(imported.signals),
    )


if __name__ == "__main__":
    sys.exit(run_program(PROGRAM, main))
