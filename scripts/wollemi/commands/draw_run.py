"""The work of `wollemi draw` on a finished run."""

import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import click
from matplotlib.figure import Figure

from wollemi.analysis.settings import Settings
from wollemi.base.errors import WollemiError
from wollemi.commands.programs import analysis_file, results_folder
from wollemi.expressions.syntax import ExpressionError
from wollemi.histograms.histogram import Histogram
from wollemi.interactive.draw import terminal_text, variable_yaml
from wollemi.interactive.event_run import EventRun, read_event_run
from wollemi.interactive.quick_look import NAME
from wollemi.interactive.run_drawing import (
    background_histogram,
    data_histogram,
    draw_regions,
    draw_samples,
    draw_systematics,
    is_hidden,
    largest_systematics,
    sample_lines,
    stack_settings,
    systematic_lines,
)
from wollemi.interactive.run_look import RunLook, check_look, fill_dataset, look_variable, looked_at

WAYS = ("sample", "systematic", "region")


def draw_from_run(
    analysis: str,
    expression: str,
    regions: Sequence[str],
    where: str,
    bins: tuple[int, float, float] | None,
    by: str,
    picture: Path,
) -> None:
    """Draw an expression in regions of a run, and print the YAML; ends with exit code 2 for a user
    error.
    """
    try:
        run = read_event_run(results_folder(analysis), analysis_file(analysis))
        if not regions:
            problem, known = "which region of the run?", ", ".join(run.analysis.regions)
            raise WollemiError("--region", problem, f"there are {known}")
        looks = [RunLook(expression, region, where, bins) for region in regions]
        for look in looks:
            check_look(run, look)
        variable = look_variable(run, looks[0])
        histograms = _fill(run, looks, variable)
    except (WollemiError, ExpressionError) as error:
        click.echo(str(error), err=True)
        raise SystemExit(2) from None
    settings = [stack_settings(run, look, variable) for look in looks]
    for item, look in zip(settings, looks, strict=True):
        _tell(item, histograms, look.region)
    figure = _figure(by, settings[0], histograms, regions)
    figure.savefig(picture)
    click.echo(f"{picture} (written)\n\n{_yaml(run, looks[0], variable, regions)}")


def _fill(
    run: EventRun, looks: Sequence[RunLook], variable: Mapping[str, Any]
) -> dict[str, dict[str, Histogram]]:
    """Dataset → the histograms of the regions.

    Raises:
        WollemiError: all are empty.
    """
    found: dict[str, dict[str, Histogram]] = {name: {} for name in run.analysis.datasets}
    for dataset in looked_at(run):
        for look in looks:
            found[dataset] |= fill_dataset(run, look, variable, dataset)
    filled = (item for made in found.values() for name, item in made.items() if NAME in name)
    if not any(item.values().any() for item in filled):
        problem = f"no event of {', '.join(look.region for look in looks)} has a value of it"
        raise WollemiError(looks[0].expression, problem, "loosen --where, or take other --bins")
    return found


def _tell(
    settings: Settings, histograms: Mapping[str, Mapping[str, Histogram]], region: str
) -> None:
    """The histogram of the data, or of the background where data are hidden, in characters, and the
    events of each sample.
    """
    hidden = is_hidden(settings, histograms, region)
    data = None if hidden else data_histogram(settings, histograms, region)
    shown = data if data is not None else background_histogram(settings, histograms, region)
    columns = min(shutil.get_terminal_size((100, 24)).columns, 110)
    title = f"{region}: {'data' if data is not None else 'background'}"
    lines = [title, *([] if shown is None else [terminal_text(shown, columns)])]
    click.echo("\n".join([*lines, *sample_lines(settings, histograms, region, hidden), ""]))


def _figure(
    by: str,
    settings: Settings,
    histograms: Mapping[str, Mapping[str, Histogram]],
    regions: Sequence[str],
) -> Figure:
    if by == "region":
        return draw_regions(settings, histograms, regions)
    if by == "sample":
        return draw_samples(settings, histograms, regions[0])
    ratios = largest_systematics(settings, histograms, regions[0])
    click.echo("\n".join([*systematic_lines(ratios), ""]))
    return draw_systematics(settings, histograms, regions[0], ratios)


def _yaml(run: EventRun, look: RunLook, variable: Mapping[str, Any], regions: Sequence[str]) -> str:
    """YAML to paste into the analysis file."""
    named = look.expression in run.analysis.variables
    lines = [] if named else variable_yaml(look.expression, variable["bins"], "per" in variable)
    name = look.expression if named else NAME
    return "\n".join(
        [*lines, "regions:", *(f"  {item}: {{monitor: [{name}]}}" for item in regions)]
    )
