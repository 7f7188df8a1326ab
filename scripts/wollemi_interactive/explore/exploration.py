"""What is explored of a finished run: expressions in its regions."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import awkward as ak
from matplotlib.figure import Figure

from wollemi.analysis.settings import Settings
from wollemi.finished.event_run import (
    EventRun,
    check_names,
    inside_project,
    read_event_run,
)
from wollemi.histograms.histogram import Histogram
from wollemi.model.binning import in_plot_bins
from wollemi.model.templates import Histograms
from wollemi.plots.prefit_stack import sample_histogram
from wollemi_interactive.explore.captured_function import capture
from wollemi_interactive.explore.captured_plot import capture_plot
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
from wollemi_likelihood.base.nearest import did_you_mean

WAYS = ("sample", "systematic", "region")


@dataclass(frozen=True)
class Explored:
    """An expression in regions of a run.

    Args:
        looks: what was asked, in each region.
        variable: as it would stand in the analysis file.
        settings: of the plot of each region.
        histograms: dataset → name → histogram, normalized, under all variations.
    """

    looks: tuple[RunLook, ...]
    variable: Mapping[str, Any]
    settings: tuple[Settings, ...]
    histograms: Histograms

    def by_sample(self) -> dict[str, Histogram]:
        """Sample → histogram in the first region; samples that are not filled from events are left
        out.
        """
        samples = self.settings[0].samples
        return {
            name: found
            for name, item in samples.items()
            if (found := sample_histogram(self.histograms, item, *self.looks[0].place)) is not None
        }

    def figure(self, by: str) -> Figure:
        """The plot.

        Args:
            by: one of `WAYS`.

        Raises:
            WollemiError: it is another one.
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
) -> Explored:
    """Fill an expression in regions of a run from the events that it has read.

    Args:
        folder: of the results.
        expression: or the name of a variable.
        regions: at least one.
        where: one more cut.
        bins: number, lower and upper edge; those of the variable, or round ones, by default.
        file: the analysis file; that of the run by default.

    Raises:
        WollemiError: a name is unknown, a file is gone, or no event has a value.
    """
    results = folder.resolve()
    with inside_project(results.parents[1]):
        path = file or _analysis_file(results)
        run = read_event_run(results, path)
        if not regions:
            known = ", ".join(run.analysis.regions)
            raise WollemiError("--region", "which region of the run?", f"there are {known}")
        looks = tuple(make_look(run, expression, region, where, bins) for region in regions)
        try:
            variable = look_variable(run, looks[0])
            filled = fill_looks(run, looks, variable)
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
        folder: of the results.
        expression: or the name of a variable.
        dataset: its name.
        region: its name.
        where: one more cut.

    Raises:
        WollemiError: a name is unknown, or a file is gone.
    """
    results = folder.resolve()
    with inside_project(results.parents[1]):
        run = read_event_run(results, _analysis_file(results))
        return region_values(run, dataset, region, [expression], where)[0]


def captured(folder: Path, function: Callable[..., Any], region: str) -> list[Path]:
    """Write a function into the analysis, see `capture`.

    Args:
        folder: of the results.
        function: the function.
        region: whose first events its test has.

    Raises:
        WollemiError: it cannot be a column.
    """
    results = folder.resolve()
    with inside_project(results.parents[1]):
        path = _analysis_file(results)
        return capture(read_event_run(results, path), path, region, function)


def captured_plot(
    folder: Path, expression: str, region: str, name: str, bins: tuple[int, float, float] | None
) -> Path:
    """Write a plot into the analysis, see `capture_plot`.

    Args:
        folder: of the results.
        expression: or the name of a variable.
        region: which gets it.
        name: of the new variable; empty: made of the expression.
        bins: number, lower and upper edge; those of the variable, or round ones, by default.

    Raises:
        WollemiError: a name is unknown or taken, or the file has no place for it.
    """
    results = folder.resolve()
    with inside_project(results.parents[1]):
        path = _analysis_file(results)
        run = read_event_run(results, path)
        look = make_look(run, expression, region, "", bins)
        try:
            return capture_plot(run, path, look, name)
        except MissingBranchError as error:
            raise _misnamed(run, look, error) from None


def _analysis_file(results: Path) -> Path:
    return Path("config/analyses").resolve() / results.name / "analysis.yaml"


def _misnamed(run: EventRun, look: RunLook, error: MissingBranchError) -> WollemiError:
    """A missing branch as an error of what is asked: all the run's own names were found."""
    document = run.plan.document
    known = [*document["columns"], *document["variables"], *document["objects"]]
    near = [did_you_mean(name, known) for name, branch in error.nearest.items() if not branch]
    return WollemiError(
        f"{look.expression} {look.where}".strip(),
        f"{error.problem}{''.join(near)}",
        "name variables, columns, branches, or fields of objects",
    )
