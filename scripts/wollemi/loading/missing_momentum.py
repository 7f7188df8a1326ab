"""Checks of the section `missing_momentum`. Standard library only, like `wollemi.loading.all`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from wollemi.analysis.plain.missing_momentum import momentum_key, written_out
from wollemi.analysis.plain.objects import as_names, sources
from wollemi.analysis.plain.systematic_kinds import kind_of
from wollemi_likelihood.base.nearest import did_you_mean

if TYPE_CHECKING:
    Document = Mapping[str, Any]


def check_missing_momentum(document: Document) -> list[str]:
    """Problems of the section, each as `path: problem`.

    Args:
        document: Analysis accepted by the schema, expanded.
    """
    if not document.get("missing_momentum"):
        return []
    problems = list(_object_problems(document))
    return problems or [*_taken_names(document), *_unfollowed(document)]


def rewritten(document: Document, problems: list[str]) -> list[str]:
    """Problems with the keys of the file instead of the keys that missing momenta expand to,
    without repetition.
    """
    pairs = (problem.partition(": ") for problem in problems)
    return list(
        dict.fromkeys(f"{momentum_key(document, place)}: {text}" for place, _, text in pairs)
    )


def _object_problems(document: Document) -> Iterator[str]:
    objects = document.get("objects") or {}
    for name, item in document["missing_momentum"].items():
        path = f"missing_momentum.{name}.objects"
        for other in item["objects"]:
            if other not in objects:
                yield f"{path}: '{other}' is not an object{did_you_mean(other, objects)}"
            elif not objects[other].get("collection"):
                made = ", ".join(sources(objects[other]))
                yield (
                    f"{path}: '{other}' is made of others ({made}), but the missing momentum "
                    "follows whole collections; name these, and say by `cuts` which count"
                )


def _taken_names(document: Document) -> Iterator[str]:
    for momentum, item in document["missing_momentum"].items():
        alone = {**document, "missing_momentum": {momentum: item}}
        for section, entries in written_out(alone).items():
            own = document.get(section) or {}
            for name in entries:
                if own.get(name, entries[name]) != entries[name]:
                    yield (
                        f"missing_momentum.{momentum}: needs the name '{name}', which is taken in "
                        f"`{section}`; choose another one there"
                    )


def _unfollowed(document: Document) -> Iterator[str]:
    """Problems of systematics on combinations of followed objects, which the momentum ignores."""
    objects = document.get("objects") or {}
    followed = {
        name: momentum
        for momentum, item in document["missing_momentum"].items()
        for name in item["objects"]
    }
    for name, item in (document.get("systematics") or {}).items():
        place = f"systematics.{name}"
        for changed in kind_of(item).field_expressions(place, item):
            behind = _behind(changed, objects) & set(followed)
            if behind and changed not in followed:
                first = min(behind)
                yield (
                    f"{place}: '{changed}' is made of '{first}', which the missing momentum "
                    f"'{followed[first]}' follows; vary '{first}', with where(...) for a part of it"
                )


def _behind(name: str, objects: Mapping[str, Any]) -> set[str]:
    """Objects that an object is built from."""
    seen: set[str] = set()
    pending = [name]
    while pending:
        item = objects.get(pending.pop()) or {}
        new = [one for one in as_names(sources(item)) if one not in seen]
        seen |= set(new)
        pending += new
    return seen
