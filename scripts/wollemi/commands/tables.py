"""The work of `wollemi show` and `wollemi refit`: numbers of a finished run in the terminal."""

from collections.abc import Sequence
from math import isfinite
from pathlib import Path
from typing import Any

import click

from wollemi.base.rounding import significant, with_error
from wollemi.base.user_commands import user_command
from wollemi.commands.programs import results_folder
from wollemi_likelihood.base.errors import WollemiError
from wollemi_likelihood.base.nearest import did_you_mean


def show_table(analysis: str, name: str, latex: bool) -> None:
    """Print a table of a run, or the names of all its tables.

    Args:
        analysis: Name of the analysis, or a folder of results.
        name: Name of the table; empty for the names of all tables.
        latex: Whether to print LaTeX instead of Markdown.

    Raises:
        click.UsageError: The table does not exist.
    """
    folder = results_folder(analysis) / "tables"
    known = sorted(path.stem for path in folder.glob("*.md"))
    if not known:
        raise click.UsageError(
            f"{folder} has no tables: finish the run with `{user_command('wollemi run')}`"
        )
    if not name:
        click.echo("\n".join(known))
        return
    if name not in known:
        problem = f"there is no table '{name}'{did_you_mean(name, known)}"
        raise click.UsageError(f"{problem}: there are {', '.join(known)}")
    path = folder / f"{name}.{'tex' if latex else 'md'}"
    click.echo(path.read_text(encoding="utf-8").rstrip("\n"))


def refit_model(analysis: str, assignments: Sequence[str], signal: str | None) -> None:
    """Fit a model of a run to its data with some parameters fixed, and print the others next to the
    run's own fit; exit with code 2 for a user error.

    Args:
        analysis: Name of the analysis, or a folder of results.
        assignments: Assignments `parameter=value`.
        signal: Signal of the model; None for the only model.
    """
    pairs = [_assigned(text) for text in assignments]
    fixed = dict(pairs)
    if len(fixed) < len(pairs):
        raise click.UsageError(f"{' '.join(assignments)}: holds a parameter twice")
    folder = results_folder(analysis)
    try:
        click.echo(_refitted_text(folder, signal, fixed))
    except WollemiError as error:
        click.echo(str(error), err=True)
        raise SystemExit(2) from None


def _assigned(text: str) -> tuple[str, float]:
    """Parse a parameter and its value.

    Raises:
        click.UsageError: The text is not such a pair, or the value is not a number.
    """
    name, _, value = text.partition("=")
    try:
        number = float(value)
    except ValueError:
        number = float("nan")
    if not name or not isfinite(number):
        raise click.UsageError(f"'{text}' is not PARAMETER=VALUE, such as mu=0")
    return name, number


def _refitted_text(folder: Path, signal: str | None, fixed: dict[str, float]) -> str:
    """One line per parameter: fixed or fitted now, and in the run; above them the marks of the
    data.
    """
    from wollemi.finished.finished_run import open_run
    from wollemi.finished.refit import refitted
    from wollemi.results.marks import measurement_marks

    run = open_run(folder)
    after = refitted(run.likelihood(signal), fixed)
    before = run.parameters(signal)
    marks = measurement_marks(run.product("fit.json")["measurement"])
    rows = [("parameter", "now", "in the run")]
    for name in after.index:
        then = _value_text(before.loc[name]) if name in before.index else ""
        rows.append((name, _value_text(after.loc[name]), then))
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = (
        "  ".join(f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True))
        for row in rows
    )
    return "\n".join([*([", ".join(marks)] if marks else []), *(line.rstrip() for line in lines)])


def _value_text(row: Any) -> str:
    """A parameter with its error, or the reason for a missing error.

    Args:
        row: Row of a frame of parameters.
    """
    from wollemi.results.parameter_text import WORDS

    value, error, bound = row["value"], row["error"], row.get("at_bound")
    if row["fixed"]:
        return f"{significant(value)} (held)"
    if isinstance(bound, str):
        return f"{significant(value)} (at its {bound} bound)"
    word = WORDS.get(str(row.get("regime")))
    if word:
        return f"{significant(value)} ({word})"
    has_error = error is not None and isfinite(error) and error > 0
    return with_error(value, error) if has_error else significant(value)
