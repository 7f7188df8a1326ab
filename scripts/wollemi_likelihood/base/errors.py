"""One small tree of errors that a user can cause and fix."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any


def listed(lines: Sequence[str], most: int) -> str:
    """Lines of a message, one below the other; only the first ones if there are many.

    Args:
        lines: what to list.
        most: how many to show.
    """
    more = [f"... and {len(lines) - most} more"] if len(lines) > most else []
    return "".join(f"\n  - {line}" for line in [*lines[:most], *more])


def counted(number: int, noun: str) -> str:
    """A number and a regular noun, such as `1 file` or `2 files`.

    Args:
        number: Number of things.
        noun: Noun in the singular.
    """
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


class WollemiError(Exception):
    """A user's error as a value: where it is, what is wrong, what to do.

    Programs print it without a traceback and exit with code 2.

    Args:
        where: the file, dataset, or path in the configuration.
        problem: what is wrong, with the offending value.
        remedy: what the user can do about it.
    """

    def __init__(self, where: str, problem: str, remedy: str) -> None:
        super().__init__(where, problem, remedy)
        self.where = where
        self.problem = problem
        self.remedy = remedy

    def __str__(self) -> str:
        return f"{self.where}: {self.problem}\n  → {self.remedy}"

    def __reduce__(self) -> tuple[Any, ...]:
        # A worker passes it on unchanged: a subclass may take other arguments than this class.
        return _restored, (type(self), self.args, self.__dict__)


def _restored(
    kind: type[WollemiError], arguments: tuple[str, ...], values: Mapping[str, Any]
) -> WollemiError:
    error = kind.__new__(kind, *arguments)
    error.__dict__.update(values)
    return error


class EvaluationError(WollemiError):
    """An expression that gives no value on the events, or the wrong kind of value.

    Args:
        text: the expression, or the term of a selection.
        problem: what is wrong.
        remedy: what the user can do about it.
        kind: what the expression is.
    """

    def __init__(self, text: str, problem: str, remedy: str, kind: str = "expression") -> None:
        super().__init__(f"{kind} '{text}'", problem, remedy)
        self.text = text


class MissingBranchError(WollemiError):
    """A file of events without branches that the analysis uses.

    Args:
        where: the file.
        problem: which branches.
        remedy: what the user can do about it.
        nearest: name of each missing branch → branch that may have been meant, or nothing.
    """

    def __init__(self, where: str, problem: str, remedy: str, nearest: Mapping[str, str]) -> None:
        super().__init__(where, problem, remedy)
        self.nearest = dict(nearest)


class ConfigurationError(WollemiError):
    """All problems of a configuration at once.

    Args:
        where: the configuration file.
        problems: one line per problem, each with its path in the file.
        remedy: what the user can do about them.
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
