"""Checks of expressions that draw random numbers. Standard library only, like
`wollemi.loading.all`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from wollemi.analysis.plain.objects import own_expressions
from wollemi.analysis.plain.systematic_kinds import kind_of
from wollemi_likelihood.expressions.syntax import draws_numbers

if TYPE_CHECKING:
    Document = Mapping[str, Any]


def check_random(document: Document) -> list[str]:
    """Problems of objects that do not have their own random numbers, each as `path: problem`.

    Args:
        document: Analysis accepted by the schema.
    """
    objects = document.get("objects", {})
    return [
        (
            f"{path}: '{name}' is not of one collection of the files, so it has no random "
            "numbers; draw them for what it is made of"
        )
        for path, name, text in _object_expressions(document)
        if draws_numbers(text) and name in objects and not _of_one_collection(objects, name)
    ]


def _object_expressions(document: Document) -> Iterator[tuple[str, str, str]]:
    """Path, object and text of the expressions on the fields of one object."""
    for name, item in document.get("objects", {}).items():
        yield from (
            (f"objects.{name}.{key}", name, text) for key, text in own_expressions(item).items()
        )
    for name, systematic in document.get("systematics", {}).items():
        for changed, placed in (
            kind_of(systematic).field_expressions(f"systematics.{name}", systematic).items()
        ):
            yield from ((place, changed, text) for place, text in placed)


def _of_one_collection(objects: Document, name: str) -> bool:
    seen = set()
    while name in objects and name not in seen:
        seen.add(name)
        if objects[name].get("collection"):
            return True
        name = objects[name].get("select")
    return False
