"""Choose the bins of a fit from the histograms of a run: edges to paste into the analysis file.

Bins are joined from the last one downwards until each has enough background, known well enough from
simulation, or, with --transformation-d, until each has its share of background and signal.
"""

import argparse
import math
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from wollemi.analysis.plain.queries import fitted_regions
from wollemi.analysis.settings import Settings
from wollemi.base.machine_errors import exit_code
from wollemi.histograms.histogram import Histogram
from wollemi.histograms.unrolling import read_datasets
from wollemi.loading.load import load_analysis
from wollemi.model.bin_choice import (
    Enough,
    by_background,
    counted,
    counting_significance,
    joined_from_above,
    transformation_d,
)
from wollemi.model.region_sums import RegionSums, region_sums
from wollemi_likelihood.base.arrays import Floats
from wollemi_likelihood.base.errors import WollemiError
from wollemi_likelihood.base.nearest import did_you_mean

SECTIONS = ("datasets", "samples", "regions", "variables")


def positive(text: str) -> float:
    """Parse an option that is a positive number.

    Raises:
        argparse.ArgumentTypeError: The text is something else.
    """
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not (math.isfinite(value) and value > 0):
        raise argparse.ArgumentTypeError(f"'{text}' is not a number above 0")
    return value


def chosen_edges(sums: RegionSums, options: argparse.Namespace) -> Floats:
    """Edges of the bins of a region for the given options.

    Raises:
        WollemiError: The region has too few events.
    """
    try:
        return joined_from_above(sums.edges, _rule(sums, options))
    except WollemiError as error:
        raise WollemiError(f"region {sums.region}", error.problem, error.remedy) from error


def _rule(sums: RegionSums, options: argparse.Namespace) -> Enough:
    if options.transformation_d is None:
        return by_background(sums.background, options.fewest_events, options.largest_error)
    shares = tuple(options.transformation_d)
    return transformation_d(sums.background, sums.signal, shares, options.largest_error)


def described(sums: RegionSums, edges: Floats) -> Iterator[str]:
    """Lines about the bins of a region."""
    background = counted(sums.background, sums.edges, edges)
    signal = counted(sums.signal, sums.edges, edges)
    old, new = len(sums.edges) - 1, len(edges) - 1
    yield f"{sums.region}: {sums.variable}, {old} → {new} bins"
    yield f"  {'bin':>20} {'background':>12} {'MC error':>9} {sums.signal_name:>15}"
    for index in range(new):
        place = f"{edges[index]:g} – {edges[index + 1]:g}{f' {sums.unit}' if sums.unit else ''}"
        events, error = background.values[index], background.variances[index] ** 0.5
        yield f"  {place:>20} {events:>12.4g} {error / events:>9.1%} {signal.values[index]:>15.4g}"
    found = [
        counting_significance(sums.background.values, sums.signal.values),
        counting_significance(background.values, signal.values),
    ]
    before, after = ("undefined" if item is None else f"{item:.3g} σ" for item in found)
    yield f"  expected significance from counts alone: {after}; in the bins of the plot: {before}"


def line_to_paste(region: str, edges: Floats) -> str:
    """A line of `model.fit_edges`, with enough digits to match the edges of the variable."""
    return f"{region}: [{', '.join(f'{edge:.12g}' for edge in edges)}]"


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the bins of regions, and the lines to paste."""
    parser = argparse.ArgumentParser(prog="choose_bins.py", description=__doc__)
    parser.add_argument("run", type=Path, help="folder of results, such as results/zprime")
    parser.add_argument("regions", nargs="+", metavar="REGION", help="fitted regions")
    parser.add_argument("--analysis", type=Path, help="analysis file; default: the run's")
    parser.add_argument("--signal", help="signal sample; default: the first one")
    parser.add_argument(
        "--fewest-events", type=positive, default=5.0, help="of background; default 5"
    )
    parser.add_argument(
        "--largest-error",
        type=positive,
        default=0.2,
        help="of the background from the statistics of simulation, relative; default 0.2",
    )
    parser.add_argument(
        "--transformation-d",
        nargs=2,
        type=positive,
        metavar=("ZB", "ZS"),
        help="bins by shares of background and signal instead of by events, such as 6 6",
    )
    options = parser.parse_args(arguments)
    return exit_code(lambda: _main(options))


def _main(options: argparse.Namespace) -> int:
    path = options.analysis or Path("config/analyses") / options.run.name / "analysis.yaml"
    settings = load_analysis(path, SECTIONS)
    check_regions(options.regions, settings)
    histograms = read_histograms(options.run / "histograms")
    lines = []
    for region in options.regions:
        sums = region_sums(settings, histograms, region, options.signal)
        edges = chosen_edges(sums, options)
        print("\n".join(described(sums, edges)))
        lines.append(f"    {line_to_paste(region, edges)}")
    print("\nto paste into the analysis file:\n\nmodel:\n  fit_edges:\n" + "\n".join(lines))
    return 0


def check_regions(regions: Sequence[str], settings: Settings) -> None:
    """Refuse regions without fitted bins.

    Raises:
        WollemiError: A region is not fitted.
    """
    fitted = fitted_regions(settings.declared)
    for region in regions:
        if region not in fitted:
            problem = f"'{region}' is not a fitted region{did_you_mean(region, fitted)}"
            remedy = "name a region of the fit: only they have fit_edges"
            raise WollemiError("REGION", problem, remedy)
        if settings.variables[settings.regions[region].variable].axes:
            problem = f"the variable of '{region}' has several axes"
            remedy = "name other regions, or choose the bins of each of its axes"
            raise WollemiError("REGION", problem, remedy)


def read_histograms(folder: Path) -> dict[str, dict[str, Histogram]]:
    """Read the histograms of a run by dataset and name.

    Raises:
        WollemiError: The run does not contain histograms.
    """
    paths = sorted(folder.glob("*.json"))
    if not paths:
        raise WollemiError(str(folder), "has no histograms", "run the analysis first")
    return read_datasets(paths)


if __name__ == "__main__":
    sys.exit(main())
