"""Why is this bin high? Show the composition of a bin or region of a run, and list its events.

First the events of each sample in it, with the variations that change them most; then run,
luminosity block, event number, weight and chosen values of the events with the largest weights,
read from the input files of the run. With --composition each sample at ±1σ of every systematic, and
no events. Blinded data stay blinded.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from wollemi.base.machine_errors import exit_code
from wollemi.event_loop.listed_events import Place
from wollemi.finished.event_run import read_event_run
from wollemi.job.command_line import finite
from wollemi_interactive.tables.bin_table import (
    bin_lines,
    bin_table,
    read_run_histograms,
    share_lines,
)
from wollemi_interactive.tables.event_list import (
    SUFFIXES,
    bin_of,
    check_place,
    listed_events,
    shown_rows,
    write_events,
)
from wollemi_likelihood.base.errors import WollemiError, counted


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the composition of a bin and list its events."""
    parser = argparse.ArgumentParser(prog="list_events.py", description=__doc__)
    parser.add_argument("run", type=Path, help="folder of results, such as results/zprime")
    parser.add_argument("region", metavar="REGION", help="name of a region")
    parser.add_argument("--variable", help="default: the region's")
    parser.add_argument("--at", type=finite, help="a value in the bin; default: the whole region")
    parser.add_argument("--samples", nargs="+", default=[], help="default: all")
    parser.add_argument(
        "--values",
        nargs="+",
        default=[],
        metavar="EXPRESSION",
        help="or names of variables, listed for each event",
    )
    parser.add_argument(
        "--composition", action="store_true", help="samples and systematics, and no events"
    )
    parser.add_argument("--largest", type=int, default=20, help="rows that are printed; default 20")
    parser.add_argument("--to", type=Path, metavar="FILE", help="all rows, as .csv or .parquet")
    parser.add_argument("--analysis", type=Path, help="analysis file; default: the run's")
    options = parser.parse_args(arguments)
    return exit_code(lambda: _main(options), [options.to.parent] if options.to else ())


def _main(options: argparse.Namespace) -> int:
    path = options.analysis or Path("config/analyses") / options.run.name / "analysis.yaml"
    if options.to and options.to.suffix not in SUFFIXES:
        raise WollemiError(str(options.to), "has another suffix", f"take {' or '.join(SUFFIXES)}")
    if options.composition and options.values:
        problem = "are of events, of which --composition lists none"
        raise WollemiError("--values", problem, "remove one of both")
    run = read_event_run(options.run, path)
    known = run.analysis.regions.get(options.region)
    variable = options.variable or (known.variable if known else "")
    place = Place(options.region, variable, options.at, tuple(options.values))
    check_place(run.analysis, place, options.samples)
    title, index = bin_of(run, place)
    print(title)
    rows = bin_table(run.analysis, read_run_histograms(run), place, index, options.samples)
    if options.composition:
        print(bin_lines(rows))
    else:
        print("\n".join(share_lines(rows)))
        rows, notes = listed_events(run, options.samples, place)
        print("\n".join([f"\n{counted(len(rows), 'row')}, the largest weights first", *notes]))
        print(shown_rows(rows, options.largest))
    if options.to:
        write_events(rows, options.to)
        print(f"{options.to} (written)")
    return 0


if __name__ == "__main__":
    sys.exit(main())
