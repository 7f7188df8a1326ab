"""Violations of a generated schema, in plain words. Standard library and jsonschema only, for the
Snakefile.

The programs use the models from which the schemas are made; both report the same for every file.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import jsonschema

from wollemi.base.schema_keys import NAME_PROBLEM, SHOWN, dotted, matches, pattern_problem
from wollemi_likelihood.base.nearest import did_you_mean


def _is_whole(_: Any, value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_number(_: Any, value: Any) -> bool:
    return _is_whole(_, value) or (isinstance(value, float) and math.isfinite(value))


# For a schema, 2.0 is an integer and NaN is within any bounds; for a user who wrote 2.0 files, or
# NaN for a number, both are errors.
_BASE = jsonschema.Draft7Validator
_CHECKER = _BASE.TYPE_CHECKER.redefine_many({"integer": _is_whole, "number": _is_number})
_extended: Any = jsonschema.validators.extend
_Validator: Any = _extended(_BASE, type_checker=_CHECKER)


def read_schema(path: Path) -> Any:
    """One of the generated schemas."""
    return json.loads(path.read_text(encoding="utf-8"))


def schema_problems(document: Any, schema: Mapping[str, Any]) -> list[str]:
    """Violations of a schema, one for each place of a document, as `path: problem`.

    If a value may have several shapes, the problem deepest in the document belongs to the intended
    shape.

    Args:
        document: Plain values.
        schema: Generated schema, draft 7.
    """
    found: dict[tuple[str | int, ...], list[str]] = {}
    for error in _Validator(schema).iter_errors(document):
        meant = _meant(error)
        deepest = max(len(place) for place, _ in meant)
        for place, problem in meant:
            if len(place) == deepest:
                found.setdefault(place, []).append(problem)
    return [
        f"{dotted(place) or 'the file'}: {', or: '.join(dict.fromkeys(found[place]))}"
        for place in found
    ]


def _meant(error: Any) -> list[tuple[tuple[str | int, ...], str]]:
    """Places and problems of an error; for several shapes that no constant distinguishes, the
    places and problems of all shapes.
    """
    if not error.context:
        return list(_described(error))
    shapes: dict[int, list[Any]] = {}
    for part in error.context:
        shapes.setdefault(part.schema_path[0], []).append(part)
    others = [
        parts for parts in shapes.values() if not any(part.validator == "const" for part in parts)
    ]
    if not others:
        kinds = [part for parts in shapes.values() for part in parts if part.validator == "const"]
        known = sorted(str(part.validator_value) for part in kinds)
        written = str(kinds[0].instance)
        return [
            (
                tuple(kinds[0].absolute_path),
                f"'{written[:SHOWN]}' is none of {', '.join(known)}{did_you_mean(written, known)}",
            )
        ]
    return [item for parts in others for part in parts for item in _meant(part)]


def _described(error: Any) -> Iterator[tuple[tuple[str | int, ...], str]]:
    place = tuple(error.absolute_path)
    if error.validator == "additionalProperties":
        keys = error.schema.get("properties", {})
        patterns = error.schema.get("patternProperties", {})
        for key in error.instance:
            if key not in keys and not any(matches(pattern, key) for pattern in patterns):
                yield (*place, key), _wrong_key(key, keys, patterns)
    elif error.validator == "required":
        for key in error.validator_value:
            if key not in error.instance:
                yield (*place, key), "is missing"
    else:
        words = pattern_problem(error.validator_value) if error.validator == "pattern" else None
        yield place, f"{_shown(error.instance)}: {words or error.message[-SHOWN:]}"


def _wrong_key(key: str, keys: Iterable[str], patterns: Iterable[str]) -> str:
    if patterns:
        return NAME_PROBLEM
    return f"unknown key{did_you_mean(key, keys)}"


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= SHOWN else f"{text[:SHOWN]} …"
