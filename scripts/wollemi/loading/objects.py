"""Checks of the objects of an analysis file, before any event is read. Standard library only, like
`loading.all`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from wollemi.analysis.plain.objects import KINDS, as_names, own_expressions, sources
from wollemi.analysis.plain.systematic_kinds import kind_of
from wollemi.loading.circles import circle_problems
from wollemi_engine.expressions.fields import SELF, event_names, own_names
from wollemi_likelihood.base.nearest import did_you_mean
from wollemi_likelihood.expressions.syntax import KINEMATICS, LEGS, MOMENTUM, ExpressionError

if TYPE_CHECKING:
    from wollemi.analysis.models.analysis import Analysis
    from wollemi.analysis.plain.objects import Objects


def check_structure(analysis: Analysis) -> list[str]:
    """Problems of the section `objects` that make its names ambiguous, each as `path: problem`.

    Args:
        analysis: Analysis accepted by the schema.
    """
    objects = plain_objects(analysis)
    problems = [
        problem for name, item in objects.items() for problem in _check_object(name, item, objects)
    ]
    return problems or circle_problems(analysis)


def check_fields(analysis: Analysis) -> list[str]:
    """Problems of the fields of objects and of their use in systematics and columns, each as `path:
    problem`.

    Args:
        analysis: Analysis whose objects have a valid structure.
    """
    return [
        *_check_legs(plain_objects(analysis)),
        *_check_own_names(analysis),
        *_check_changes(analysis),
        *_check_columns(analysis),
    ]


def plain_objects(analysis: Analysis) -> Objects:
    """The section `objects` as written."""
    objects: Objects = analysis.plain.get("objects", {})
    return objects


def field_problem(objects: Objects, name: str) -> str:
    """The problem of a name such as `z.first.charge`; empty if it is valid, or if only the files
    can show it.

    Args:
        objects: Section `objects`, without cycles.
        name: Name of an object and its field.
    """
    base, _, path = name.partition(".")
    if base not in objects or not path:
        return ""
    item = objects[base]
    field, _, rest = path.partition(".")
    fields = item.get("fields") or {}
    if field in fields or field in KINEMATICS or (item.get("collection") and field not in LEGS):
        return f"'{field}' of '{base}' is a number, so '.{rest}' means nothing" if rest else ""
    if item.get("collection"):
        return f"'{base}' is not a combination, so there is no '{base}.{field}'"
    if not item.get("combine"):
        found = (field_problem(objects, f"{source}.{path}") for source in sources(item))
        return next(filter(None, found), "")
    legs = {LEGS[index]: leg for index, leg in enumerate(as_names(item["combine"]))}
    if field in legs:
        return field_problem(objects, f"{legs[field]}.{rest}") if rest else ""
    nearest = "" if field in LEGS else did_you_mean(field, [*legs, *fields, *KINEMATICS])
    offer = ", ".join([*legs, *fields, "mass, pt …"])
    return f"the combination '{base}' has no '{field}'{nearest} (it has {offer})"


def legs_of(objects: Objects, name: str) -> int:
    """Number of objects of the files that make up one object of this name; 0 if a union mixes
    different numbers.
    """
    item = objects[name]
    if item.get("combine"):
        return sum(legs_of(objects, leg) for leg in as_names(item["combine"]))
    numbers = {legs_of(objects, source) for source in sources(item)} or {1}
    return numbers.pop() if len(numbers) == 1 else 0


def _check_object(name: str, item: Mapping[str, Any], objects: Objects) -> list[str]:
    """Problems of kind, references and expressions of one object."""
    path = f"objects.{name}"
    given = [kind for kind in KINDS if item.get(kind)]
    problems = []
    if len(given) != 1:
        problems.append(
            f"{path}: give exactly one of {', '.join(KINDS)} (found {', '.join(given) or 'none'})"
        )
    if item.get("mass_gev") is not None and not item.get("collection"):
        problems.append(f"{path}.mass_gev: only a collection takes a mass")
    if item.get("calibrate") and not item.get("collection"):
        problems.append(f"{path}.calibrate: only a collection is calibrated")
    problems += [
        f"{path}.calibrate: {problem}" for problem in _follows(item.get("calibrate") or {})
    ]
    for key in (*KINDS[1:], "near", "away_from", "not_in"):
        problems += [
            f"{path}.{key}: '{other}' is not an object{did_you_mean(other, objects)}"
            for other in as_names(item.get(key))
            if other not in objects
        ]
    combined = as_names(item.get("combine"))
    if len(_runs(combined)) != len(set(combined)):
        ordered = ", ".join(sorted(combined, key=combined.index))
        problems.append(f"{path}.combine: equal objects stand together; write [{ordered}]")
    return problems + _check_fields(path, item)


def _runs(names: list[str]) -> list[str]:
    """The names without consecutive repetitions."""
    return [name for index, name in enumerate(names) if index == 0 or names[index - 1] != name]


def _check_fields(path: str, item: Mapping[str, Any]) -> list[str]:
    """Problems of derived fields, which need new names, earlier fields, and valid expressions."""
    problems, later = [], list(item.get("fields") or {})
    for key, text in own_expressions(item).items():
        try:
            names = {name.partition(".")[0] for name in own_names(text)}
        except ExpressionError as error:
            problems.append(f"{path}.{key}: {error}")
            continue
        unknown = sorted(names & set(later))
        problems += [
            f"{path}.{key}: '{name}' is not there yet; fields are computed in their order"
            for name in unknown
        ]
        if key.startswith("fields."):
            field = later.pop(0)
            if field in KINEMATICS or field in LEGS or field == SELF:
                problems.append(f"{path}.{key}: the name is taken; choose another one")
    return problems


def _check_legs(objects: Objects) -> list[str]:
    """Problems of unions, whose members must have the same number of objects."""
    return [
        f"objects.{name}.union: its objects are made of different numbers of objects ({listing})"
        for name, item in objects.items()
        if item.get("union") and not legs_of(objects, name)
        for listing in [
            ", ".join(f"{member}: {legs_of(objects, member)}" for member in as_names(item["union"]))
        ]
    ]


def _check_own_names(analysis: Analysis) -> list[str]:
    """Problems of the names in objects' own expressions."""
    return [
        f"objects.{name}.{key}: {problem}"
        for name, item in plain_objects(analysis).items()
        for key, text in own_expressions(item).items()
        for problem in own_problems(plain_objects(analysis), analysis.columns, name, text)
    ]


def own_problems(objects: Objects, columns: Iterable[str], name: str, text: str) -> list[str]:
    """Problems of the names in an expression on the fields of an object, without repetition.

    Args:
        objects: Section `objects`, of valid structure.
        columns: Names of the columns.
        name: Name of the object.
        text: Text of the expression.

    Raises:
        ExpressionError: The expression cannot be parsed.
    """
    used = sorted(event_names(text))
    bases = {one.partition(".")[0] for one in used if "." in one}
    problems = [
        *(field_problem(objects, f"{name}.{field}") for field in sorted(own_names(text))),
        *(
            f"'{base}' is not an object{did_you_mean(base, objects)}"
            for base in sorted(bases - set(objects) - set(columns))
        ),
        *(field_problem(objects, one) for one in used),
    ]
    return list(filter(None, dict.fromkeys(problems)))


def _check_changes(analysis: Analysis) -> list[str]:
    """Problems of quantities that a systematic changes, which must be read from the files, not
    computed from other objects.
    """
    objects, problems = plain_objects(analysis), []
    for name, item in analysis.systematics.items():
        kind, path = kind_of(item.plain), f"systematics.{name}"
        for changed, placed in kind.field_expressions(path, item.plain).items():
            fields = {place.rpartition(".")[2] for place, _ in placed}
            found = (
                _change_problems(changed, objects[changed], fields) if changed in objects else ()
            )
            problems += [f"{path}{problem}" for problem in found]
    return problems


def _change_problems(name: str, item: Mapping[str, Any], fields: set[str]) -> Iterator[str]:
    """Problems of an object's fields that a systematic changes."""
    if item.get("combine"):
        legs = " or ".join(dict.fromkeys(as_names(item["combine"])))
        yield f".object: '{name}' is a combination; vary {legs}"
    yield from (f": {problem}" for problem in _follows(fields))
    derived = sorted(fields & set(item.get("fields") or {}))
    yield from (f": '{field}' is computed from others; vary those" for field in derived)


def _follows(fields: Iterable[str]) -> list[str]:
    """Problems of fields that cannot be changed on their own."""
    names = sorted(KINEMATICS.intersection(fields).difference(MOMENTUM["polar"]))
    return [f"'{name}' follows from {', '.join(MOMENTUM['polar'])}; change those" for name in names]


def _check_columns(analysis: Analysis) -> list[str]:
    """Problems of columns, which need unique names, and of hooks, which need existing fields."""
    objects, problems = plain_objects(analysis), []
    for name, column in analysis.columns.items():
        if name in objects:
            problems.append(f"columns.{name}: the name is taken by an object")
        for used in () if isinstance(column, str) else column.uses:
            base = used.partition(".")[0]
            if "." in used and base not in objects and base not in analysis.columns:
                problems.append(
                    f"columns.{name}.uses: '{base}' is not an object{did_you_mean(base, objects)}"
                )
            problem = field_problem(objects, used)
            problems += [f"columns.{name}.uses: {problem}"] if problem else []
    return problems
