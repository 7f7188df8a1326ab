"""JSON Patch (RFC 6902) with JSON Pointer (RFC 6901): what a patch of a likelihood is written in."""

import copy
import hashlib
import json
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from wollemi.errors import WollemiError

REMEDY = "make the patch from the BkgOnly.json of this archive"


def apply_patch(document: Any, operations: Sequence[Mapping[str, Any]], where: str) -> Any:
    """A document with a patch applied; the document itself stays as it is.

    Args:
        document: plain values.
        operations: of RFC 6902.
        where: the patch, for errors.

    Raises:
        WollemiError: it is no patch, or does not apply to this document.
    """
    changed = copy.deepcopy(document)
    for number, operation in enumerate(operations, 1):
        try:
            changed = _OPERATIONS[operation["op"]](changed, operation)
        except (KeyError, TypeError, AttributeError) as error:
            problem = f"operation {number} is none of JSON Patch (RFC 6902): {error!r}"
            raise WollemiError(where, problem, "correct it, or make the patch with jsonpatch or pyhf") from None
        except _NotThereError as error:
            what = f"operation {number}, {operation['op']} '{operation['path']}', does not apply"
            raise WollemiError(where, f"{what}: {error}", REMEDY) from None
    return changed


class _NotThereError(Exception):
    """What an operation names is not there, or is another value."""


def _parts(pointer: str) -> list[str]:
    if pointer and not pointer.startswith("/"):
        raise _NotThereError("a path begins with /")
    return [part.replace("~1", "/").replace("~0", "~") for part in pointer.split("/")[1:]]


def _step(place: Any, part: str) -> Any:
    """What a part of a pointer names."""
    if isinstance(place, dict):
        if part not in place:
            raise _NotThereError(f"there is no '{part}'")
        return place[part]
    if not isinstance(place, list):
        raise _NotThereError(f"there is nothing below, where '{part}' is looked for")
    return place[_index(place, part, len(place) - 1)]


def _index(place: list[Any], part: str, last: int) -> int:
    if not re.fullmatch(r"0|[1-9][0-9]*", part) or int(part) > last:
        raise _NotThereError(f"there is no element {part} of {len(place)}")
    return int(part)


def _parent(document: Any, pointer: str) -> tuple[Any, str]:
    *parts, last = _parts(pointer)
    place = document
    for part in parts:
        place = _step(place, part)
    return place, last


def _get(document: Any, pointer: str) -> Any:
    place = document
    for part in _parts(pointer):
        place = _step(place, part)
    return place


def _insert(document: Any, pointer: str, value: Any) -> Any:
    if not pointer:
        return value
    place, last = _parent(document, pointer)
    if isinstance(place, list):
        place.insert(len(place) if last == "-" else _index(place, last, len(place)), value)
    elif isinstance(place, dict):
        place[last] = value
    else:
        raise _NotThereError("there is neither a list nor a mapping to add to")
    return document


def _take(document: Any, pointer: str) -> Any:
    if not pointer:
        raise _NotThereError("the whole document cannot be removed")
    place, last = _parent(document, pointer)
    value = _step(place, last)
    del place[int(last) if isinstance(place, list) else last]
    return value


def _add(document: Any, operation: Mapping[str, Any]) -> Any:
    return _insert(document, operation["path"], copy.deepcopy(operation["value"]))


def _remove(document: Any, operation: Mapping[str, Any]) -> Any:
    _take(document, operation["path"])
    return document


def _replace(document: Any, operation: Mapping[str, Any]) -> Any:
    value = copy.deepcopy(operation["value"])
    if operation["path"]:
        _take(document, operation["path"])
    return _insert(document, operation["path"], value)


def _move(document: Any, operation: Mapping[str, Any]) -> Any:
    if operation["path"].startswith(operation["from"] + "/"):
        raise _NotThereError("a value cannot be moved into itself")
    return _insert(document, operation["path"], _take(document, operation["from"]))


def _copy(document: Any, operation: Mapping[str, Any]) -> Any:
    return _insert(document, operation["path"], copy.deepcopy(_get(document, operation["from"])))


def _test(document: Any, operation: Mapping[str, Any]) -> Any:
    if _get(document, operation["path"]) != operation["value"]:
        raise _NotThereError("the value there is another one")
    return document


_OPERATIONS: dict[str, Callable[[Any, Mapping[str, Any]], Any]] = {
    "add": _add,
    "remove": _remove,
    "replace": _replace,
    "move": _move,
    "copy": _copy,
    "test": _test,
}


def digest(specification: Mapping[str, Any], algorithm: str = "sha256") -> str:
    """Digest of a specification as pyhf 0.7.6 takes it: of its JSON with sorted keys (`pyhf.utils.digest`)."""
    return hashlib.new(algorithm, json.dumps(specification, sort_keys=True, ensure_ascii=False).encode()).hexdigest()
