"""Errors that a user can cause and fix."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any


def listed(lines: Sequence[str], most: int) -> str:
    """Join the first lines of a list for a message and count the rest.

    Args:
        lines: Lines to list.
        most: Number of lines to show.
    """
    more = [f"... and {len(lines) - most} more"] if len(lines) > most else []
    return "".join(f"\n  - {line}" for line in [*lines[:most], *more])


_PLURALS = {
    "address": "addresses",
    "analysis": "analyses",
    "axis": "axes",
    "branch": "branches",
    "category": "categories",
    "entry": "entries",
    "process": "processes",
}


def counted(number: float, noun: str, form: str = "") -> str:
    """A number and a noun, such as `1 file` or `2 entries`.

    Args:
        number: Number of things.
        noun: Noun in the singular.
        form: Format of the number: `,` separates thousands.
    """
    return f"{number:{form}} {noun if number == 1 else _PLURALS.get(noun, f'{noun}s')}"


class WollemiError(Exception):
    """A user's error: location, problem and remedy.

    Programs print it without a traceback and exit with code 2.

    Args:
        where: File, dataset, or path in the configuration.
        problem: Problem, with the offending value.
        remedy: Action that the user can take.
    """

    def __init__(self, where: str, problem: str, remedy: str) -> None:
        super().__init__(where, problem, remedy)
        self.where = where
        self.problem = problem
        self.remedy = remedy

    def __str__(self) -> str:
        return f"{self.where}: {self.problem}\n  → {self.remedy}"

    def __reduce__(self) -> tuple[Any, ...]:
        # Worker processes pickle errors; a subclass may take other arguments than this class.
        return _restored, (type(self), self.args, self.__dict__)


def _restored(
    kind: type[WollemiError], arguments: tuple[str, ...], values: Mapping[str, Any]
) -> WollemiError:
    error = kind.__new__(kind, *arguments)
    error.__dict__.update(values)
    return error


class UnknownNameError(WollemiError, KeyError):
    """A name that a mapping does not have; `in` and `get` of mappings rely on `KeyError`."""


class EvaluationError(WollemiError):
    """An expression without a value on the events, or with the wrong kind of value.

    Args:
        text: Expression, or term of a selection.
        problem: Problem to report.
        remedy: Action that the user can take.
        kind: Role of the expression, such as `column`.
    """

    def __init__(self, text: str, problem: str, remedy: str, kind: str = "expression") -> None:
        super().__init__(f"{kind} '{text}'", problem, remedy)
        self.text = text


class MissingBranchError(WollemiError):
    """An event file lacks branches that the analysis uses.

    Args:
        where: Path of the file.
        problem: Missing branches.
        remedy: Action that the user can take.
        nearest: Missing branch → most similar branch of the file, or an empty string.
    """

    def __init__(self, where: str, problem: str, remedy: str, nearest: Mapping[str, str]) -> None:
        super().__init__(where, problem, remedy)
        self.nearest = dict(nearest)


class ConfigurationError(WollemiError):
    """All problems of a configuration.

    Args:
        where: Configuration file.
        problems: One line per problem, beginning with its path in the file.
        remedy: Action that the user can take.
    """

    def __init__(
        self,
        where: str,
        problems: Sequence[str],
        remedy: str = "fix these lines and run check_analysis again",
    ) -> None:
        self.problems = tuple(problems)
        count = counted(len(self.problems), "problem")
        listing = "".join(f"\n  - {problem}" for problem in self.problems)
        super().__init__(where, count + listing, remedy)
