"""Random single mistakes in documents: what a person mistypes, leaves out, writes twice, or writes
with bad intent.
"""

import copy
import itertools
import math
import random
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

NAMES = ("../../../x", "", "a b", "é", "1a", "x.y", "<b>", "a\n", "x" * 5000, "x\x00y")
VALUES: tuple[Any, ...] = (
    None, True, False, "", 0, -1, 1, 2.0, 1e9, 10**17, 10**30, 1e300, math.nan, math.inf, -0.0, 5e-324, "13", "-1", "9**9**9",  # noqa: E501
    "1 +", [], {}, [1], ["x"], [None], [[]], {"x": 1}, {"": 1}, {"../x": 1}, "symmetrize", "none", *NAMES,  # noqa: E501
)  # fmt: skip
KEYS = ("selection", "file", "unit", "label", "../x")


@dataclass(frozen=True)
class Mutation:
    """A document with one mistake, and what it is."""

    document: dict[str, Any]
    kind: str
    path: tuple[str | int, ...]
    old: Any
    new: Any


def mutations(document: dict[str, Any], number: int, seed: int) -> Iterator[Mutation]:
    """Mutations of a document, which stays as it is.

    Args:
        document: plain values.
        number: how many.
        seed: of the random numbers.
    """
    dice = random.Random(seed)
    found = (_mutated(dice, document) for _ in itertools.count())
    yield from itertools.islice((mutation for mutation in found if mutation is not None), number)


def _mutated(dice: random.Random, document: dict[str, Any]) -> Mutation | None:
    """One try; none where the kind of mistake does not fit the place, or changes nothing."""
    mutated = copy.deepcopy(document)
    path, parent = _place(dice, mutated)
    kind, old = dice.choice(sorted(_KINDS)), copy.deepcopy(parent[path[-1]])
    new = _KINDS[kind](dice, parent, path[-1])
    return (
        None
        if new is _UNFIT or repr(mutated) == repr(document)
        else Mutation(mutated, kind, path, old, new)
    )


def _place(dice: random.Random, document: Any) -> tuple[tuple[str | int, ...], Any]:
    """A value anywhere, and what it stands in; sections are as likely as the few lines of a small
    one.
    """
    path: tuple[str | int, ...] = ()
    parent = place = document
    while isinstance(place, dict | list) and place and (not path or dice.random() < 0.85):
        key: Any = dice.choice(list(place) if isinstance(place, dict) else range(len(place)))
        path, parent, place = (*path, key), place, place[key]
    return path, parent


_UNFIT = object()


def _delete(dice: random.Random, parent: Any, key: Any) -> Any:
    del parent[key]
    return None


def _replace(dice: random.Random, parent: Any, key: Any) -> Any:
    parent[key] = dice.choice(VALUES)
    return parent[key]


def _rename(dice: random.Random, parent: Any, key: Any) -> Any:
    if not isinstance(parent, dict):
        return _UNFIT
    new = dice.choice([*NAMES, f"{key}x", key[:-1], key.upper(), f"1{key}"])
    if new in parent:
        return _UNFIT
    items = [(new if name == key else name, value) for name, value in parent.items()]
    parent.clear()
    parent.update(items)
    return new


def _mistype(dice: random.Random, parent: Any, key: Any) -> Any:
    text = parent[key]
    if not isinstance(text, str) or not text:
        return _UNFIT
    place = dice.randrange(len(text))
    before, after = text[:place], text[place:]
    parent[key] = dice.choice(
        [
            before + after[1:],
            before + dice.choice("xz9_( )") + after,
            f"{text}\n",
            text.upper(),
            f"\u200b{text}",
        ]
    )
    return parent[key]


def _change_number(dice: random.Random, parent: Any, key: Any) -> Any:
    value = parent[key]
    if not isinstance(value, int | float) or isinstance(value, bool):
        return _UNFIT
    parent[key] = dice.choice(
        [
            -value,
            value * 1000,
            value * 1e-3,
            value * 1e30,
            str(value),
            float(value),
            value + 0.5,
            bool(value),
        ]
    )
    return parent[key]


def _wrap(dice: random.Random, parent: Any, key: Any) -> Any:
    value = parent[key]
    parent[key] = (
        [value]
        if not isinstance(value, list)
        else {str(place): item for place, item in enumerate(value)}
    )
    return parent[key]


def _repeat(dice: random.Random, parent: Any, key: Any) -> Any:
    if not isinstance(parent, list):
        return _UNFIT
    parent.insert(0, parent[key])
    return parent[0]


def _insert(dice: random.Random, parent: Any, key: Any) -> Any:
    new = dice.choice(KEYS)
    if not isinstance(parent[key], dict) or new in parent[key]:
        return _UNFIT
    parent[key][new] = dice.choice([1, "x", None, {}])
    return new


_KINDS = {
    "delete": _delete,
    "replace": _replace,
    "rename": _rename,
    "mistype": _mistype,
    "change_number": _change_number,
    "wrap": _wrap,
    "repeat": _repeat,
    "insert": _insert,
}
