"""Numeric options of `wollemi`, checked like all numbers from outside."""

from typing import Any

import click

from wollemi.base.numbers import text_number
from wollemi_likelihood.base.errors import WollemiError


class Number(click.ParamType):  # type: ignore[type-arg]
    """A finite number.

    Args:
        is_positive: Whether it must be above 0.
    """

    name = "number"

    def __init__(self, is_positive: bool = False):
        self._is_positive = is_positive

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        """Convert a text to a number.

        Raises:
            click.BadParameter: The text is not a valid number.
        """
        try:
            number = text_number("option", "it", str(value))
        except WollemiError as error:
            self.fail(error.problem, param, ctx)
        if self._is_positive and number <= 0:
            self.fail(f"'{value}' is not above 0", param, ctx)
        return number


class NamedNumber(Number):
    """A finite number with an optional name: `2018=59.8`, `36`."""

    def convert(  # type: ignore[override]
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[str, float]:
        """Convert a text to a name, perhaps empty, and a number.

        Raises:
            click.BadParameter: The text after the name is not a valid number.
        """
        name, _, number = str(value).rpartition("=")
        return name, super().convert(number, param, ctx)


POSITIVE, BY_YEAR = Number(is_positive=True), NamedNumber(is_positive=True)
