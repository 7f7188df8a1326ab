"""Models in the formats of other programs, as workspaces of pyhf."""

import logging
import os
import re
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from wollemi.analysis.models.workspace import Datacard, ModelFile
from wollemi.datacards.arithmetic import arithmetic as card_arithmetic
from wollemi.datacards.interpolation import asymmetric_factors
from wollemi.datacards.parsing import parse_card
from wollemi.datacards.reading import read_model as card_model
from wollemi.histfactory.reading import read_model as xml_model
from wollemi.histfactory.reading import read_plain
from wollemi.hs3.arithmetic import plain_model as hs3_plain_model
from wollemi.hs3.reading import is_hs3
from wollemi.hs3.reading import workspace_of as hs3_workspace
from wollemi.inference.certificate import Arithmetic
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

LOGGER = logging.getLogger("wollemi")

JSON, XML, CARD = "JSON of pyhf", "XML of HistFactory", "datacard of Combine"
HS3 = "JSON of HS3"
USUAL = "BkgOnly.json"
# Of a file, where it shows what it is.
_START = 65_536
_PAGE = re.compile(r"<(!doctype html|html)\b", re.IGNORECASE)
_CARD = re.compile(r"^\s*imax\b", re.MULTILINE)


@dataclass(frozen=True)
class ForeignModel:
    """A model that somebody else made.

    Args:
        where: name of the file, for errors.
        form: its format.
        content: plain values of the workspace; of JSON they are as they were found.
        source: Arithmetic of the source by the name of a measurement; None: that of the content.
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


def format_of(content: bytes) -> str:
    """The format of a file: JSON, if it is neither XML nor a datacard."""
    text = content[:_START].decode("utf-8-sig", "replace").lstrip()
    if text.startswith("<") and not _PAGE.match(text):
        return XML
    return CARD if _CARD.search(text) else JSON


def read_model(path: Path, model: ModelFile, place: str, files: Sequence[Path]) -> ForeignModel:
    """A model from its files.

    Args:
        path: of the file, or of an archive with it.
        model: what the analysis says of it.
        place: of that, for errors.
        files: that it names, all of them.

    Raises:
        WollemiError: it is another file, cannot be read, or says what no workspace can.
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
            made = hs3_workspace(where, values)
            return ForeignModel(where, HS3, made, partial(_hs3_arithmetic, values))
        return ForeignModel(where, form, values)
    if not is_archive(path):
        listed = _Listed(path, place, files)
        made = converted(path, form, model.datacard or Datacard(), listed.check)
        listed.check_rest()
        return ForeignModel(where, form, made, _file_source(path, form, model.datacard))
    with unpacked(path) as folder:
        try:
            inside = folder / str(model.member)
            made = converted(inside, form, model.datacard or Datacard())
            source = _file_source(inside, form, model.datacard)
        except WollemiError as error:
            told = f"{error.where}: {error.problem}".replace(f"{folder}/", "")
            raise WollemiError(str(path), told, error.remedy) from error
    return ForeignModel(where, form, made, source)


def converted(
    path: Path,
    form: str,
    card: Datacard,
    check: Callable[[Sequence[Path]], None] = lambda files: None,
) -> dict[str, Any]:
    """The workspace of an XML or a datacard.

    Args:
        path: of the file.
        form: its format.
        card: options for a datacard.
        check: refuses files that may not be read, before they are.

    Raises:
        WollemiError: a file cannot be read, or says what no workspace can.
    """
    if form == XML:
        return xml_model(path, check)
    text, mass = _text_and_mass(path, card)
    low, high = card.bounds
    exact = card.interpolation is not None
    made = card_model(path, text, mass, (low, high), card.strengths, check, exact)
    asymmetric = asymmetric_factors(made)
    if asymmetric and not exact:
        LOGGER.info(
            "HistFactory interpolates %d asymmetric normalizations otherwise than Combine between "
            "±1σ (docs/coming_from_combine.md)",
            asymmetric,
        )
    return made


def _text_and_mass(path: Path, card: Datacard) -> tuple[str, str | None]:
    text = path.read_text(encoding="utf-8-sig", errors="replace")
    return text, None if card.mass is None else f"{card.mass:g}"


def _file_source(path: Path, form: str, card: Datacard | None) -> Source:
    """The arithmetic of a file by its format."""
    if form == CARD:
        card = card or Datacard()
        text, mass = _text_and_mass(path, card)
        exact = card.interpolation is not None
        made = card_arithmetic(parse_card(text), path.parent, mass, card.strengths, exact=exact)
        return lambda name: made
    read = read_plain(path)
    return lambda name: Arithmetic(f"{XML}, as ROOT reads it", read(name).minus_two_log_likelihood)


def _hs3_arithmetic(content: Any, measurement: str) -> Arithmetic:
    plain = hs3_plain_model(content, measurement)
    return Arithmetic(f"{HS3}, as ROOT and pyhs3 read it", plain.minus_two_log_likelihood)


class _Listed:
    """The files that an analysis lists for a model, which are inputs of the job."""

    def __init__(self, path: Path, place: str, files: Collection[Path]) -> None:
        self._path, self._place = path, place
        self._rest = {os.path.realpath(file): file for file in files}
        self._known = frozenset(self._rest)

    def check(self, files: Sequence[Path]) -> None:
        """Refuse files that are not listed: the record would not have them."""
        missing = [file for file in files if os.path.realpath(file) not in self._known]
        if missing:
            names = ", ".join(os.path.relpath(file) for file in missing)
            problem = f"names files that {self._place}.files does not list"
            raise WollemiError(str(self._path), problem, f"add them: {names}")
        for file in files:
            self._rest.pop(os.path.realpath(file), None)

    def check_rest(self) -> None:
        """Refuse files that the model does not name: an edit of them would run it again."""
        if self._rest:
            names = ", ".join(map(str, self._rest.values()))
            problem = f"does not name all that {self._place}.files lists"
            raise WollemiError(str(self._path), problem, f"remove there: {names}")
