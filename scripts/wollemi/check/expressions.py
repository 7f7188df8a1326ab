"""The expressions of an analysis on some events of a dataset, evaluated as in the steps."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

import awkward as ak
import numpy as np
from numpy.typing import NDArray

from wollemi.analysis.hooks import described
from wollemi.analysis.plain.corrections import reached_names, reached_texts
from wollemi.analysis.plain.needed_columns import object_changes, reached_branches
from wollemi.analysis.plain.systematic_kinds import WEIGHTS, kind_of
from wollemi.analysis.settings import Settings
from wollemi.events.event_models import object_variations
from wollemi.events.weight_sets import member_factors
from wollemi.loading.places import Line, Use, expressions_of, fault_line, places_of
from wollemi_engine.events.model import EventModel
from wollemi_engine.expressions.evaluation import (
    as_flags,
    evaluate,
    evaluate_entries,
    evaluate_values,
)
from wollemi_engine.expressions.selections import selection_terms
from wollemi_likelihood.base.arrays import Flags
from wollemi_likelihood.base.errors import EvaluationError, WollemiError, counted
from wollemi_likelihood.expressions.syntax import called_corrections

REMEDY = "give a value for them, such as where(count(electron) > 0, ..., 1)"
COMPARE = "compare it with something, such as muon[0].pt > 30"


class ExpressionChecks:
    """Evaluation of the expressions of an analysis on some events of a dataset.

    Args:
        document: Analysis as seen by a step on the dataset.
        dataset: Name of the dataset.
        settings: Sections `objects`, `columns`, `variables` and the variations.
        model: Objects and columns.
        events: Events with the available branches, shape (events,).
        where: Displayed name of the file.
        lost: Names of missing branches; expressions that need them are skipped.
        whole: Whether no selection was removed; else more events are selected than in the steps.
    """

    def __init__(
        self,
        document: Mapping[str, Any],
        dataset: str,
        settings: Settings,
        model: EventModel,
        events: ak.Array,
        where: str,
        lost: Iterable[str],
        whole: bool = True,
    ):
        self._document, self._settings, self._events, self._where = (
            document,
            settings,
            events,
            where,
        )
        self._model = replace(
            model,
            hooks={
                name: partial(_call_hook, _column_of(settings, name), model.hooks[name])
                for name in model.hooks
            },
        )
        self._names = self._model.names(events)
        self._lost, self._whole = set(lost), whole
        self._uses = expressions_of(document, dataset)
        placed = object_changes(document, dataset)
        self._changes = {name: [text for _, text in items] for name, items in placed.items()}
        self._selected: list[Flags] = []

    def lines(self) -> list[Line]:
        """Places in the analysis file with their problems."""
        found: dict[Line, None] = {}
        for text, place, check in self._checks():
            if not self._can_be_known(text):
                continue
            try:
                check()
            except EvaluationError as error:
                own = (
                    [place]
                    if error.text in (text, *_terms(text))
                    else places_of(self._uses, error.text)
                )
                found |= {
                    (key, f"{fault_line(error)}; {error.remedy}"): None for key in own or [place]
                }
            except WollemiError as error:
                found[_line(place, error, self._where)] = None
        return list(found or dict.fromkeys(self._infinite_weights()))

    def _can_be_known(self, text: str) -> bool:
        """Whether all branches, hooks and corrections of an expression are available."""
        if self._lost & set(reached_branches(self._document, [text], self._changes)):
            return False
        behind = {
            name: self._settings.columns.get(name)
            for name in [text, *reached_names(self._document, [text], self._changes)]
        }
        if any(
            not isinstance(column, str) and column.hook not in self._model.hooks
            for column in behind.values()
            if column
        ):
            return False
        called = (
            call
            for other in reached_texts(self._document, [text], self._changes)
            for call, _ in called_corrections(other)
        )
        return all(f"correction.{call}" in self._model.corrections for call in called)

    def _checks(self) -> Iterator[tuple[str, str, Callable[[], Any]]]:
        """Expressions, their places, and functions that evaluate them; dependencies come first."""
        direct = [use for use in self._uses if not use.base]
        texts = [use.text for use in direct]
        for name in reversed(reached_names(self._document, texts, self._changes)):
            section = "columns" if name in self._settings.columns else "objects"
            yield name, f"{section}.{name}", partial(self._names.__getitem__, name)
        for use in direct:
            section, _, rest = use.place.partition(".")
            if section in ("skim", "regions"):
                yield from (
                    (term, use.place, partial(self._flags, term)) for term in _terms(use.text)
                )
            elif section == "variables":
                yield use.text, use.place, partial(self._values, use.text, rest.partition(".")[0])
            elif self._is_weight(use):
                yield use.text, use.place, partial(self._values, use.text)
        for name, item in self._settings.weight_sets.items():
            check = partial(self._members, name, item)
            yield item["weights"], f"systematics.{name}.weights", check
        for view in object_variations(self._settings.object_variations)[1:]:
            names = self._model.names(self._events, view)
            place = "systematics." + ".".join(view.name.rsplit("_", 1))
            yield from (
                (name, place, partial(names.__getitem__, name))
                for name in (*view.changes, *view.columns)
            )

    def _is_weight(self, use: Use) -> bool:
        section, name = use.place.split(".")[:2]
        return section in ("datasets", "weights") or (
            section == "systematics"
            and kind_of(self._document["systematics"][name]).acts_on == WEIGHTS
        )

    def _members(self, name: str, item: Mapping[str, Any]) -> list[NDArray[np.floating]]:
        return list(member_factors(name, item, self._names, self._where, 0))

    def _flags(self, text: str) -> Flags:
        value = evaluate(text, self._names)
        flags = as_flags(value, len(self._events), text)
        # The steps treat any nonzero number as true.
        if isinstance(value, ak.Array | np.ndarray) and "float" in str(ak.type(value)):
            raise EvaluationError(
                text, "gives a number for each event, not a truth value", COMPARE, "selection"
            )
        return flags

    def _values(self, text: str, variable: str = "") -> None:
        if variable and self._settings.variables[variable].per == "object":
            evaluate_entries(text, self._names, np.ones(len(self._events), bool))
        else:
            evaluate_values(text, self._names, len(self._events))

    def _infinite_weights(self) -> Iterator[Line]:
        """Weights that are not finite for events in a region. Checked if all expressions can be
        evaluated.
        """
        if not self._whole or not all(
            self._can_be_known(use.text) for use in self._uses if not use.base
        ):
            return
        size, direct = len(self._events), [use for use in self._uses if not use.base]
        flags = {
            use.place: self._passes(use.text)
            for use in direct
            if use.place.startswith(("skim.", "regions."))
        }
        regions = {place.split(".")[1] for place in flags if place.startswith("regions.")}
        selected = np.zeros(size, bool)
        for region in regions:
            cuts = [
                found
                for place, found in flags.items()
                if place.startswith(("skim.", f"regions.{region}."))
            ]
            selected |= np.logical_and.reduce(cuts)
        for use in direct:
            if self._is_weight(use):
                values = evaluate_values(use.text, self._names, size)[selected]
                bad = int(np.count_nonzero(~np.isfinite(values)))
                if bad:
                    yield (
                        use.place,
                        (
                            f"'{use.text}': is not a number for {bad} of "
                            f"{counted(values.size, 'event')} "
                            f"of the regions; {REMEDY}"
                        ),
                    )

    def _passes(self, text: str) -> Flags:
        return np.asarray(np.logical_and.reduce([self._flags(term) for term in _terms(text)]), bool)


def _terms(text: str) -> list[str]:
    return [term for _, term in selection_terms(text)]


def _line(place: str, error: WollemiError, where: str) -> Line:
    if error.where.partition(".")[0] in ("corrections", "objects", "columns", "systematics"):
        place, problem = error.where, error.problem
    else:
        problem = error.problem if error.where == where else f"{error.where}: {error.problem}"
    return place, f"{problem}; {error.remedy}"


def _column_of(settings: Settings, hook: str) -> str:
    columns = (
        name
        for name, column in settings.columns.items()
        if not isinstance(column, str) and column.hook == hook
    )
    return f"columns.{next(columns)}.hook"


def _call_hook(column: str, hook: Callable[..., Any], **arguments: Any) -> Any:
    try:
        return hook(**arguments)
    except WollemiError:
        raise
    except Exception as error:  # a function of the analysis may raise anything
        raise WollemiError(
            column,
            f"'{hook.__name__}' fails ({described(error, 'hooks.py')})",
            "correct the function, or `uses`",
        ) from error
