"""The flat table of events described by the options of a program."""

import argparse
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from wollemi.finished.event_run import EventRun, check_names
from wollemi_interactive.tables.event_table import (
    check_table,
    chosen_values,
    without_events,
    write_table,
)
from wollemi_interactive.tables.tabulated_events import Table

LEADING = 4


def positive(text: str) -> int:
    """An option that is a whole number above 0.

    Raises:
        ValueError: The text is not such a number.
    """
    if int(text) < 1:
        raise ValueError(text)
    return int(text)


def add_table_options(parser: argparse._ActionsContainer) -> None:
    """Add the options that define the columns of the table."""
    parser.add_argument(
        "--values",
        nargs="+",
        default=[],
        metavar="VALUE",
        help="names, or NAME=EXPRESSION; default: the variables of the regions",
    )
    parser.add_argument(
        "--leading",
        type=positive,
        default=LEADING,
        metavar="N",
        help=f"columns of a value that is a list, such as jet.pt; default {LEADING}",
    )
    parser.add_argument("--systematics", nargs="+", default=[], help="default: none")
    parser.add_argument(
        "--ttree", action="store_true", help="a TTree instead of an RNTuple, for ROOT before 6.34"
    )


def chosen_table(run: EventRun, options: argparse.Namespace) -> Table:
    """The table described by options.

    Args:
        run: Finished run.
        options: Options of `add_table_options`, `regions` and `samples`.

    Raises:
        WollemiError: A name is unknown, or not available for events.
    """
    known = run.analysis.regions
    check_names("--regions", options.regions, known)
    regions = options.regions or [name for name, item in known.items() if item.without is None]
    values = chosen_values(run.analysis, regions, options.values)
    table = Table(tuple(regions), values, tuple(options.systematics), options.leading)
    check_table(run, options.samples, table)
    return table


def tabulated(
    run: EventRun,
    options: argparse.Namespace,
    path: Path,
    beside: Mapping[str, Any] | None = None,
) -> Iterator[str]:
    """Write the table described by options.

    Args:
        run: Finished run.
        options: Options as for `chosen_table`.
        path: Path of the file to write.
        beside: Path in a ROOT file → additional object.

    Yields:
        One line per dataset, and one for samples that have no events.

    Raises:
        WollemiError: An option is wrong, samples lack events, or the counts of the run differ.
    """
    table = chosen_table(run, options)
    for dataset, rows, notes in write_table(
        run, options.samples, table, path, options.ttree, beside or {}
    ):
        yield f"  {dataset:<20} {rows:>10} rows: {notes}"
    left_out = without_events(run, options.samples)
    if left_out:
        yield f"histograms or estimates, and no events: {', '.join(left_out)}"
