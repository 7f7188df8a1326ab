"""The work of `wollemi draw`."""

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import click

from wollemi.analysis.load import read_analysis
from wollemi.analysis.plain.commands import FOLDER
from wollemi.analysis.plain.dataset_selections import origin
from wollemi.base.errors import WollemiError
from wollemi.base.nearest import did_you_mean
from wollemi.catalogue.lookup import Entry, catalogue_files, read_catalogues
from wollemi.catalogue.open_data import record_number
from wollemi.catalogue.sources import Source, open_address, open_record, open_source
from wollemi.commands.programs import analysis_file, workflow_root
from wollemi.expressions.syntax import ExpressionError
from wollemi.inputs.inspection import guess_layout
from wollemi.inputs.remote_ranges import UnreachableError, is_remote
from wollemi.inputs.root_trees import Place
from wollemi.inputs.schemas import Layout
from wollemi.interactive.draw import fill_hist, numbers_text, terminal_text, yaml_text
from wollemi.interactive.draw import picture as draw_picture
from wollemi.interactive.quick_look import (
    Entries,
    Look,
    choose_edges,
    known_names,
    read_entries,
    without_far_ones,
)
from wollemi.interactive.shorthand import written_out

REMOTE_EVENTS = 1_000_000  # read from other machines where nothing is said


@dataclass(frozen=True)
class Events:
    """What is drawn.

    Args:
        source: its files, and what a plot of them says.
        layout: how events lie in them.
        document: the analysis as plain values; empty without one.
        dataset: of the analysis; empty for other files.
    """

    source: Source
    layout: Layout
    document: Mapping[str, Any] = field(default_factory=dict)
    dataset: str = ""


def draw_expression(
    source: str,
    expression: str,
    where: str,
    analysis: str | None,
    bins: tuple[float, float, float] | None,
    events: int | None,
    picture: Path,
    catalogue: Path | None = None,
) -> None:
    """Draw an expression in the terminal and as a picture, and print the YAML; ends with exit code
    2 for a user error.
    """
    try:
        found = find_source(source, analysis, catalogue)
        look = _look(found, expression, where, analysis)
        most = _most(found.source.paths, events)
        entries = read_entries(found.source.paths, found.layout, look, events, most)
        near = without_far_ones(entries.values)
        axis = (int(bins[0]), bins[1], bins[2]) if bins else choose_edges(near)
    except (WollemiError, ExpressionError) as error:
        click.echo(str(_with_sample(error)), err=True)
        raise SystemExit(2) from None
    histogram = fill_hist(entries, axis, expression)
    title, mark = found.source.title, found.source.mark
    click.echo("".join(f"{line}\n" for line in (title, mark) if line), nl=False)
    click.echo(terminal_text(histogram, min(shutil.get_terminal_size((100, 24)).columns, 110)))
    click.echo(numbers_text(entries, histogram))
    for line in _notes(look, expression, None if bins else axis, entries):
        click.echo(line)
    draw_picture(histogram, expression, title, mark).savefig(picture, dpi=120)
    click.echo(f"{picture} (written)\n\n{yaml_text(look, axis, entries.per_object)}")


def _look(found: Events, expression: str, where: str, analysis: str | None) -> Look:
    """The requested histogram, with the long names of what has a short one."""
    hooks = analysis_file(analysis).with_name("hooks.py") if analysis else Path()
    objects, known = known_names(found.source.paths[0], found.layout, found.document)
    return Look(
        written_out(expression, objects, known),
        written_out(where, objects, known) if where else "",
        found.document,
        found.dataset,
        [hooks] if hooks.is_file() else [],
        found.source.weight,
    )


def _most(paths: Sequence[Place], events: int | None) -> int | None:
    """How many events are read of all files, if not all: of files on other machines only the first,
    where nothing else is said.
    """
    is_far = any(not isinstance(path, Path) for path in paths)
    return REMOTE_EVENTS if is_far and events is None else None


def _notes(
    look: Look,
    expression: str,
    axis: tuple[int, float, float] | None,
    entries: Entries,
) -> list[str]:
    """What was chosen for the user: what short names stand for, the axis, the first events."""
    notes = [f"{expression} is {look.expression}"] if look.expression != expression else []
    if axis is not None:
        number, low, high = axis
        notes.append(f"axis: {number} bins from {low:g} to {high:g}; --bins N LOW HIGH sets others")
    if not entries.whole:
        notes.append(
            f"only the first {entries.events:,} events were read; --events N reads N of each file"
        )
    return notes


def find_source(source: str, analysis: str | None, catalogue: Path | None = None) -> Events:
    """What is drawn: a file, files by a pattern, an address, a dataset of an analysis, a dataset of
    a catalogue, or a record of CERN Open Data.

    Args:
        source: as it was typed.
        analysis: whose objects, columns and weights are used, or None.
        catalogue: where names are looked up first, or None.

    Raises:
        WollemiError: there is nothing of this name, or it cannot be read.
    """
    document: Mapping[str, Any] = {}
    datasets: Mapping[str, Any] = {}
    if analysis is not None:
        models, document = read_analysis(analysis_file(analysis))
        datasets = models.datasets
    if source in datasets:
        paths: list[Place] = [Path(path) for path in dataset_paths(source, document)]
        return Events(Source(paths), Layout.of(datasets[source]), document, source)
    opened = open_named(source, datasets, catalogue)
    return Events(opened, opened.layout or guess_layout(opened.paths[0]), document)


def open_named(source: str, datasets: Mapping[str, Any], catalogue: Path | None) -> Source:
    """The files of a source that is no dataset of an analysis.

    Args:
        source: as it was typed.
        datasets: of the analysis, which may have been meant.
        catalogue: where names are looked up first, or None.

    Raises:
        WollemiError: there is nothing of this name, or it cannot be read.
    """
    number = record_number(source)
    if number is not None:
        return open_record(number)
    if is_remote(source):
        return open_address(source)
    if Path(source).is_file():
        return Source([Path(source)])
    entries = read_catalogues(catalogue_files(catalogue, workflow_root()))
    if source in entries:
        return open_source(entries[source])
    raise _unknown(source, datasets, entries)


def _with_sample(error: Exception) -> Exception:
    """The same error; where there is no network, there is still a sample to draw."""
    if not isinstance(error, UnreachableError):
        return error
    sample = "or draw events that are generated on this machine: wollemi draw zee_generated"
    return WollemiError(error.where, error.problem, f"{error.remedy}, {sample} EXPRESSION")


def _unknown(
    source: str, datasets: Mapping[str, Any], entries: Mapping[str, Entry]
) -> WollemiError:
    return WollemiError(
        source,
        f"is neither a file nor a dataset{did_you_mean(source, {**datasets, **entries})}",
        "name a file, a dataset that `wollemi datasets` lists, or one of an analysis with "
        "--analysis",
    )


def find_events(
    source: str, analysis: str | None
) -> tuple[list[Place], Layout, Mapping[str, Any], str]:
    """The files of a source, their layout, and the analysis with the dataset, both empty without
    one.

    Raises:
        WollemiError: see `find_source`.
    """
    found = find_source(source, analysis)
    return found.source.paths, found.layout, found.document, found.dataset


def dataset_paths(name: str, document: Mapping[str, Any]) -> list[str]:
    """Available files of a dataset: its own, or those that a run has made or fetched.

    Raises:
        WollemiError: none is available.
    """
    dataset = document["datasets"][name]
    made = sorted(Path("results", document["name"], "files", origin(document, name)).glob("*"))
    folder = f"results/{document['name']}/{FOLDER}/" if "command" in dataset else ""
    own = [folder + file for file in dataset.get("files", []) if isinstance(file, str)]
    found = [path for path in [*own, *map(str, made)] if Path(path).is_file()]
    if not found:
        raise WollemiError(
            f"datasets.{name}",
            "none of its files is here",
            f"make them with: wollemi run {document['name']}",
        )
    return found
