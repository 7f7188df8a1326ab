"""Texts and addresses of an analysis file, which reach pages, files and terminals. Standard library only."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from wollemi.analysis.plain.addresses import _ADDRESS, public_url

_USER = re.compile(r"\b[a-zA-Z][a-zA-Z0-9+.-]*://[^\s/?#@]*@")
# Line breaks and tabs apart; the last ones turn the direction of writing, so that a text reads as another one.
_HIDDEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\u202a-\u202e\u2066-\u2069]")


def check_texts(document: Mapping[str, Any]) -> list[str]:
    """Problems of all texts, each as `path: problem`: user names and passwords in addresses, characters that cannot be seen.

    Args:
        document: plain values.
    """
    problems = []
    for path, text in _texts(document, ()):
        where = _plain(".".join(path))
        if _USER.search(text):
            problems.append(f"{where}: an address holds a user name or a password, which would be published; leave it out")
        if found := _HIDDEN.search(text):
            problems.append(f"{where}: holds the character U+{ord(found[0]):04X}, which cannot be seen; leave it out")
    return problems


def signed_addresses(document: Any) -> dict[str, str]:
    """Address with a signed query → the address that is published, of all in a document."""
    texts = {match[0] for _, text in _texts(document, ()) for match in _ADDRESS.finditer(text)}
    return {text: public_url(text) for text in sorted(texts) if public_url(text) != text}


def _texts(value: Any, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], str]]:
    """Every text and key, with its place."""
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, Mapping):
        for key, item in value.items():
            yield path, str(key)
            yield from _texts(item, (*path, str(key)))
    elif isinstance(value, (list, tuple)):
        for number, item in enumerate(value):
            yield from _texts(item, (*path, str(number)))


def _plain(text: str) -> str:
    return _HIDDEN.sub("\ufffd", text)
