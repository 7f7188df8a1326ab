"""Circular definitions of objects and columns. Standard library only, as `loading.all`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from wollemi.analysis.plain.objects import event_names_of, neighbors, sources
from wollemi.analysis.plain.systematic_kinds import kind_of
from wollemi_engine.expressions.fields import event_names
from wollemi_likelihood.expressions.syntax import ExpressionError, used_names

if TYPE_CHECKING:
    from wollemi.analysis.models.analysis import Analysis
    from wollemi.analysis.plain.objects import Objects

    Graph = dict[str, list[str]]  # object or column → names that it uses


def circle_problems(analysis: Analysis) -> list[str]:
    """Objects and columns that need themselves, nominally or under a systematic, each as `path:
    problem`.

    Args:
        analysis: Analysis in which all names of objects exist.
    """
    graph = {**_object_graph(analysis), **_column_graph(analysis)}
    circles = _circles(graph)
    columns = analysis.columns
    if circles:
        return [
            f"{'columns' if circle[0] in columns else 'objects'}.{circle[0]}: {_needs(circle)}"
            for circle in circles
        ]
    return [
        f"systematics.{name}: {_needs(circle)}"
        for name, item in analysis.systematics.items()
        for circle in _circles(_varied(graph, name, item.plain))
    ]


def _needs(circle: tuple[str, ...]) -> str:
    return f"needs itself: {' → '.join(circle)}"


def _object_graph(analysis: Analysis) -> Graph:
    objects: Objects = analysis.plain.get("objects", {})
    graph: Graph = {}
    for name, item in objects.items():
        try:
            used = _bases(event_names_of(name, objects, {}))
        except ExpressionError:  # reported with all other expressions
            used = []
        graph[name] = [*sources(item), *neighbors(item), *used]
    return graph


def _column_graph(analysis: Analysis) -> Graph:
    graph: Graph = {}
    for name, column in analysis.columns.items():
        try:
            used = used_names(column) if isinstance(column, str) else set(column.uses)
        except ExpressionError:  # reported with all other expressions
            used = set()
        graph[name] = _bases(used)
    return graph


def _bases(names: Iterable[str]) -> list[str]:
    return sorted({name.partition(".")[0] for name in names})


def _varied(graph: Graph, name: str, item: Mapping[str, Any]) -> Graph:
    """Names used by objects and columns under a systematic; empty if it changes none of them."""
    kind, place = kind_of(item), f"systematics.{name}"
    varied = {}
    try:
        for changed, placed in kind.field_expressions(place, item).items():
            used = set().union(*(event_names(text) for _, text in placed))
            varied[changed] = [*graph.get(changed, []), *_bases(used)]
        for changed, placed in kind.column_expressions(place, item).items():
            # its own name is the nominal value
            used = set().union(*(used_names(text) for _, text in placed)) - {changed}
            varied[changed] = [*graph.get(changed, []), *_bases(used)]
    except ExpressionError:  # reported with all other expressions
        return {}
    return {**varied, **{key: names for key, names in graph.items() if key not in varied}}


def _circles(graph: Graph) -> list[tuple[str, ...]]:
    """One path per cycle of names that need each other, from a name to itself."""
    circles = []
    done: set[str] = set()
    for start in graph:
        circle = _find_circle(start, graph, (), done)
        if circle:
            circles.append(circle)
            done |= set(circle)
    return circles


def _find_circle(
    name: str, graph: Mapping[str, Iterable[str]], way: tuple[str, ...], done: set[str]
) -> tuple[str, ...]:
    if name in way:
        return (*way[way.index(name) :], name)
    if name in done:
        return ()
    for other in graph.get(name, ()):
        circle = _find_circle(other, graph, (*way, name), done)
        if circle:
            return circle
    done.add(name)
    return ()
