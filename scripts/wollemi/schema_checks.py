"""What a generated schema refuses, in words of a person. Standard library and jsonschema only: the Snakefile asks here.

The programs ask the models from which the schemas are made; both say the same of every file.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import jsonschema

from wollemi.expressions import did_you_mean

NAME_PROBLEM = "cannot be a name, which is of letters, digits and '_', at most 100, and begins with a letter"
_SHOWN = 200  # characters of a value in a message


def _is_whole(_: Any, value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_number(_: Any, value: Any) -> bool:
    return _is_whole(_, value) or (isinstance(value, float) and math.isfinite(value))


# For a schema, 2.0 is a whole number and NaN within any bounds: not for a person who wrote 2.0 files, or none for a number.
_BASE = jsonschema.Draft7Validator
_CHECKER = _BASE.TYPE_CHECKER.redefine_many({"integer": _is_whole, "number": _is_number})
_extended: Any = jsonschema.validators.extend
_Validator: Any = _extended(_BASE, type_checker=_CHECKER)


def read_schema(path: Path) -> Any:
    """One of the generated schemas."""
    return json.loads(path.read_text(encoding="utf-8"))


def schema_problems(document: Any, schema: Mapping[str, Any]) -> list[str]:
    """A line for each place of a document that a schema refuses, as `path: problem`.

    Where a value may have several shapes, what is deepest in the document belongs to the shape that was meant.

    Args:
        document: plain values.
        schema: a generated schema, of draft 7.
    """
    found: dict[tuple[str | int, ...], list[str]] = {}
    for error in _Validator(schema).iter_errors(document):
        meant = _meant(error)
        deepest = max(len(place) for place, _ in meant)
        for place, problem in meant:
            if len(place) == deepest:
                found.setdefault(place, []).append(problem)
    return [f"{dotted(place) or 'the file'}: {', or: '.join(dict.fromkeys(found[place]))}" for place in found]


def dotted(place: Iterable[str | int]) -> str:
    """A place in a document as it is written in messages, such as `regions.sr.selection`.

    Args:
        place: keys and indices.
    """
    return ".".join(str(part)[:_SHOWN] if part != "" else "''" for part in place)


def _meant(error: Any) -> list[tuple[tuple[str | int, ...], str]]:
    """Places and problems of an error; of those of several shapes, which are not told apart by a constant, all."""
    if not error.context:
        return list(_described(error))
    shapes: dict[int, list[Any]] = {}
    for part in error.context:
        shapes.setdefault(part.schema_path[0], []).append(part)
    others = [parts for parts in shapes.values() if not any(part.validator == "const" for part in parts)]
    if not others:
        kinds = [part for parts in shapes.values() for part in parts if part.validator == "const"]
        known = sorted(str(part.validator_value) for part in kinds)
        written = str(kinds[0].instance)
        return [
            (tuple(kinds[0].absolute_path), f"'{written[:_SHOWN]}' is none of {', '.join(known)}{did_you_mean(written, known)}")
        ]
    return [item for parts in others for part in parts for item in _meant(part)]


def _described(error: Any) -> Iterator[tuple[tuple[str | int, ...], str]]:
    place = tuple(error.absolute_path)
    if error.validator == "additionalProperties":
        keys = error.schema.get("properties", {})
        patterns = error.schema.get("patternProperties", {})
        for key in error.instance:
            if key not in keys and not any(_matches(pattern, key) for pattern in patterns):
                yield (*place, key), _wrong_key(key, keys, patterns)
    elif error.validator == "required":
        for key in error.validator_value:
            if key not in error.instance:
                yield (*place, key), "is missing"
    else:
        yield place, f"{_shown(error.instance)}: {error.message[-_SHOWN:]}"


def _wrong_key(key: str, keys: Iterable[str], patterns: Iterable[str]) -> str:
    if patterns:
        return NAME_PROBLEM
    return f"unknown key{did_you_mean(key, keys)}"


def _matches(pattern: str, key: str) -> bool:
    return re.search(pattern, key) is not None


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]} …"


def keys_at(schema: Mapping[str, Any], document: Any, place: Iterable[str | int]) -> list[str]:
    """Keys that a schema knows at a place of a document, in the order of their names.

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
    return (isinstance(document, Mapping) and part in document) or (isinstance(document, list) and part in range(len(document)))


def _shapes(root: Mapping[str, Any], schema: Any, value: Any) -> Iterator[Mapping[str, Any]]:
    """What a schema says of a value, references followed, those shapes left out that a constant in the value excludes."""
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
    constants = {key: item["const"] for key, item in shape.get("properties", {}).items() if "const" in item}
    return isinstance(value, Mapping) and all(value.get(key) == constant for key, constant in constants.items())


def _below(shape: Mapping[str, Any], part: str | int) -> Iterator[Any]:
    """What a shape says of the value of a key or an item."""
    if isinstance(part, int):
        items = shape.get("items", {})
        yield from [items] if isinstance(items, Mapping) else items[part : part + 1]
        return
    properties = shape.get("properties", {})
    yield from [properties[part]] if part in properties else []
    yield from [inner for pattern, inner in shape.get("patternProperties", {}).items() if _matches(pattern, part)]
    yield shape.get("additionalProperties", {})
