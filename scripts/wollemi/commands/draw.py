"""The work of `wollemi draw`."""

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from wollemi.analysis.load import read_analysis
from wollemi.analysis.plain.dataset_selections import origin
from wollemi.base.errors import WollemiError
from wollemi.base.nearest import did_you_mean
from wollemi.commands.programs import analysis_file
from wollemi.expressions.syntax import ExpressionError
from wollemi.inputs.inspection import guess_layout
from wollemi.inputs.schemas import Layout
from wollemi.interactive.draw import fill_hist, numbers_text, save_picture, terminal_text, yaml_text
from wollemi.interactive.quick_look import Look, choose_edges, read_entries


def draw_expression(
    source: str,
    expression: str,
    where: str,
    analysis: str | None,
    bins: tuple[float, float, float] | None,
    events: int | None,
    picture: Path,
) -> None:
    """Draw an expression in the terminal and as a picture, and print the YAML; ends with exit code
    2 for a user error.
    """
    try:
        paths, layout, document, dataset = find_events(source, analysis)
        hooks = analysis_file(analysis).with_name("hooks.py") if analysis else Path()
        look = Look(expression, where, document, dataset, [hooks] if hooks.is_file() else [])
        entries = read_entries(paths, layout, look, events)
        axis = (int(bins[0]), bins[1], bins[2]) if bins else choose_edges(entries.values)
    except (WollemiError, ExpressionError) as error:
        click.echo(str(error), err=True)
        raise SystemExit(2) from None
    histogram = fill_hist(entries, axis, expression)
    click.echo(terminal_text(histogram, min(shutil.get_terminal_size((100, 24)).columns, 110)))
    click.echo(numbers_text(entries, histogram))
    save_picture(histogram, picture, expression)
    click.echo(f"{picture} (written)\n\n{yaml_text(look, axis, entries.per_object)}")


def find_events(
    source: str, analysis: str | None
) -> tuple[list[Path], Layout, Mapping[str, Any], str]:
    """The files of a source, their layout, and the analysis with the dataset, both empty without
    one.

    Raises:
        WollemiError: there is no such file or dataset, or its files are not available.
    """
    document: Mapping[str, Any] = {}
    datasets: Mapping[str, Any] = {}
    if analysis is not None:
        models, document = read_analysis(analysis_file(analysis))
        datasets = models.datasets
    if source in datasets:
        paths = [Path(path) for path in dataset_paths(source, document)]
        return paths, Layout.of(datasets[source]), document, source
    path = Path(source)
    if not path.is_file():
        known = did_you_mean(source, datasets)
        raise WollemiError(
            source,
            f"is neither a file nor a dataset{known}",
            "name a file, or a dataset with --analysis",
        )
    return [path], guess_layout(path), document, ""


def dataset_paths(name: str, document: Mapping[str, Any]) -> list[str]:
    """Available files of a dataset: its own, or those that a run has made or fetched.

    Raises:
        WollemiError: none is available.
    """
    dataset = document["datasets"][name]
    made = sorted(Path("results", document["name"], "files", origin(document, name)).glob("*"))
    own = [file for file in dataset.get("files", []) if isinstance(file, str)]
    found = [path for path in [*own, *map(str, made)] if Path(path).is_file()]
    if not found:
        raise WollemiError(
            f"datasets.{name}",
            "none of its files is here",
            f"make them with: wollemi run {document['name']}",
        )
    return found
