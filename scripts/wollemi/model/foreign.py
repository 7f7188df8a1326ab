"""Models in the formats of other programs, as workspaces of pyhf."""

from __future__ import annotations

import logging
import os
import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from wollemi.analysis.view import read
from wollemi.model.certificates import Source, of_workspace
from wollemi.model.published import chosen_measurement
from wollemi.model.published_file import (
    check_digest,
    is_archive,
    parsed,
    published_content,
    unpacked,
)
from wollemi_likelihood.base.errors import WollemiError
from wollemi_likelihood.inference.certificate import Arithmetic

if TYPE_CHECKING:
    from wollemi.analysis.models.workspace import Datacard, ModelFile

LOGGER = logging.getLogger("wollemi")

JSON, XML, CARD = "JSON of pyhf", "XML of HistFactory", "datacard of Combine"
HS3 = "JSON of HS3"
USUAL = "BkgOnly.json"
Check = Callable[[Sequence[Path]], None]
# Number of leading bytes that identify the format of a file.
_START = 65_536
_PAGE = re.compile(r"<(!doctype html|html)\b", re.IGNORECASE)
_CARD = re.compile(r"^\s*imax\b", re.MULTILINE)


@dataclass(frozen=True)
class ForeignModel:
    """A model from another program.

    Args:
        where: Name of the file, for errors.
        form: Format of the file.
        content: Plain values of the workspace; JSON values are unchanged.
        source: Name of a measurement → the source's arithmetic; None to derive it from the content.
    """

    where: str
    form: str
    content: Any
    source: Source | None = None

    def arithmetic(self, measurement: str) -> Arithmetic:
        """The source's own arithmetic.

        Args:
            measurement: Name of the measurement.
        """
        if self.source is not None:
            return self.source(measurement)
        return of_workspace(chosen_measurement(self.where, self.content, measurement))


class Readers(Protocol):
    """Readers of other formats: the module `wollemi_convert.readers`, which the core does not
    import.
    """

    def file_model(
        self, path: Path, form: str, card: Datacard, check: Check = ...
    ) -> tuple[dict[str, Any], Source]:
        """Workspace and arithmetic of an XML file or a datacard."""

    def hs3_model(self, where: str, content: Any) -> tuple[dict[str, Any], Source]:
        """Workspace and arithmetic of an HS3 document."""


def format_of(content: bytes) -> str:
    """The format of a file: JSON, if it is neither XML nor a datacard."""
    text = content[:_START].decode("utf-8-sig", "replace").lstrip()
    if text.startswith("<") and not _PAGE.match(text):
        return XML
    return CARD if _CARD.search(text) else JSON


def is_hs3(content: Any) -> bool:
    """Whether plain values are an HS3 document, recognized by its version or its sections."""
    if not isinstance(content, Mapping):
        return False
    metadata = content.get("metadata")
    has_version = isinstance(metadata, Mapping) and "hs3_version" in metadata
    return has_version or {"distributions", "likelihoods"} <= content.keys()


def read_model(
    path: Path, model: ModelFile, place: str, files: Sequence[Path], readers: Readers | None
) -> ForeignModel:
    """A model from its files.

    Args:
        path: Path of the file, or of an archive that contains it.
        model: Settings of the model in the analysis.
        place: Name of these settings, for errors.
        files: All other files that the settings list.
        readers: Readers of formats other than pyhf's JSON; None if not installed.

    Raises:
        WollemiError: The file differs, cannot be read, or cannot be written as a workspace.
    """
    check_digest(path, model.sha256)
    where, content = published_content(path, model.member, USUAL)
    form = format_of(content)
    if form != CARD and model.datacard is not None:
        raise WollemiError(
            where, f"is {form}", f"remove {place}.datacard, which is for datacards of Combine"
        )
    if form == JSON:
        if files:
            problem = f"is {form}, which names no other files"
            raise WollemiError(where, problem, f"remove {place}.files")
        values = parsed(where, content)
        if is_hs3(values):
            made, source = _present(readers, where, HS3).hs3_model(where, values)
            return ForeignModel(where, HS3, made, source)
        return ForeignModel(where, form, values)
    reader, card = _present(readers, where, form), model.datacard or read("Datacard", {})
    if not is_archive(path):
        listed = _Listed(path, place, files)
        made, source = reader.file_model(path, form, card, listed.check)
        listed.check_rest()
        return ForeignModel(where, form, made, source)
    with unpacked(path) as folder:
        try:
            made, source = reader.file_model(folder / str(model.member), form, card)
        except WollemiError as error:
            problem = f"{error.where}: {error.problem}".replace(f"{folder}/", "")
            raise WollemiError(str(path), problem, error.remedy) from error
    return ForeignModel(where, form, made, source)


def _present(readers: Readers | None, where: str, form: str) -> Readers:
    if readers is None:
        problem = f"is {form}, which the package wollemi-convert reads"
        raise WollemiError(where, problem, "install it: pip install wollemi-convert")
    return readers


class _Listed:
    """The files that an analysis lists for a model, which are inputs of the job."""

    def __init__(self, path: Path, place: str, files: Collection[Path]) -> None:
        self._path, self._place = path, place
        self._rest = {os.path.realpath(file): file for file in files}
        self._known = frozenset(self._rest)

    def check(self, files: Sequence[Path]) -> None:
        """Raise an error if files are not listed: they would be missing in the record."""
        missing = [file for file in files if os.path.realpath(file) not in self._known]
        if missing:
            names = ", ".join(os.path.relpath(file) for file in missing)
            problem = f"names files that {self._place}.files does not list"
            raise WollemiError(str(self._path), problem, f"add them: {names}")
        for file in files:
            self._rest.pop(os.path.realpath(file), None)

    def check_rest(self) -> None:
        """Raise an error if a listed file is unused by the model: editing it would rerun jobs."""
        if self._rest:
            names = ", ".join(map(str, self._rest.values()))
            problem = f"does not name all that {self._place}.files lists"
            raise WollemiError(str(self._path), problem, f"remove there: {names}")
