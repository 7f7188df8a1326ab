"""Compare the histograms of a finished run with another program's histograms of the same events.

The ROOT file contains TH1, TH2 or TH3 in the bins of the analysis, named as by `export_histograms`:
`<region>/<variable>/<sample>`, with `_<variation>`. Sums of weights and of squared weights are
compared bin by bin. Histograms that only one side has are listed; all nominal histograms of the run
must exist. Blinded data are left out. Paths without {variable} belong to the variable that a region
fits.

With --free-normalization the other program may use different cross sections and luminosities: one
factor per simulated sample, which is printed, equalizes the sums.

Exit code: 0 all agree, 1 something differs or is missing, 2 an error.
"""

import argparse
import sys
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path

from wollemi.base.machine_errors import exit_code
from wollemi.finished.event_run import EventRun, check_names, read_event_run
from wollemi.job.command_line import finite
from wollemi_interactive.tables.closure import (
    check_pattern,
    closure_lines,
    deviation,
    foreign_path,
    free_scales,
    read_foreign,
)
from wollemi_interactive.tables.root_export import (
    Exported,
    by_path,
    exported,
    read_labeled,
    read_weight_sets,
)
from wollemi_likelihood.base.errors import WollemiError
from wollemi_likelihood.base.nearest import did_you_mean

PATTERN = "{region}/{variable}/{sample}"
_NAMED = 10  # shown histograms that only one side has


def main(arguments: Sequence[str] | None = None) -> int:
    """Compare histograms and report differences."""
    parser = argparse.ArgumentParser(prog="check_closure.py", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("run", type=Path, help="folder of results, such as results/zprime")
    parser.add_argument("file", type=Path, metavar="FILE", help="of the other program, .root")
    parser.add_argument(
        "--histograms",
        default=PATTERN,
        metavar="PATTERN",
        help="paths in the file, with {region}, {variable}, {sample} or {dataset}, {variation} "
        "(default: %(default)s)",
    )
    parser.add_argument("--regions", nargs="+", default=[], help="default: all")
    parser.add_argument("--samples", nargs="+", default=[], help="or datasets; default: all")
    parser.add_argument(
        "--tolerance", type=finite, default=1e-6, help="relative, of a bin (default: %(default)g)"
    )
    parser.add_argument("--free-normalization", action="store_true", help="of each sample")
    parser.add_argument("--without-flow", action="store_true", help="no under- and overflow")
    parser.add_argument("--analysis", type=Path, help="analysis file; default: the run's")
    options = parser.parse_args(arguments)
    return exit_code(lambda: _main(options), [])


def _main(options: argparse.Namespace) -> int:
    path = options.analysis or Path("config/analyses") / options.run.name / "analysis.yaml"
    fields = check_pattern(options.histograms)
    if not options.tolerance >= 0:
        raise WollemiError("--tolerance", f"is {options.tolerance:g}", "give a number above 0")
    run = read_event_run(options.run, path)
    check_names("--regions", options.regions, run.analysis.regions)
    theirs = read_foreign(options.file)
    whole = by_path(_of_run(run, fields), partial(foreign_path, options.histograms))
    ours = _chosen(run, whole, options.regions, options.samples)
    common = [name for name in ours if name in theirs and ours[name].histogram is not None]
    if not common:
        first = next(iter(ours))
        problem = f"has no histogram of the run, such as '{first}'{did_you_mean(first, theirs)}"
        raise WollemiError(str(options.file), problem, "give the paths with --histograms")
    flow = not options.without_flow
    pairs = [(ours[name], theirs[name]) for name in common if ours[name].sample not in _data(run)]
    scales = free_scales(pairs, flow) if options.free_normalization else {}
    found = {
        name: deviation(item.histogram, theirs[name], scales.get(item.sample, 1.0), flow)
        for name in common
        if (item := ours[name]).histogram is not None
    }
    print("\n".join(closure_lines(found, options.tolerance, scales)))
    missing = [
        name
        for name, item in ours.items()
        if name not in theirs and item.variation == "nominal" and item.histogram is not None
    ]
    _say("\nMissing in the file", missing)
    _say("Variations of the run that the file has not", _variations(ours, theirs))
    _say("Only in the file", [name for name in theirs if name not in whole])
    _say("Without squares of weights", [name for name in common if theirs[name].squares is None])
    _say("Blinded, and left out", [name for name, item in ours.items() if item.histogram is None])
    agree = not missing and all(item.size <= options.tolerance for item in found.values())
    return 0 if agree else 1


def _of_run(run: EventRun, fields: set[str]) -> Iterator[Exported]:
    """Histograms of samples or datasets; for paths without a variable, of the fitted variable."""
    stored = read_labeled(run.folder, run.analysis.variables)
    samples = {name: sample.datasets for name, sample in run.analysis.samples.items()}
    groups = {name: [name] for name in stored} if "dataset" in fields else samples
    for item in exported(stored, groups, read_weight_sets(run.folder, run.analysis)):
        region, _, variable = item.place.partition("/")
        if "variable" in fields or variable == run.analysis.regions[region].variable:
            yield item


def _chosen(
    run: EventRun, items: Mapping[str, Exported], regions: Sequence[str], samples: Sequence[str]
) -> dict[str, Exported]:
    """Select the histograms of some regions and samples.

    Raises:
        WollemiError: The selection is empty.
    """
    check_names("--samples", samples, dict.fromkeys(item.sample for item in items.values()))
    found = {
        name: item
        for name, item in items.items()
        if item.place.partition("/")[0] in (regions or run.analysis.regions)
        and item.sample in (samples or [item.sample])
    }
    if not found:
        raise WollemiError("--samples", "the run has none of them there", "name other regions")
    return found


def _data(run: EventRun) -> set[str]:
    """Samples and datasets of data, which do not have a cross section."""
    found = {name: item for name, item in run.analysis.samples.items() if item.role == "data"}
    return {*found, *(name for item in found.values() for name in item.datasets)}


def _variations(ours: Mapping[str, Exported], theirs: Mapping[str, object]) -> list[str]:
    found = (
        item.variation
        for name, item in ours.items()
        if name not in theirs and item.variation != "nominal"
    )
    return list(dict.fromkeys(found))


def _say(what: str, names: Sequence[str]) -> None:
    """Print some of the names that only one side has."""
    if names:
        more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
        print(f"{what}: {', '.join(names[:_NAMED])}{more}")


if __name__ == "__main__":
    sys.exit(main())
