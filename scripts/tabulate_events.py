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

from wollemi.base.machine_errors import exit_code
from wollemi.finished.event_run import read_event_run
from wollemi_interactive.tables.table_files import SUFFIXES
from wollemi_interactive.tables.tabulation import add_table_options, tabulated
from wollemi_likelihood.base.errors import WollemiError


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the table and describe its content."""
    parser = argparse.ArgumentParser(prog="tabulate_events.py", description=__doc__)
    parser.add_argument("run", type=Path, help="folder of results, such as results/zprime")
    parser.add_argument("table", type=Path, metavar="FILE", help="to write, .parquet or .root")
    parser.add_argument("--samples", nargs="+", default=[], help="default: all")
    parser.add_argument("--regions", nargs="+", default=[], help="default: all but N−1")
    add_table_options(parser)
    parser.add_argument("--analysis", type=Path, help="analysis file; default: the run's")
    options = parser.parse_args(arguments)
    return exit_code(lambda: _main(options), [options.table.parent])


def _main(options: argparse.Namespace) -> int:
    path = options.analysis or Path("config/analyses") / options.run.name / "analysis.yaml"
    if options.table.suffix not in SUFFIXES:
        where, remedy = str(options.table), f"take {' or '.join(SUFFIXES)}"
        raise WollemiError(where, "has another suffix", remedy)
    if options.ttree and options.table.suffix != ".root":
        raise WollemiError("--ttree", f"{options.table} is not a ROOT file", "name it FILE.root")
    for line in tabulated(read_event_run(options.run, path), options, options.table):
        print(line, flush=True)
    print(f"{options.table} (written)")
    return 0


if __name__ == "__main__":
    sys.exit(main())
