"""Exploration of a finished run: expressions in its regions."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import awkward as ak
from matplotlib.figure import Figure

from wollemi.analysis.settings import Settings
from wollemi.finished.event_run import EventRun, check_names, inside_project, read_event_run
from wollemi.finished.explorable_run import analysis_file
from wollemi.histograms.histogram import Histogram
from wollemi.model.binning import in_plot_bins
from wollemi.model.templates import Histograms
from wollemi.plots.prefit_stack import sample_histogram
from wollemi_interactive.explore.captured_function import capture
from wollemi_interactive.explore.captured_plot import capture_plot
from wollemi_interactive.explore.captured_product import capture_product
from wollemi_interactive.explore.kept_events import kept_run
from wollemi_interactive.explore.region_values import region_values
from wollemi_interactive.explore.run_drawing import (
    draw_regions,
    draw_samples,
    draw_systematics,
    largest_systematics,
    stack_settings,
)
from wollemi_interactive.explore.run_look import RunLook, fill_looks, look_variable, make_look
from wollemi_likelihood.base.errors import MissingBranchError, WollemiError
from wollemi_likelihood.base.nearest import did_you_mean, suggestion

WAYS = ("sample", "systematic", "region")


@dataclass(frozen=True)
class Explored:
    """An expression in regions of a run.

    Args:
        looks: Requested quantity and cuts, one per region.
        variable: Variable, as it would be written in the analysis file.
        settings: Settings of the plot of each region.
        histograms: Dataset → name → histogram, normalized, under all variations.
    """

    looks: tuple[RunLook, ...]
    variable: Mapping[str, Any]
    settings: tuple[Settings, ...]
    histograms: Histograms

    def by_sample(self) -> dict[str, Histogram]:
        """Sample → histogram in the first region, for samples filled from events."""
        samples = self.settings[0].samples
        return {
            name: found
            for name, item in samples.items()
            if (found := sample_histogram(self.histograms, item, *self.looks[0].place)) is not None
        }

    def figure(self, by: str) -> Figure:
        """Draw the plot.

        Args:
            by: Way of drawing, one of `WAYS`.

        Raises:
            WollemiError: The way is unknown.
        """
        check_names("by", [by], WAYS)
        settings, places = self.settings[0], [look.place for look in self.looks]
        if by == "region":
            return draw_regions(settings, self.histograms, places)
        if by == "sample":
            return draw_samples(settings, self.histograms, places[0])
        ratios = largest_systematics(settings, self.histograms, places[0])
        return draw_systematics(settings, self.histograms, places[0], ratios)


def explore(
    folder: Path,
    expression: str,
    regions: Sequence[str],
    where: str = "",
    bins: tuple[int, float, float] | None = None,
    file: Path | None = None,
    processes: int = 1,
) -> Explored:
    """Fill an expression in regions of a run from the events that the run has read.

    Args:
        folder: Folder of the results.
        expression: Expression, or name of a variable.
        regions: Names of the regions, at least one.
        where: Additional cut.
        bins: Number of bins, lower and upper edge; by default from the variable, or round numbers.
        file: Path of the analysis file; by default the run's own.
        processes: Number of processes, see `fill_looks`.

    Raises:
        WollemiError: A name is unknown, a file no longer exists, or no event has a value.
    """
    results = folder.resolve()
    with inside_project(results.parents[1]):
        path = file or analysis_file(results)
        run = kept_run(results, path)
        if not regions:
            known = ", ".join(run.analysis.regions)
            raise WollemiError("region", "which region of the run?", f"there are {known}")
        looks = tuple(make_look(run, expression, region, where, bins) for region in regions)
        try:
            variable = look_variable(run, looks[0])
            filled = fill_looks(run, looks, variable, processes)
        except MissingBranchError as error:
            raise _misnamed(run, looks[0], error) from None
    settings = tuple(stack_settings(run, look, variable) for look in looks)
    drawn = {
        look.region: item.regions[look.region] for look, item in zip(looks, settings, strict=True)
    }
    filled = in_plot_bins(filled, drawn, settings[0].plots.edges or {})
    return Explored(looks, variable, settings, filled)


def evaluated(
    folder: Path, expression: str, dataset: str, region: str, where: str = ""
) -> ak.Array:
    """Values of an expression for the events of a dataset in a region, see `region_values`.

    Args:
        folder: Folder of the results.
        expression: Expression, or name of a variable.
        dataset: Name of the dataset.
        region: Name of the region.
        where: Additional cut.

    Raises:
        WollemiError: A name is unknown, or a file no longer exists.
    """
    results = folder.resolve()
    with inside_project(results.parents[1]):
        run = kept_run(results, analysis_file(results))
        return region_values(run, dataset, region, [expression], where)[0]


def captured(folder: Path, function: Callable[..., Any], region: str) -> list[Path]:
    """Write a function into the analysis, see `capture`.

    Args:
        folder: Folder of the results.
        function: Function to capture.
        region: Region whose first events the test uses.

    Raises:
        WollemiError: The function cannot be a column.
    """
    results = folder.resolve()
    with inside_project(results.parents[1]):
        path = analysis_file(results)
        return capture(read_event_run(results, path), path, region, function)


def captured_product(
    folder: Path, function: Callable[..., Any], uses: Mapping[str, str]
) -> list[Path]:
    """Write a function into the analysis as a product, see `capture_product`.

    Args:
        folder: Folder of the results.
        function: Function to capture.
        uses: Argument → JSON product of the run.

    Raises:
        WollemiError: The function cannot be a product.
    """
    results = folder.resolve()
    with inside_project(results.parents[1]):
        path = analysis_file(results)
        return capture_product(read_event_run(results, path), path, function, uses)


def captured_plot(
    folder: Path, expression: str, region: str, name: str, bins: tuple[int, float, float] | None
) -> Path:
    """Write a plot into the analysis, see `capture_plot`.

    Args:
        folder: Folder of the results.
        expression: Expression, or name of a variable.
        region: Region that gets the plot.
        name: Name of the new variable; empty to derive it from the expression.
        bins: Number of bins, lower and upper edge; by default from the variable, or round numbers.

    Raises:
        WollemiError: A name is unknown or taken, or the file has no place for the plot.
    """
    results = folder.resolve()
    with inside_project(results.parents[1]):
        path = analysis_file(results)
        run = read_event_run(results, path)
        look = make_look(run, expression, region, "", bins)
        try:
            return capture_plot(run, path, look, name)
        except MissingBranchError as error:
            raise _misnamed(run, look, error) from None


def _misnamed(run: EventRun, look: RunLook, error: MissingBranchError) -> WollemiError:
    """A missing branch as an error of the request, since all names of the run itself were found."""
    document = run.plan.analysis.plain
    known = [*document["columns"], *document["variables"], *document["objects"]]
    problem = error.problem
    if len(error.nearest) == 1:
        ((name, branch),) = error.nearest.items()
        meant = did_you_mean(name, [*known, *filter(None, [branch])])
        problem = problem.removesuffix(suggestion(branch)) + meant
    remedy = "name variables, columns, branches, or fields of objects"
    return WollemiError(f"{look.expression} {look.where}".strip(), problem, remedy)
