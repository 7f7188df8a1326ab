"""Write the histograms of a finished run as one ROOT file, with the squares of their weights: TH1D,
or TH2D and TH3D of several axes,
`<region>/<variable>/<sample>` and `<sample>_<variation>`, normalized to the luminosity.

ROOT opens it, and TRExFitter, HistFactory and cabinetry read such files. With --events the file has
the flat table of `tabulate_events`, too, as an RNTuple `events`, or with --ttree as a TTree. Data
that are blinded are left out.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from wollemi.base.machine_errors import exit_code
from wollemi.finished.event_run import EventRun, check_names, read_event_run
from wollemi.histograms.histogram import Histogram
from wollemi_interactive.tables.root_export import (
    by_path,
    exported,
    read_labeled,
    read_weight_sets,
    write_root,
)
from wollemi_interactive.tables.table_files import check_places
from wollemi_interactive.tables.tabulation import LEADING, add_table_options, tabulated
from wollemi_likelihood.base.errors import WollemiError, counted


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the file and describe its content."""
    parser = argparse.ArgumentParser(prog="export_histograms.py", description=__doc__)
    parser.add_argument("run", type=Path, help="folder of results, such as results/zprime")
    parser.add_argument("file", type=Path, metavar="FILE", help="to write, .root")
    parser.add_argument("--regions", nargs="+", default=[], help="default: all")
    parser.add_argument("--samples", nargs="+", default=[], help="default: all")
    parser.add_argument("--analysis", type=Path, help="analysis file; default: the run's")
    table = parser.add_argument_group("the table of events")
    table.add_argument("--events", action="store_true", help="write it, too, as `events`")
    add_table_options(table)
    options = parser.parse_args(arguments)
    return exit_code(lambda: _main(options), [options.file.parent])


def _main(options: argparse.Namespace) -> int:
    path = options.analysis or Path("config/analyses") / options.run.name / "analysis.yaml"
    if options.file.suffix != ".root":
        raise WollemiError(str(options.file), "has another suffix", "take .root")
    _check_table_options(options)
    run = read_event_run(options.run, path)
    check_names("--regions", options.regions, run.analysis.regions)
    check_names("--samples", options.samples, run.analysis.samples)
    found, hidden = _chosen(run, options)
    if options.events:
        check_places(found, options.ttree)
        for line in tabulated(run, options, options.file, found):
            print(line, flush=True)
    else:
        write_root(options.file, found)
    if hidden:
        print(f"blinded, and left out: {', '.join(hidden)}")
    more = f", and the {'TTree' if options.ttree else 'RNTuple'} events" if options.events else ""
    print(f"{options.file} (written): {counted(len(found), 'histogram')}{more}")
    return 0


def _check_table_options(options: argparse.Namespace) -> None:
    """Refuse options of the event table without the table."""
    given = {
        "--values": options.values,
        "--leading": options.leading != LEADING,
        "--systematics": options.systematics,
        "--ttree": options.ttree,
    }
    for name, is_given in given.items():
        if is_given and not options.events:
            raise WollemiError(name, "is about the table of events", "add --events")


def _chosen(run: EventRun, options: argparse.Namespace) -> tuple[dict[str, Histogram], list[str]]:
    """Histograms by path in the file, and the paths of blinded histograms."""
    analysis = run.analysis
    stored = read_labeled(run.folder, analysis.variables)
    samples = options.samples or analysis.samples
    datasets = {name: analysis.samples[name].datasets for name in samples}
    regions = options.regions or analysis.regions
    chosen = by_path(
        item
        for item in exported(stored, datasets, read_weight_sets(run.folder, run.analysis))
        if item.place.partition("/")[0] in regions
    )
    hidden = [name for name, item in chosen.items() if item.histogram is None]
    found = {name: item.histogram for name, item in chosen.items() if item.histogram is not None}
    return found, hidden


if __name__ == "__main__":
    sys.exit(main())
