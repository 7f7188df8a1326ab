"""Keys that a generated schema allows at a place in a document, and the notation of places.
Standard library only.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

NAME_PROBLEM = (
    "cannot be a name, which is of letters, digits and '_', at most 100, and begins with a letter"
)
SHOWN = 200  # characters of a value in a message


def dotted(place: Iterable[str | int]) -> str:
    """A place in a document as written in messages, such as `regions.sr.selection`.

    Args:
        place: keys and indices.
    """
    return ".".join(str(part)[:SHOWN] if part != "" else "''" for part in place)


def keys_at(schema: Mapping[str, Any], document: Any, place: Iterable[str | int]) -> list[str]:
    """Keys that a schema allows at a place in a document, sorted by name.

    Args:
        schema: a generated schema.
        document: plain values.
        place: path of a mapping in the document.
    """
    shapes = list(_shapes(schema, schema, document))
    for part in place:
        document = document[part] if _has(document, part) else None
        below = [inner for shape in shapes for inner in _below(shape, part)]
        shapes = [shape for inner in below for shape in _shapes(schema, inner, document)]
    return sorted({key for shape in shapes for key in shape.get("properties", {})})


def _has(document: Any, part: str | int) -> bool:
    return (isinstance(document, Mapping) and part in document) or (
        isinstance(document, list) and part in range(len(document))
    )


def _shapes(root: Mapping[str, Any], schema: Any, value: Any) -> Iterator[Mapping[str, Any]]:
    """The shapes that a schema allows for a value, with references resolved, without those that a
    constant in the value excludes.
    """
    if not isinstance(schema, Mapping):
        return
    if "$ref" in schema:
        yield from _shapes(root, root["$defs"][schema["$ref"].rpartition("/")[2]], value)
    alternatives = [*schema.get("anyOf", ()), *schema.get("oneOf", ())]
    shapes = [shape for alternative in alternatives for shape in _shapes(root, alternative, value)]
    fitting = [shape for shape in shapes if _fits(shape, value)]
    yield from fitting or shapes
    if "$ref" not in schema and not alternatives:
        yield schema


def _fits(shape: Mapping[str, Any], value: Any) -> bool:
    constants = {
        key: item["const"] for key, item in shape.get("properties", {}).items() if "const" in item
    }
    return isinstance(value, Mapping) and all(
        value.get(key) == constant for key, constant in constants.items()
    )


def _below(shape: Mapping[str, Any], part: str | int) -> Iterator[Any]:
    """The schemas in a shape for the value of a key or an item."""
    if isinstance(part, int):
        items = shape.get("items", {})
        yield from [items] if isinstance(items, Mapping) else items[part : part + 1]
        return
    properties = shape.get("properties", {})
    yield from [properties[part]] if part in properties else []
    yield from [
        inner
        for pattern, inner in shape.get("patternProperties", {}).items()
        if matches(pattern, part)
    ]
    yield shape.get("additionalProperties", {})


def matches(pattern: str, key: str) -> bool:
    """Whether a pattern of a schema allows a key."""
    return re.search(pattern, key) is not None
