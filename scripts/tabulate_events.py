"""Write the events of a finished run as one flat table: Parquet, or an RNTuple or TTree of ROOT.

Each event of the chosen samples that is in a chosen region is a row: run, block and event number, a
truth value for each region, the weight, normalized to the luminosity, and the values of variables,
columns, branches or expressions; with --systematics the same under their variations. Blinded events
of data are left out.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from wollemi.base.errors import WollemiError
from wollemi.base.machine_errors import exit_code
from wollemi.event_loop.tabulated_events import Table
from wollemi.interactive.event_run import check_names, read_event_run
from wollemi.interactive.event_table import (
    check_table,
    chosen_values,
    without_events,
    write_table,
)
from wollemi.interactive.table_files import SUFFIXES


def positive(text: str) -> int:
    """An option that is a whole number above 0.

    Raises:
        ValueError: it is something else.
    """
    if int(text) < 1:
        raise ValueError(text)
    return int(text)


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the table, and say what is in it."""
    parser = argparse.ArgumentParser(prog="tabulate_events.py", description=__doc__)
    parser.add_argument("run", type=Path, help="folder of results, such as results/zprime")
    parser.add_argument("table", type=Path, metavar="FILE", help="to write, .parquet or .root")
    parser.add_argument("--samples", nargs="+", default=[], help="default: all")
    parser.add_argument("--regions", nargs="+", default=[], help="default: all but N−1")
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
        default=4,
        metavar="N",
        help="columns of a value that is a list, such as jet.pt; default 4",
    )
    parser.add_argument("--systematics", nargs="+", default=[], help="default: none")
    parser.add_argument(
        "--ttree", action="store_true", help="a TTree in FILE.root, for ROOT before 6.34"
    )
    parser.add_argument("--analysis", type=Path, help="analysis file; default: that of the run")
    options = parser.parse_args(arguments)
    return exit_code(lambda: _main(options), [options.table.parent])


def _main(options: argparse.Namespace) -> int:
    path = options.analysis or Path("config/analyses") / options.run.name / "analysis.yaml"
    if options.table.suffix not in SUFFIXES:
        where, remedy = str(options.table), f"take {' or '.join(SUFFIXES)}"
        raise WollemiError(where, "has another suffix", remedy)
    if options.ttree and options.table.suffix != ".root":
        raise WollemiError("--ttree", f"{options.table} is no file of ROOT", "name it FILE.root")
    run = read_event_run(options.run, path)
    known = run.analysis.regions
    check_names("--regions", options.regions, known)
    regions = options.regions or [name for name, item in known.items() if item.without is None]
    values = chosen_values(run.analysis, regions, options.values)
    table = Table(tuple(regions), values, tuple(options.systematics), options.leading)
    check_table(run, options.samples, table)
    for dataset, rows, told in write_table(
        run, options.samples, table, options.table, options.ttree
    ):
        print(f"  {dataset:<20} {rows:>10} rows: {told}", flush=True)
    left_out = without_events(run, options.samples)
    if left_out:
        print(f"histograms or estimates, and no events: {', '.join(left_out)}")
    print(f"{options.table} (written)")
    return 0


if __name__ == "__main__":
    sys.exit(main())
