"""Keys that a generated schema allows at a place in a document, explanations of its patterns, and
the notation of places. Standard library only.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

NAME_PROBLEM = (
    "cannot be a name, which is of letters, digits and '_', at most 100, and begins with a letter"
)
_ADDRESS_PROBLEM = "is not an address of http or https, such as https://host/"
# Pattern of a model → problem of a text that does not match it, appended to the text.
PATTERN_PROBLEMS = {
    r"^[A-Za-z][A-Za-z0-9_]{0,99}$": NAME_PROBLEM,
    r"^([A-Za-z]|\{[A-Za-z0-9_]+\})([A-Za-z0-9_]|\{[A-Za-z0-9_]+\}){0,99}$": NAME_PROBLEM,
    r"^[A-Za-z0-9][A-Za-z0-9 _.+-]{0,49}$": (
        "cannot be the name of an era, which is of letters, digits, spaces and any of _.+-, at "
        "most 50, and begins with a letter or a digit"
    ),
    r"^/*[^/\x00-\x1f]{1,255}(/+[^/\x00-\x1f]{1,255})*/*$": (
        "is not a path, whose parts have 1 to 255 characters each and no control characters"
    ),
    r"^https?://[A-Za-z0-9._~%:@!$&'()*+,;=-]+[/?]": f"{_ADDRESS_PROBLEM}file.root",
    r"^(https?|davs?|x?root)://[A-Za-z0-9._~%:@!$&'()*+,;=-]+[/?]": (
        "is not an address of https, http, davs, dav or root, such as https://host/file.root"
    ),
    r"^https?://": f"{_ADDRESS_PROBLEM}page",
    r"^https://arxiv\.org/abs/": "is not an address of arXiv, as in https://arxiv.org/abs/2107.02270",
    r"^[A-Za-z0-9_][A-Za-z0-9_.+-]{0,199}$": (
        "cannot be the name of an output, which is of letters, digits and any of _.+-, at most "
        "200, and begins with a letter, a digit or _"
    ),
    r"^docker://[^\s{}]+$": "is not an image, such as docker://rootproject/root:6.32.02-ubuntu24.04",
    r"^[0-9]{1,2}(\.[0-9]+)?%$": "is not a percentage below 100 %, such as 2% or 0.5%",
    r"^[0-9a-f]{64}$": "is not a SHA-256 checksum, which has 64 digits from 0 to 9 and a to f",
    r"^[0-9a-f]{8}$": "is not an Adler-32 checksum, which has 8 digits from 0 to 9 and a to f",
    r"^[^\[\]]{1,50}$": "cannot be a unit, which has 1 to 50 characters other than [ and ]",
    r"^ins[0-9]{7}$": "is not a record of INSPIRE, such as ins1124338",
    r"^[^,\s](.*[^,\s])?$": (
        "is not a name, such as 'Noether, Emmy', or of a group, which has no comma"
    ),
    r"^[0-9]{4}-[0-9]{4}-[0-9]{4}-[0-9]{3}[0-9X]$": (
        "is not an ORCID, such as 0000-0002-1825-0097, without https://orcid.org/"
    ),
    r"^[A-Za-z0-9.+-]{1,60}$": (
        "is not an identifier of https://spdx.org/licenses, such as CC-BY-4.0"
    ),
    r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$": "is not a date, such as 2030-01-31",
    r"^10\.[0-9]{4,9}/[^\s\"<>]+$": "is not a DOI, such as 10.5281/zenodo.1, without https://doi.org/",
    r"^(10\.[0-9]{4,9}/|https?://)[^\s\"<>]+$": (
        "is neither a DOI, such as 10.5281/zenodo.1, nor a URL of a page"
    ),
    r"^(/([^~/]|~[01])+)+$": "is not a JSON Pointer, such as /limits/zprime_3000/observed",
    r"^[A-Za-z0-9]+(-[A-Za-z0-9]+)+$": (
        "is not the name of a result in SModelS, such as ATLAS-EXOT-2018-06"
    ),
    r"^[0-9]{1,4}-[0-9]{1,4}$": "is not a range of members, such as 1-100",
    r"^(?:cern)?opendata:(\d{1,9})$": "is not a record of CERN Open Data, such as opendata:12367",
}
SCHEMA_END = r"(?!\n)$"  # in a schema, where `$` also matches before a final line break
SHOWN = 200  # characters of a value in a message


def dotted(place: Iterable[str | int]) -> str:
    """A place in a document as shown in messages, such as `regions.sr.selection`.

    Args:
        place: Keys and indices.
    """
    return ".".join(str(part)[:SHOWN] if part != "" else "''" for part in place)


def keys_at(schema: Mapping[str, Any], document: Any, place: Iterable[str | int]) -> list[str]:
    """Keys that a schema allows at a place in a document, sorted by name.

    Args:
        schema: Generated schema.
        document: Plain values.
        place: Path of a mapping in the document.
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
    """Shapes that a schema allows for a value, with references resolved. Shapes that a constant in
    the value excludes are dropped.
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
    """Schemas in a shape for the value of a key or an item."""
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


def pattern_problem(pattern: str) -> str | None:
    """Problem of a text that does not match a pattern of a model or its generated schema.

    Args:
        pattern: Pattern, with the ending of a model or a schema.
    """
    return PATTERN_PROBLEMS.get(pattern.replace(SCHEMA_END, "$"))


def matches(pattern: str, key: str) -> bool:
    """Whether a pattern of a schema allows a key."""
    return re.search(pattern, key) is not None
