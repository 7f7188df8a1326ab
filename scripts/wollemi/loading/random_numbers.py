"""Checks of expressions that draw random numbers. Standard library only, like
`wollemi.loading.all`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from wollemi.analysis.plain.objects import own_expressions
from wollemi.analysis.plain.systematic_kinds import kind_of
from wollemi_likelihood.expressions.syntax import draws_numbers

if TYPE_CHECKING:
    from wollemi.analysis.models.analysis import Analysis
    from wollemi.analysis.models.objects import PhysicsObject


def check_random(analysis: Analysis) -> list[str]:
    """Problems of objects that do not have their own random numbers, each as `path: problem`.

    Args:
        analysis: Analysis accepted by the schema.
    """
    objects = analysis.objects
    return [
        (
            f"{path}: '{name}' is not of one collection of the files, so it has no random "
            "numbers; draw them for what it is made of"
        )
        for path, name, text in _object_expressions(analysis)
        if draws_numbers(text) and name in objects and not _of_one_collection(objects, name)
    ]


def _object_expressions(analysis: Analysis) -> Iterator[tuple[str, str, str]]:
    """Path, object and text of the expressions on the fields of one object."""
    for name, item in analysis.objects.items():
        own = own_expressions(item.plain)
        yield from ((f"objects.{name}.{key}", name, text) for key, text in own.items())
    for name, systematic in analysis.systematics.items():
        plain = systematic.plain
        placed_of = kind_of(plain).field_expressions(f"systematics.{name}", plain)
        for changed, placed in placed_of.items():
            yield from ((place, changed, text) for place, text in placed)


def _of_one_collection(objects: Mapping[str, PhysicsObject], name: str | None) -> bool:
    seen = set()
    while name and name in objects and name not in seen:
        seen.add(name)
        if objects[name].collection:
            return True
        name = objects[name].select
    return False
