"""Checks of texts and URLs, which appear on pages, in files and on terminals. Standard library
only.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from wollemi.analysis.plain.addresses import every_text

_USER = re.compile(r"\b[a-zA-Z][a-zA-Z0-9+.-]*://[^\s/?#@]*@")
# All control characters except line breaks and tabs; the last ones change the writing direction, so
# that a text reads as a different one.
_HIDDEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\u202a-\u202e\u2066-\u2069]")


def check_texts(document: Mapping[str, Any]) -> list[str]:
    """Problems of all texts, each as `path: problem`: user names and passwords in URLs, invisible
    characters.

    Args:
        document: Plain values.
    """
    problems = []
    for path, text in every_text(document, ()):
        where = _plain(".".join(path))
        if _USER.search(text):
            problems.append(
                f"{where}: an address contains a user name or a password, which would be "
                "published; leave it out"
            )
        if found := _HIDDEN.search(text):
            problems.append(
                f"{where}: contains the character U+{ord(found[0]):04X}, which cannot be "
                "seen; leave it out"
            )
    return problems


def _plain(text: str) -> str:
    return _HIDDEN.sub("\ufffd", text)
