"""Checks of the section `missing_momentum`. Standard library only, like `wollemi.loading.all`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from wollemi.analysis.plain.missing_momentum import momentum_key, written_out
from wollemi.analysis.plain.objects import sources
from wollemi.analysis.plain.systematic_kinds import kind_of
from wollemi_likelihood.base.nearest import did_you_mean

if TYPE_CHECKING:
    from wollemi.analysis.models.analysis import Analysis
    from wollemi.analysis.models.objects import PhysicsObject


def check_missing_momentum(analysis: Analysis) -> list[str]:
    """Problems of the section, each as `path: problem`.

    Args:
        analysis: Analysis accepted by the schema, expanded.
    """
    if not analysis.missing_momentum:
        return []
    problems = list(_object_problems(analysis))
    return problems or [*_taken_names(analysis), *_unfollowed(analysis)]


def rewritten(analysis: Analysis, problems: list[str]) -> list[str]:
    """Problems with the keys of the file instead of the keys that missing momenta expand to,
    without repetition.
    """
    pairs = (problem.partition(": ") for problem in problems)
    return list(
        dict.fromkeys(f"{momentum_key(analysis.plain, place)}: {text}" for place, _, text in pairs)
    )


def _object_problems(analysis: Analysis) -> Iterator[str]:
    objects = analysis.objects
    for name, item in analysis.missing_momentum.items():
        path = f"missing_momentum.{name}.objects"
        for other in item.objects:
            if other not in objects:
                yield f"{path}: '{other}' is not an object{did_you_mean(other, objects)}"
            elif not objects[other].collection:
                made = ", ".join(sources(objects[other].plain))
                yield (
                    f"{path}: '{other}' is made of others ({made}), but the missing momentum "
                    "follows whole collections; name these, and say by `cuts` which count"
                )


def _taken_names(analysis: Analysis) -> Iterator[str]:
    plain = analysis.plain
    for momentum, item in plain["missing_momentum"].items():
        alone = {**plain, "missing_momentum": {momentum: item}}
        for section, entries in written_out(alone).items():
            own = plain.get(section) or {}
            for name in entries:
                if own.get(name, entries[name]) != entries[name]:
                    yield (
                        f"missing_momentum.{momentum}: needs the name '{name}', which is taken in "
                        f"`{section}`; choose another one there"
                    )


def _unfollowed(analysis: Analysis) -> Iterator[str]:
    """Problems of systematics on combinations of followed objects, which the momentum ignores."""
    objects = analysis.objects
    followed = {
        name: momentum
        for momentum, item in analysis.missing_momentum.items()
        for name in item.objects
    }
    for name, item in analysis.systematics.items():
        place = f"systematics.{name}"
        for changed in kind_of(item.plain).field_expressions(place, item.plain):
            behind = _behind(changed, objects) & set(followed)
            if behind and changed not in followed:
                first = min(behind)
                yield (
                    f"{place}: '{changed}' is made of '{first}', which the missing momentum "
                    f"'{followed[first]}' follows; vary '{first}', with where(...) for a part of it"
                )


def _behind(name: str, objects: Mapping[str, PhysicsObject]) -> set[str]:
    """Objects that an object is built from."""
    seen: set[str] = set()
    pending = [name]
    while pending:
        item = objects.get(pending.pop())
        new = [one for one in sources(item.plain) if one not in seen] if item else []
        seen |= set(new)
        pending += new
    return seen
