"""The work of `wollemi draw` on a finished run."""

import os
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path

import click

from wollemi.analysis.settings import Settings
from wollemi.base.whole_files import whole_file
from wollemi.check.quick_look import NAME
from wollemi.commands.programs import analysis_file, results_folder
from wollemi.model.templates import Histograms, Place
from wollemi_interactive.draw.draw import terminal_text, variable_yaml
from wollemi_interactive.explore.exploration import Explored, explore
from wollemi_interactive.explore.run_drawing import (
    background_histogram,
    data_histogram,
    is_hidden,
    largest_systematics,
    sample_lines,
    systematic_lines,
)
from wollemi_interactive.explore.run_look import LOOKED
from wollemi_likelihood.base.errors import WollemiError
from wollemi_likelihood.expressions.syntax import ExpressionError

MOST = 4  # processes: more of them would wait for the imports of this one


def draw_from_run(
    analysis: str,
    expression: str,
    regions: Sequence[str],
    where: str,
    bins: tuple[int, float, float] | None,
    by: str,
    picture: Path,
) -> None:
    """Draw an expression in regions of a run, and print the YAML; exits with code 2 for a user
    error.
    """
    file = analysis_file(analysis).resolve()
    try:
        results, processes = results_folder(analysis), min(MOST, os.cpu_count() or 1)
        found = explore(results, expression, regions, where, bins, file, processes)
    except (WollemiError, ExpressionError) as error:
        click.echo(str(error), err=True)
        raise SystemExit(2) from None
    for settings, look in zip(found.settings, found.looks, strict=True):
        click.echo("\n".join([*_lines(settings, found.histograms, look.place), ""]))
    if by == "systematic":
        place = found.looks[0].place
        ratios = largest_systematics(found.settings[0], found.histograms, place)
        click.echo("\n".join([*systematic_lines(ratios), ""]))
    with whole_file(picture) as partial:
        found.figure(by).savefig(partial)
    click.echo("\n".join([f"{picture} (written)", "", *_yaml(found)]))


def _lines(settings: Settings, histograms: Histograms, place: Place) -> Iterator[str]:
    """The histogram of the data in characters, or of the background if the data are hidden, and the
    events of each sample.
    """
    hidden = is_hidden(settings, histograms, place)
    data = None if hidden else data_histogram(settings, histograms, place)
    shown = data if data is not None else background_histogram(settings, histograms, place)
    yield f"{place[0]}: {'data' if data is not None else 'background'}"
    if shown is not None:
        yield terminal_text(shown, min(shutil.get_terminal_size((100, 24)).columns, 110))
    yield from sample_lines(settings, histograms, place, hidden)


def _yaml(found: Explored) -> Iterator[str]:
    """YAML to paste into the analysis file."""
    look = found.looks[0]
    named = look.variable != LOOKED
    if not named:
        bins, per_object = found.variable["bins"], "per" in found.variable
        unit = found.variable.get("unit", "")
        yield from variable_yaml(found.variable["expression"], bins, per_object, unit)
    yield "regions:"
    for item in found.looks:
        yield f"  {item.region}: {{monitor: [{look.variable if named else NAME}]}}"
