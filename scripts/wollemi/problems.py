"""What pydantic found wrong with a configuration, as lines for a person: path, value, problem, nearest valid name."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from wollemi import configuration, cosmetics, dataset_configuration
from wollemi.expressions import did_you_mean
from wollemi.section import Section

Path = tuple[str | int, ...]


def describe_problems(problems: Sequence[Mapping[str, Any]], document: Any, known: Collection[str] | None = None) -> list[str]:
    """One line for each place of the document that has a problem.

    Where a value may have several shapes, pydantic reports what each of them misses: what is deepest in the document belongs to
    the shape that was meant.

    Args:
        problems: `ValidationError.errors()`.
        document: what was validated, as plain values.
        known: keys that a misspelled one may have meant; none: those of an analysis file.
    """
    names = _known_keys() if known is None else known
    found: dict[Path, list[Mapping[str, Any]]] = {}
    for problem in problems:
        found.setdefault(_document_path(problem, document), []).append(problem)
    deepest = [path for path in found if not any(len(other) > len(path) and other[: len(path)] == path for other in found)]
    return [f"{'.'.join(map(str, path))}: {_describe(found[path], path, names)}" for path in deepest]


def _document_path(problem: Mapping[str, Any], document: Any) -> Path:
    """The place without pydantic's names of the shapes it tried."""
    path: list[str | int] = []
    place = document
    for part in problem["loc"]:
        if (isinstance(place, Mapping) and part in place) or (isinstance(place, list) and part in range(len(place))):
            path.append(part)
            place = place[part]
    return (*path, problem["loc"][-1]) if problem["type"] == "missing" else tuple(path)


def _describe(problems: Sequence[Mapping[str, Any]], path: Path, known: Collection[str]) -> str:
    """What is wrong at one place."""
    kinds = {problem["type"] for problem in problems}
    if "extra_forbidden" in kinds:
        return f"unknown key{did_you_mean(str(path[-1]), known)}"
    if "missing" in kinds:
        return "is missing"
    return f"{problems[0]['input']!r}: {', or: '.join(problem['msg'] for problem in problems)}"


def _known_keys() -> set[str]:
    modules = (configuration, cosmetics, dataset_configuration)
    models = (value for module in modules for value in vars(module).values() if isinstance(value, type))
    return keys_of(model for model in models if issubclass(model, Section))


def keys_of(models: Iterable[type[Section]]) -> set[str]:
    """Keys of sections, as they are written."""
    return {field.alias or key for model in models for key, field in model.model_fields.items()}
