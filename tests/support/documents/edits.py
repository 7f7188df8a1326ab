"""Copies of documents with another value somewhere."""

import copy
from functools import reduce
from typing import Any


def edited(document: dict[str, Any], path: str, value: Any) -> dict[str, Any]:
    """A copy of a document with another value.

    Args:
        document: plain values.
        path: keys, and places in lists, with dots between them.
        value: None removes the key.
    """
    made = copy.deepcopy(document)
    *parents, last = path.split(".")
    inside = reduce(lambda place, key: place[_of(place, key)], parents, made)
    if value is None:
        del inside[_of(inside, last)]
    else:
        inside[_of(inside, last)] = value
    return made


def _of(place: Any, key: str) -> int | str:
    return int(key) if isinstance(place, list) else key
