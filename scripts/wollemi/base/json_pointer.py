"""JSON Pointer (RFC 6901), which also finds list items by name. Standard library only."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from wollemi_likelihood.base.nearest import did_you_mean

# Keys that name an item of a list: parameters of a fit, rows of a table, lines of a cutflow.
NAMING = ("name", "sample", "cut")
_INDEX = re.compile(r"0|[1-9][0-9]*")
_SHOWN = 12


class PointerError(LookupError):
    """Raised for a pointer without a target; the message lists the existing names."""


def pointer_tokens(pointer: str) -> list[str]:
    """Steps of a pointer, with `~1` and `~0` read as `/` and `~`.

    Args:
        pointer: JSON Pointer, such as `/limits/zprime_3000/observed`; empty for the whole document.
    """
    return [token.replace("~1", "/").replace("~0", "~") for token in pointer.split("/")[1:]]


def join_tokens(tokens: Sequence[str]) -> str:
    """The pointer with these steps."""
    return "".join("/" + token.replace("~", "~0").replace("/", "~1") for token in tokens)


def resolve_pointer(document: Any, pointer: str) -> tuple[Any, str]:
    """The value at a pointer.

    In a list, a step is an index from 0 or the `name` (else `sample`, `cut`) of an item.

    Args:
        document: Plain values.
        pointer: JSON Pointer, with indices or names for list items.

    Returns:
        Value, and the pointer with an index for each name, as in RFC 6901.

    Raises:
        PointerError: The target does not exist.
    """
    value = document
    plain: list[str] = []
    for token in pointer_tokens(pointer):
        key = _key(value, token, join_tokens(plain) or "the file")
        value = value[key]
        plain.append(str(key))
    return value, join_tokens(plain)


def _key(value: Any, token: str, where: str) -> str | int:
    """Key or index of a step."""
    if isinstance(value, Mapping):
        if token not in value:
            raise _missing(token, list(value), where)
        return token
    if not isinstance(value, list):
        raise PointerError(f"{where} is a single value and has no '{token}'")
    if _INDEX.fullmatch(token):
        if int(token) >= len(value):
            raise PointerError(
                f"{where} has {len(value)} items, counted from 0; {token} does not exist"
            )
        return int(token)
    names = [_name(item) for item in value]
    if names.count(token) > 1:
        raise PointerError(
            f"{where} has several items named '{token}'; give an index, counted from 0"
        )
    if token not in names:
        known = [name for name in names if name is not None]
        raise _missing(token, known or [f"0 to {len(value) - 1}"] * bool(value), where)
    return names.index(token)


def _name(item: Any) -> str | None:
    names = (
        [item[key] for key in NAMING if isinstance(item.get(key), str)]
        if isinstance(item, Mapping)
        else []
    )
    return names[0] if names else None


def _missing(token: str, known: list[str], where: str) -> PointerError:
    more = f" and {len(known) - _SHOWN} more" if len(known) > _SHOWN else ""
    listing = ", ".join(known[:_SHOWN]) + more
    return PointerError(
        f"'{token}' is not in {where}{did_you_mean(token, known)}; known: {listing or 'none'}"
    )
