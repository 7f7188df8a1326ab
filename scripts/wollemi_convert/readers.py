"""Readers for `wollemi.model.foreign`: datacards, XML and HS3 as pyhf workspaces, with the
arithmetic of their sources.
"""

import logging
from functools import partial
from pathlib import Path
from typing import Any

from wollemi.analysis.models.workspace import Datacard
from wollemi.model.certificates import Source
from wollemi.model.foreign import HS3, XML, Check
from wollemi_convert.datacards.arithmetic import arithmetic as card_arithmetic
from wollemi_convert.datacards.interpolation import asymmetric_factors
from wollemi_convert.datacards.parsing import parse_card
from wollemi_convert.datacards.reading import read_model as card_model
from wollemi_convert.histfactory.reading import read_model as xml_model
from wollemi_convert.histfactory.reading import read_plain
from wollemi_convert.hs3.arithmetic import plain_model as hs3_plain_model
from wollemi_convert.hs3.reading import workspace_of as hs3_workspace
from wollemi_likelihood.inference.certificate import Arithmetic

LOGGER = logging.getLogger("wollemi")


def file_model(
    path: Path, form: str, card: Datacard, check: Check = lambda files: None
) -> tuple[dict[str, Any], Source]:
    """The workspace of an XML or a datacard, and the plain arithmetic of the file.

    Args:
        path: Path of the file.
        form: Its format, `XML` or `CARD`.
        card: Options for a datacard.
        check: Function that raises an error for files that must not be read.

    Raises:
        WollemiError: A file cannot be read, or has content that no workspace can express.
    """
    if form == XML:
        made = xml_model(path, check)
        read = read_plain(path)
        return made, lambda name: Arithmetic(
            f"{XML}, as ROOT reads it", read(name).minus_two_log_likelihood
        )
    return _card(path, card, check)


def hs3_model(where: str, content: Any) -> tuple[dict[str, Any], Source]:
    """The workspace of an HS3 document, and its plain arithmetic.

    Args:
        where: Name of the file, for errors.
        content: Plain values of the document.

    Raises:
        WollemiError: The document has content that no workspace can express.
    """
    return hs3_workspace(where, content), partial(_hs3_arithmetic, content)


def _card(path: Path, card: Datacard, check: Check) -> tuple[dict[str, Any], Source]:
    text = path.read_text(encoding="utf-8-sig", errors="replace")
    mass = None if card.mass is None else f"{card.mass:g}"
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
    plain = card_arithmetic(parse_card(text), path.parent, mass, card.strengths, exact=exact)
    return made, lambda name: plain


def _hs3_arithmetic(content: Any, measurement: str) -> Arithmetic:
    plain = hs3_plain_model(content, measurement)
    return Arithmetic(f"{HS3}, as ROOT and pyhs3 read it", plain.minus_two_log_likelihood)
