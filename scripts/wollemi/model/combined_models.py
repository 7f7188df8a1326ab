"""The models of several analyses combined, each read from its files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from wollemi.analysis.plain.addresses import public_url
from wollemi.base.digests import file_digest
from wollemi.base.specification_digest import digest
from wollemi.job.records import relative_name
from wollemi.model.certificates import of_combination
from wollemi.model.combination import combine
from wollemi.model.foreign import Readers, read_model
from wollemi.model.published import check_regions, chosen_measurement, require_workspace
from wollemi.results.imported import ImportedModel
from wollemi_likelihood.base.errors import WollemiError
from wollemi_likelihood.inference.certificate import Arithmetic

if TYPE_CHECKING:
    from wollemi.analysis.models.workspace import ModelFile, Workspace

COMBINED = "workspace.combine"


class Combined(NamedTuple):
    """The combination of an analysis.

    Attributes:
        workspace: Workspace of the combination.
        inputs: Name → model that was read.
        shared: Parameter without the prefix of an analysis → its names in the models: all shared
            ones, and a luminosity that only one analysis has.
        arithmetic: Sum of the models' own -2 ln L.
    """

    workspace: dict[str, Any]
    inputs: dict[str, ImportedModel]
    shared: dict[str, tuple[str, ...]]
    arithmetic: Arithmetic


def source_of(path: Path, model: ModelFile) -> str:
    """Name of a model's file in products: its path or public address."""
    return relative_name(path) if model.url is None else public_url(model.url)


def combined(section: Workspace, paths: Sequence[Path], readers: Readers | None) -> Combined:
    """The combination of an analysis.

    Args:
        section: Section `workspace`, with the models to combine.
        paths: Paths of their files, in the order of the section.
        readers: Readers of formats other than pyhf's JSON; see `read_model`.

    Raises:
        WollemiError: A model cannot be read, or the declared parameters cannot be shared.
    """
    contents, inputs, sources = {}, {}, {}
    for (name, given), path in zip((section.combine or {}).items(), paths, strict=True):
        files = list(map(Path, given.files))
        model = read_model(path, given, f"{COMBINED}.{name}", files, readers)
        require_workspace(model.where, model.content)
        contents[name] = chosen_measurement(model.where, model.content, given.measurement)
        sources[name] = model.arithmetic(contents[name]["measurements"][0]["name"])
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
    shared = {**lone_luminosity(contents), **section.shared}
    return Combined(made, inputs, shared, of_combination(contents, made, shared, sources))


def lone_luminosity(contents: Mapping[str, Mapping[str, Any]]) -> dict[str, tuple[str, ...]]:
    """The luminosity, if only one analysis has it: pyhf recognizes it by this name alone.

    Args:
        contents: Analysis → its workspace.
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
