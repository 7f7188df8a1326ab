"""The models of several analyses as one, each from its files."""

from collections.abc import Mapping, Sequence
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
) -> tuple[dict[str, Any], dict[str, ImportedModel], dict[str, tuple[str, ...]]]:
    """The combination of an analysis.

    Args:
        section: with the models to combine.
        paths: of their files, in the order of the section.

    Returns:
        The workspace; name → what was read; parameter without the name of an analysis in front →
        those that it is in the models: what is shared, and a luminosity of one alone.

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
    return made, inputs, {**lone_luminosity(contents), **section.shared}


def lone_luminosity(contents: Mapping[str, Mapping[str, Any]]) -> dict[str, tuple[str, ...]]:
    """The luminosity if one analysis alone has it: pyhf knows it by this name only.

    Args:
        contents: analysis → its workspace.
    """
    found = [f"{name}.lumi" for name, content in contents.items() if _has_luminosity(content)]
    return {"lumi": tuple(found)} if len(found) == 1 else {}


def _has_luminosity(content: Mapping[str, Any]) -> bool:
    return any(
        modifier["type"] == "lumi"
        for channel in content["channels"]
        for sample in channel["samples"]
        for modifier in sample["modifiers"]
    )
