"""The work of `wollemi draw`."""

import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import click

from wollemi.analysis.plain.commands import FOLDER
from wollemi.analysis.plain.dataset_selections import origin
from wollemi.analysis.plain.parts import file_path
from wollemi.analysis.plain.queries import sample_datasets
from wollemi.analysis.view import view_of
from wollemi.base.json_files import render_json
from wollemi.base.user_commands import user_command
from wollemi.base.whole_files import is_file, whole_file, write_whole
from wollemi.check.quick_look import (
    AGAINST,
    NAME,
    Entries,
    Look,
    choose_edges,
    known_names,
    read_entries,
    weight_text,
    without_far_ones,
)
from wollemi.commands.programs import analysis_file, workflow_root
from wollemi.inputs.event_files import open_events
from wollemi.inputs.inspection import guess_layout
from wollemi.inputs.remote_ranges import UnreachableError, is_remote
from wollemi.inputs.root_trees import Place
from wollemi.inputs.schemas import Layout
from wollemi.inputs.weights import BY_OPTION, find_weights, only_weight, unstated_weight
from wollemi.job.input_digests import input_digest
from wollemi.loading.load import read_analysis
from wollemi.loading.manifests import read_parts
from wollemi.results.marks import BLINDED
from wollemi_engine.expressions.dimension import energy_unit
from wollemi_interactive.catalogue.lookup import Entry, catalogue_files, read_catalogues
from wollemi_interactive.catalogue.open_data import record_number
from wollemi_interactive.catalogue.sources import Source, open_address, open_record, open_source
from wollemi_interactive.draw.draw import (
    axis_of_bins,
    drawn_numbers,
    fill_hist,
    numbers_text,
    terminal_text,
    yaml_text,
)
from wollemi_interactive.draw.draw import picture as draw_picture
from wollemi_interactive.draw.shorthand import written_out
from wollemi_interactive.draw.two_quantities import (
    LINES,
    fill_plane,
    make_profile,
    plane_numbers_text,
    plane_picture,
    plane_text,
    profile_numbers,
    profile_picture,
    profile_text,
)
from wollemi_likelihood.base.errors import WollemiError, counted
from wollemi_likelihood.base.nearest import did_you_mean
from wollemi_likelihood.expressions.bounds import UNWEIGHTED
from wollemi_likelihood.expressions.syntax import ExpressionError

Bins = tuple[int, float, float]
REMOTE_EVENTS = 1_000_000  # read from remote files by default


@dataclass(frozen=True)
class Events:
    """Events to draw from.

    Args:
        source: Files of the events, and the title and mark of their plots.
        layout: Layout of events in the files.
        document: Analysis as plain values; empty without one.
        dataset: Dataset of the analysis; empty for other files.
    """

    source: Source
    layout: Layout
    document: Mapping[str, Any] = field(default_factory=dict)
    dataset: str = ""


@dataclass(frozen=True)
class Asked:
    """Arguments of `wollemi draw`.

    Args:
        source: Source of the events, see `find_source`.
        expression: Quantity, as typed.
        where: Selection; empty for none.
        analysis: Analysis whose objects, columns and weights are used, or None.
        bins: Number of bins, lower and upper edge; None for round numbers.
        events: Number of events to read from each file; None for all.
        picture: Path of the picture to write.
        catalogue: Catalogue in which names are looked up first, or None.
        against: Second quantity; empty for none.
        against_bins: Bins of the second quantity.
        profile: Whether to draw the mean of the second quantity in bins of the first.
        weight: Weight of each event, `none` for 1; empty for the weight of the source.
    """

    source: str
    expression: str
    where: str
    analysis: str | None
    bins: Bins | None
    events: int | None
    picture: Path
    catalogue: Path | None = None
    against: str = ""
    against_bins: Bins | None = None
    profile: bool = False
    weight: str = ""


def draw_expression(asked: Asked) -> None:
    """Draw an expression in the terminal and as a picture, and print the YAML; exits with code 2
    for a user error.
    """
    try:
        found = find_source(asked.source, asked.analysis, asked.catalogue)
        look = _look(found, asked)
        most = _most(found.source.paths, asked.events)
        entries = read_entries(found.source.paths, found.layout, look, asked.events, most)
        axes = _axes(entries, asked)
    except (WollemiError, ExpressionError) as error:
        click.echo(str(_with_sample(error)), err=True)
        raise SystemExit(2) from None
    columns = found.document.get("columns", {})
    units = [energy_unit(text, columns) for text in (look.expression, look.against)]
    weight = weight_text(look)
    weighted = "unweighted" if weight == UNWEIGHTED else f"weighted by {weight}"
    title, mark = f"{found.source.title}\n{weighted}".lstrip(), found.source.mark
    click.echo("".join(f"{line}\n" for line in (title, mark) if line), nl=False)
    width = min(shutil.get_terminal_size((100, 24)).columns, 110)
    drawing = _drawing(entries, look, asked.profile, axes, units)
    click.echo(drawing.text(width))
    for line in _notes(look, asked, axes, entries):
        click.echo(line)
    with whole_file(asked.picture) as partial:
        drawing.picture(title, mark).savefig(partial, dpi=120)
    numbers = asked.picture.with_suffix(".json")
    write_whole(numbers, render_json(_recorded(asked, look, entries) | drawing.numbers))
    yaml = yaml_text(look, axes, entries.per_object, units)
    click.echo(f"{asked.picture}, {numbers} (written)\n\n{yaml}")


def _recorded(asked: Asked, look: Look, entries: Entries) -> dict[str, Any]:
    """The drawing's settings and totals, for the JSON next to the picture."""
    return {
        "source": asked.source,
        "expression": look.expression,
        "against": look.against,
        "where": look.where,
        "weight": weight_text(look),
        "events": entries.events,
        "entries": entries.values.size,
        "sum_of_weights": float(entries.weights.sum()),
    }


def _axes(entries: Entries, asked: Asked) -> list[Bins]:
    """Bins of each quantity: the requested ones, or round ones by default."""
    found = [asked.bins or choose_edges(without_far_ones(entries.values))]
    if entries.against is not None:
        near = without_far_ones(entries.against)
        found.append(asked.against_bins or choose_edges(near, LINES))
    return found


@dataclass(frozen=True)
class _Drawing:
    """One drawing.

    Args:
        text: Function from the columns of the terminal to characters.
        picture: Function from title and mark to a figure.
        numbers: Drawn numbers as plain values.
    """

    text: Callable[[int], str]
    picture: Callable[[str, str], Any]
    numbers: dict[str, Any]


def _drawing(
    entries: Entries, look: Look, is_profile: bool, bins: Sequence[Bins], units: Sequence[str]
) -> _Drawing:
    """The drawing of the entries: a histogram of one or two axes, or a profile."""
    if not look.against:
        histogram = fill_hist(entries, bins[0], look.expression, units[0])

        def text(columns: int) -> str:
            return f"{terminal_text(histogram, columns)}\n{numbers_text(entries, histogram)}"

        return _Drawing(
            text, partial(draw_picture, histogram, look.expression), drawn_numbers(histogram)
        )
    labels, names = (look.expression, look.against), (NAME, AGAINST)
    x, y = map(axis_of_bins, bins, labels, units, names)
    if is_profile:
        profile = make_profile(entries, x, look.against, units[1])
        return _Drawing(
            lambda _: f"{profile_text(profile)}\n{plane_numbers_text(entries, x)}",
            partial(profile_picture, profile),
            profile_numbers(profile),
        )
    plane = fill_plane(entries, (x, y))
    return _Drawing(
        lambda columns: f"{plane_text(plane, columns)}\n{plane_numbers_text(entries, x, y)}",
        partial(plane_picture, plane),
        drawn_numbers(plane),
    )


def _look(found: Events, asked: Asked) -> Look:
    """The requested histogram, with short names written out."""
    hooks = analysis_file(asked.analysis).with_name("hooks.py") if asked.analysis else Path()
    objects, known = known_names(found.source.paths[0], found.layout, found.document)
    expression, where, against = (
        written_out(text, objects, known) if text else ""
        for text in (asked.expression, asked.where, asked.against)
    )
    return Look(
        expression,
        where,
        found.document,
        found.dataset,
        [hooks] if hooks.is_file() else [],
        _weight(found, asked.weight),
        against,
    )


def _weight(found: Events, given: str) -> str:
    """Weight of each event, `none` for 1; empty for the weight of an analysis dataset.

    Raises:
        WollemiError: The analysis does not state the weight of its dataset, or the events have
            several possible weights.
    """
    named = found.dataset
    is_stated = found.document["datasets"][named].get("weight") if named else found.source.weight
    if given or is_stated or (named and named in sample_datasets(view_of(found.document), "data")):
        return given or ("" if named else found.source.weight)
    path = found.source.paths[0]
    with open_events(path, found.layout) as file:
        candidates = find_weights(file, found.layout, by_values=isinstance(path, Path))
    if named and candidates:
        raise WollemiError(f"datasets.{named}.weight", *unstated_weight(str(path), candidates))
    return only_weight(path, candidates, BY_OPTION)


def _most(paths: Sequence[Place], events: int | None) -> int | None:
    """Number of events to read from all files together; None for all. By default, only the first
    events of remote files are read.
    """
    is_far = any(not isinstance(path, Path) for path in paths)
    return REMOTE_EVENTS if is_far and events is None else None


def _notes(look: Look, asked: Asked, axes: Sequence[Bins], entries: Entries) -> list[str]:
    """Choices made for the user: the meaning of short names, the axes, the first events."""
    pairs = (asked.expression, look.expression), (asked.against, look.against)
    notes = [f"{short} is {long}" for short, long in pairs if short != long]
    given = (asked.bins, "axis", "--bins"), (asked.against_bins, "second axis", "--against-bins")
    for (bins, what, option), (number, low, high) in zip(given, axes, strict=False):
        if bins is None and not (asked.profile and option == "--against-bins"):
            chosen = f"{counted(number, 'bin')} from {low:g} to {high:g}"
            notes.append(f"{what}: {chosen}; {option} N LOW HIGH sets others")
    if not entries.whole:
        notes.append(
            f"only the first {counted(entries.events, 'event', ',')} were read; "
            "--events N reads N of each file"
        )
    return notes


def find_source(source: str, analysis: str | None, catalogue: Path | None = None) -> Events:
    """The events of a source: a file, files by a pattern, an address, a dataset of an analysis, a
    dataset of a catalogue, or a record of CERN Open Data.

    Args:
        source: Name of the source, as typed.
        analysis: Analysis whose objects, columns and weights are used, or None.
        catalogue: Catalogue in which names are looked up first, or None.

    Raises:
        WollemiError: The source is unknown, or cannot be read.
    """
    document: Mapping[str, Any] = {}
    datasets: Mapping[str, Any] = {}
    if analysis is not None:
        known = read_analysis(analysis_file(analysis))
        document, datasets = known.plain, known.datasets
    if source in datasets:
        _refuse_blinded(source, document)
        paths: list[Place] = [Path(path) for path in dataset_paths(source, document)]
        return Events(Source(paths), Layout.of(datasets[source]), document, source)
    opened = open_named(source, datasets, catalogue)
    return Events(opened, opened.layout or guess_layout(*opened.paths), document)


def _refuse_blinded(dataset: str, document: Mapping[str, Any]) -> None:
    """Raise an error for data of a blinded analysis: raw events do not show which are hidden."""
    if document.get("blinding") and dataset in sample_datasets(view_of(document), "data"):
        run = user_command(f"wollemi draw {document['name']} EXPRESSION --region REGION")
        raise WollemiError(
            f"datasets.{dataset}",
            f"its events are {BLINDED} in part, and all of them would be drawn",
            f"draw a region of the finished run, which hides them: {run}; or simulated events",
        )


def open_named(source: str, datasets: Mapping[str, Any], catalogue: Path | None) -> Source:
    """The files of a source that is not a dataset of an analysis.

    Args:
        source: Name of the source, as typed.
        datasets: Datasets of the analysis, one of which may have been meant.
        catalogue: Catalogue in which names are looked up first, or None.

    Raises:
        WollemiError: The source is unknown, or cannot be read.
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
    """The error, with the hint that a sample can be drawn without a network."""
    if not isinstance(error, UnreachableError):
        return error
    command = user_command("wollemi draw zee_generated EXPRESSION")
    sample = f"or draw events that are generated on this machine: {command}"
    return WollemiError(error.where, error.problem, f"{error.remedy}, {sample}")


def _unknown(
    source: str, datasets: Mapping[str, Any], entries: Mapping[str, Entry]
) -> WollemiError:
    return WollemiError(
        source,
        f"is neither a file nor a dataset{did_you_mean(source, {**datasets, **entries})}",
        f"name a file, a dataset that `{user_command('wollemi datasets')}` lists, one of an "
        "analysis with --analysis, or a run with --region",
    )


def _is_current(path: str, file: Any) -> bool:
    """Whether a file has the declared content; true for files that are not public."""
    is_public = not isinstance(file, str) and "url" in file
    return not is_public or input_digest(Path(path)) == file["sha256"]


def dataset_paths(name: str, document: Mapping[str, Any]) -> list[str]:
    """Available files of a dataset: its own, or the files that a run has made or fetched. Leftovers
    of other files, and fetched files with another content, are left out.

    Raises:
        WollemiError: No file is available.
    """
    dataset = document["datasets"][name]
    folder = FOLDER if "command" in dataset else f"files/{origin(document, name)}"
    paths = {
        file_path(file, f"results/{document['name']}/{folder}"): file
        for part in read_parts(dataset)
        for file in part["files"]
    }
    found = [path for path, file in paths.items() if is_file(path) and _is_current(path, file)]
    if not found:
        raise WollemiError(
            f"datasets.{name}",
            "none of its files is here",
            f"make them with: {user_command('wollemi run')} {document['name']}",
        )
    return found
