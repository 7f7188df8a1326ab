"""Write the histograms of a finished run as one ROOT file, with the squares of their weights: TH1D,
or TH2D and TH3D of several axes,
`<region>/<variable>/<sample>` and `<sample>_<variation>`, normalized to the luminosity.

ROOT opens it, and TRExFitter, HistFactory and cabinetry read such files. Data that are blinded are
left out.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from wollemi.base.errors import WollemiError
from wollemi.base.machine_errors import exit_code
from wollemi.interactive.event_run import check_names, read_event_run
from wollemi.interactive.root_export import (
    by_path,
    exported,
    read_labeled,
    read_weight_sets,
    write_root,
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the file, and say what is in it."""
    parser = argparse.ArgumentParser(prog="export_histograms.py", description=__doc__)
    parser.add_argument("run", type=Path, help="folder of results, such as results/zprime")
    parser.add_argument("file", type=Path, metavar="FILE", help="to write, .root")
    parser.add_argument("--regions", nargs="+", default=[], help="default: all")
    parser.add_argument("--analysis", type=Path, help="analysis file; default: that of the run")
    options = parser.parse_args(arguments)
    return exit_code(lambda: _main(options), [options.file.parent])


def _main(options: argparse.Namespace) -> int:
    path = options.analysis or Path("config/analyses") / options.run.name / "analysis.yaml"
    if options.file.suffix != ".root":
        raise WollemiError(str(options.file), "has another suffix", "take .root")
    run = read_event_run(options.run, path)
    check_names("--regions", options.regions, run.analysis.regions)
    stored = read_labeled(run.folder, run.analysis.variables)
    datasets = {name: sample.datasets for name, sample in run.analysis.samples.items()}
    regions = options.regions or run.analysis.regions
    chosen = by_path(
        item
        for item in exported(stored, datasets, read_weight_sets(run.folder, run.analysis))
        if item.place.partition("/")[0] in regions
    )
    hidden = [name for name, item in chosen.items() if item.histogram is None]
    found = {name: item.histogram for name, item in chosen.items() if item.histogram is not None}
    write_root(options.file, found)
    if hidden:
        print(f"blinded, and left out: {', '.join(hidden)}")
    print(f"{options.file} (written): {len(found)} histograms")
    return 0


if __name__ == "__main__":
    sys.exit(main())
