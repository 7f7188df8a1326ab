"""The models of several analyses as one, each from its files."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from wollemi.analysis.models.workspace import ModelFile, Workspace
from wollemi.analysis.plain.addresses import public_url
from wollemi.base.digests import file_digest
from wollemi.base.errors import WollemiError
from wollemi.base.specification_digest import digest
from wollemi.job.records import relative_name
from wollemi.model.combination import combine
from wollemi.model.foreign import read_model
from wollemi.model.published import check_regions, chosen_measurement, require_workspace
from wollemi.results.imported import ImportedModel

COMBINED = "workspace.combine"


def source_of(path: Path, model: ModelFile) -> str:
    """What a product calls the file of a model: its path or public address."""
    return relative_name(path) if model.url is None else public_url(model.url)


def combined(
    section: Workspace, paths: Sequence[Path]
) -> tuple[dict[str, Any], dict[str, ImportedModel]]:
    """The combination of an analysis.

    Args:
        section: with the models to combine.
        paths: of their files, in the order of the section.

    Returns:
        The workspace, and name → what was read.

    Raises:
        WollemiError: a model cannot be read, or they do not share what is declared.
    """
    contents, inputs = {}, {}
    for (name, given), path in zip((section.combine or {}).items(), paths, strict=True):
        files = list(map(Path, given.files))
        model = read_model(path, given, f"{COMBINED}.{name}", files)
        require_workspace(model.where, model.content)
        contents[name] = chosen_measurement(model.where, model.content, given.measurement)
        inputs[name] = ImportedModel(
            source=source_of(path, given),
            sha256=file_digest(path),
            form=model.form,
            digest=digest(model.content),
            measurement=contents[name]["measurements"][0]["name"],
            files={relative_name(file): file_digest(file) for file in files},
        )
    try:
        made = combine(contents, section.shared, section.poi or "mu")
    except WollemiError as error:
        where = error.where.replace("inputs", "combine")
        raise WollemiError(f"workspace.{where}", error.problem, error.remedy) from error
    check_regions(COMBINED, made, section.regions)
    return made, inputs
