"""Reading and checking a trigger menu, and the branches that its expressions need."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from wollemi.analysis.models.files import read_model
from wollemi.analysis.plain.needed_columns import names_behind, reached_branches
from wollemi.analysis.view import view_of
from wollemi.loading.objects import (
    check_fields,
    check_structure,
    field_problem,
    own_problems,
)
from wollemi.loading.random_numbers import check_random
from wollemi_engine.expressions.selections import selection_expressions
from wollemi_interactive.menus.models import Menu, TurnOn
from wollemi_interactive.menus.trigger import path_terms, prescale_term
from wollemi_interactive.menus.turn_ons import probe_objects, turn_on_expressions
from wollemi_likelihood.base.errors import ConfigurationError
from wollemi_likelihood.base.nearest import did_you_mean, unknown_names
from wollemi_likelihood.expressions.syntax import ExpressionError, used_names

TOTAL = "total"  # all paths together, in the table of rates
REMEDY = "fix these lines; docs/queries.md has the keys"


def read_menu(path: Path) -> Menu:
    """Read and check a menu.

    Raises:
        ConfigurationError: The file has problems; the error lists all of them.
        WollemiError: The file is not YAML.
    """
    menu = read_model(path, Menu, REMEDY)
    problems = list(menu_problems(menu))
    if problems:
        raise ConfigurationError(str(path), problems, REMEDY)
    return menu


def menu_document(menu: Menu) -> dict[str, Any]:
    """Objects and columns as plain values, as in an analysis file; thresholds are columns."""
    content = menu.model_dump(mode="json", exclude_none=True)
    thresholds = {name: repr(value) for name, value in menu.thresholds.items()}
    return {"objects": content["objects"], "columns": {**content["columns"], **thresholds}}


def menu_problems(menu: Menu) -> Iterator[str]:
    """Problems that the model cannot detect, each as `path: problem`."""
    document = menu_document(menu)
    objects, view = document["objects"], view_of(document)
    structure = check_structure(view)
    yield from structure
    sound = {} if structure else objects
    if not structure:
        yield from check_fields(view)
        yield from check_random(view)
    named = [*menu.objects, *menu.columns, *menu.thresholds, *probe_objects(menu)]
    for name in sorted({name for name in named if named.count(name) > 1}):
        yield f"'{name}' is there twice, among objects, columns, thresholds and turn-ons"
    if TOTAL in menu.paths:
        yield f"paths.{TOTAL}: is what all paths together are called; rename it"
    for place, text in _event_expressions(menu):
        yield from _problems_of(place, text, objects, sound, menu)
    for name, item in menu.turn_ons.items():
        yield from _turn_on_problems(f"turn_ons.{name}", item, menu, {"objects": sound, **document})


def _problems_of(
    place: str, text: str, objects: dict[str, Any], sound: dict[str, Any], menu: Menu
) -> list[str]:
    try:
        names = sorted(used_names(text))
    except ExpressionError as error:
        return [f"{place}: {error}"]
    bases = {name.split(".")[0] for name in names if "." in name} - set(menu.columns)
    found = (field_problem(sound, name) for name in names)
    return [
        *unknown_names(place, sorted(bases), objects, "object"),
        *(f"{place}: {problem}" for problem in dict.fromkeys(found) if problem),
    ]


def _turn_on_problems(
    place: str, item: TurnOn, menu: Menu, document: dict[str, Any]
) -> Iterator[str]:
    if item.path is not None and item.path not in menu.paths:
        near = did_you_mean(item.path, menu.paths)
        yield f"{place}.path: '{item.path}' is not a path{near}"
    if item.probes is None:
        return
    if item.probes not in menu.objects:
        near = did_you_mean(item.probes, menu.objects)
        yield f"{place}.probes: '{item.probes}' is not an object{near}"
        return
    objects, columns = document["objects"], document["columns"]
    for key, text in (("variable", item.variable), ("pass", item.passes)):
        try:
            found = own_problems(objects, columns, item.probes, text) if text else []
        except ExpressionError as error:
            found = [str(error)]
        yield from (f"{place}.{key}: {problem}" for problem in found)


def _event_expressions(menu: Menu) -> Iterator[tuple[str, str]]:
    """Expressions on the event, each with its place."""
    yield from ((f"columns.{name}", text) for name, text in menu.columns.items())
    for name, path in menu.paths.items():
        yield from selection_expressions(f"paths.{name}.selection", path.selection)
    if menu.weight is not None:
        yield "weight", menu.weight
    for name, item in menu.turn_ons.items():
        own = {"variable": item.variable, "pass": item.passes} if item.probes is None else {}
        texts = {"selection": item.selection, **own}
        yield from ((f"turn_ons.{name}.{key}", text) for key, text in texts.items() if text)


def menu_branches(menu: Menu) -> list[str]:
    """Sorted names of the branches that a menu needs, apart from the event identifiers."""
    own = {name: item.plain for name, item in probe_objects(menu).items()}
    document = menu_document(menu)
    document = {**document, "objects": {**document["objects"], **own}}
    texts = [term for name in menu.paths for term in path_terms(menu, name)]
    texts += [prescale_term(menu, name) for name, item in menu.paths.items() if item.prescale > 1]
    texts += [menu.weight] if menu.weight is not None else []
    texts += [text for name in menu.turn_ons for text in turn_on_expressions(menu, name)]
    return reached_branches(document, texts, {})


def scanned_paths(menu: Menu, threshold: str) -> list[str]:
    """Paths whose selection uses a threshold, directly or through columns and objects."""
    document = menu_document(menu)
    return [
        name for name in menu.paths if threshold in names_behind(document, path_terms(menu, name))
    ]
