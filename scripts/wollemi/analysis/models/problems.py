"""Problems that pydantic found in a configuration, as lines for the user: path, value, problem,
nearest valid name.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import Any

from pydantic import TypeAdapter

from wollemi.analysis.models.base import SMALLEST
from wollemi.base.schema_keys import dotted, keys_at, pattern_problem
from wollemi_likelihood.base.nearest import did_you_mean

Path = tuple[str | int, ...]


def describe_problems(
    problems: Sequence[Mapping[str, Any]],
    document: Any,
    model: Any,
    more: Mapping[int, Iterable[str]] | None = None,
) -> list[str]:
    """One line for each place of the document that has a problem.

    If a value may have several shapes, pydantic reports the problems of each: the deepest in the
    document belongs to the intended shape.

    Args:
        problems: `ValidationError.errors()`.
        document: the validated document, as plain values.
        model: the model it was validated as.
        more: depth of a mapping in the document → further keys there, which were removed before.
    """
    found: dict[Path, list[Mapping[str, Any]]] = {}
    for problem in problems:
        found.setdefault(_document_path(problem, document), []).append(problem)
    deepest = [
        path
        for path in found
        if not any(len(other) > len(path) and other[: len(path)] == path for other in found)
    ]
    known = partial(_known_keys, document, model, more or {})
    return [
        f"{dotted(path) or 'the file'}: {_describe(found[path], path, known)}" for path in deepest
    ]


def _document_path(problem: Mapping[str, Any], document: Any) -> Path:
    """The place without pydantic's names for the shapes it tried."""
    path: list[str | int] = []
    place, kind_seen = document, None
    for part in problem["loc"]:
        # The place of a section of several kinds includes its kind, which may also be a key.
        if isinstance(place, Mapping) and place is not kind_seen and part == place.get("kind"):
            kind_seen = place
        elif (isinstance(place, Mapping) and part in place) or (
            isinstance(place, list) and part in range(len(place))
        ):
            path.append(part)
            place = place[part]
    return (*path, problem["loc"][-1]) if problem["type"] == "missing" else tuple(path)


def _known_keys(
    document: Any, model: Any, more: Mapping[int, Iterable[str]], place: Path
) -> list[str]:
    return [*keys_at(TypeAdapter(model).json_schema(), document, place), *more.get(len(place), ())]


def _describe(
    problems: Sequence[Mapping[str, Any]], path: Path, known: Callable[[Path], list[str]]
) -> str:
    """Problem at one place, in words."""
    kinds = {problem["type"] for problem in problems}
    if "extra_forbidden" in kinds:
        return f"unknown key{did_you_mean(str(path[-1]), known(path[:-1]))}"
    if "missing" in kinds:
        return "is missing"
    return f"{problems[0]['input']!r}: {', or: '.join(map(_words, problems))}"


def _words(problem: Mapping[str, Any]) -> str:
    context = problem.get("ctx", {})
    if context.get("ge") == SMALLEST:
        return f"Input should be positive, {SMALLEST:g} or more"
    return pattern_problem(str(context.get("pattern"))) or str(problem["msg"]).replace(
        "Value error, ", ""
    )
