"""Check that the expressions of an analysis give values on its events, on one file per dataset,
before anything runs.
"""

import contextlib
import tempfile
from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

import awkward as ak

from wollemi.analysis.models.analysis import Analysis
from wollemi.analysis.plain.corrections import MEASURED, correction_files, local_path
from wollemi.analysis.plain.dataset_selections import dataset_view, origin
from wollemi.analysis.plain.datasets import event_datasets, used_datasets
from wollemi.analysis.plain.histogram_paths import nominal_histograms
from wollemi.analysis.plain.histogram_variations import varied_histograms
from wollemi.analysis.plain.needed_columns import reached_branches
from wollemi.analysis.settings import Settings
from wollemi.analysis.view import view_of
from wollemi.check.expressions import ExpressionChecks
from wollemi.check.sample_files import SampleFiles
from wollemi.events.event_models import definitions, load_hooks, open_corrections
from wollemi.histograms.root_files import read_root_histogram
from wollemi.inputs.content_checks import Expectations, FileChecks
from wollemi.inputs.event_files import file_batches, open_events, required_sources
from wollemi.inputs.schemas import Layout, locate
from wollemi.inputs.weights import find_weights, unstated_weight
from wollemi.job.source_code import source_files
from wollemi.loading.places import Line, expressions_of, missing_lines, written_place
from wollemi_engine.events.model import EventModel
from wollemi_likelihood.base.errors import ConfigurationError, MissingBranchError, WollemiError
from wollemi_likelihood.base.nearest import nearest_name, suggestion

EVENTS = 1000  # number of checked events per file
SECTIONS = (
    "source",
    "weight",
    "is_data",
    "objects",
    "columns",
    "variables",
    "object_variations",
    "weight_sets",
    "fill_corrections",
    "branches",
    "stored_kinematics",
    "checks",
    "is_tolerant",
)
UNUSED = ("source", "weight", "is_data")  # not needed for the values of expressions


def event_problems(
    file: Path,
    analysis: Analysis,
    mirrors: Sequence[Path],
    whole: bool = True,
    skipped: Sequence[str] = (),
) -> tuple[list[str], list[str]]:
    """Problems of expressions, each once as `place: problem`, and names of datasets without a local
    file.

    Args:
        file: Path of the analysis file.
        analysis: Content of the analysis file.
        mirrors: Folders that contain public files.
        whole: Whether the analysis is complete, without removed invalid expressions.
        skipped: Names of datasets that are not checked.
    """
    found: dict[Line, list[str]] = {}
    unseen = []
    beside = file.with_name("hooks.py")
    hooks = [Path(name) for name in source_files(beside)] if beside.is_file() else []
    with tempfile.TemporaryDirectory() as folder:
        document = analysis.plain
        files = SampleFiles(document["name"], hooks, mirrors, Path(folder))
        checks = EventChecks(analysis, hooks, files, whole)
        read = (
            name
            for name in used_datasets(document)
            if "histograms" in document["datasets"].get(name, {})
        )
        for name in [name for name in [*event_datasets(document), *read] if name not in skipped]:
            source, lines = checks.look(name)
            unseen += [] if source else [name]
            for place, line in lines:
                found.setdefault((place, line.replace(source or "{file}", "{file}")), []).append(
                    source
                )
    problems = [_described(place, line, sources) for (place, line), sources in found.items()]
    # An unread file may have the branch.
    unread = unseen or skipped
    return [*problems, *([] if unread else _kept_nowhere(document, checks.offered))], unseen


def _kept_nowhere(document: Mapping[str, Any], offered: Collection[str]) -> list[str]:
    """Branches to be kept by the skim that no file has."""
    missing = [
        (number, name)
        for number, text in enumerate((document.get("skim") or {}).get("keep", ()))
        for name in reached_branches(document, [text], {})
        if name not in offered
    ]
    return [
        f"skim.keep.{number}: no file has a branch '{name}'"
        f"{suggestion(nearest_name(name, offered))}"
        for number, name in missing
    ]


def _described(place: str, line: str, sources: Sequence[str]) -> str:
    """One line for all datasets with the same problem."""
    others = len(sources) - 1
    more = f" (and {others} more dataset{'s' if others > 1 else ''})" if others else ""
    return f"{place}: {line.replace('{file}', sources[0] + more)}"


class EventChecks:
    """Checks of one file per dataset. Datasets with events of the same form and the same use are
    evaluated once. `offered` has the branches of the files that were read.

    Args:
        analysis: Content of the analysis.
        hooks: Paths of its `hooks.py`; may be empty.
        files: Finder of the files.
        whole: Whether the analysis is complete, without removed invalid expressions.
    """

    def __init__(
        self,
        analysis: Analysis,
        hooks: Sequence[Path],
        files: SampleFiles,
        whole: bool,
    ):
        self._document, self._hooks, self._files, self._whole = analysis.plain, hooks, files, whole
        self._known: dict[str, tuple[str, str, list[Line]]] = {}
        self.offered: set[str] = set()

    def look(self, name: str) -> tuple[str, list[Line]]:
        """Displayed name of the checked file of a dataset, empty without one, and the problems
        found in it.
        """
        seen = dataset_view(self._document, name)
        settings = Settings(view_of(seen), SECTIONS, name)
        try:
            for path, source in self._files.of(origin(seen, name), settings.dataset):
                if settings.dataset.histograms is not None:
                    return source, _histogram_lines(seen, name, path)
                found = self._file_lines(seen, name, settings, path, source)
                if found is not None:
                    return source, [
                        (written_place(self._document, name, place), line)
                        for place, line in [*found, *_weight_lines(settings, name, path, source)]
                    ]
        except WollemiError as error:
            return name, [(error.where, f"{error.problem}; {error.remedy}")]
        return "", []

    def _file_lines(
        self, document: Mapping[str, Any], name: str, settings: Settings, path: Path, source: str
    ) -> list[Line] | None:
        """Problems of the expressions on the first events of a file; None if the dataset does not
        need the file.
        """
        uses = expressions_of(document, name)
        way = {key: value for key, value in settings.plain.items() if key not in UNUSED}
        form = f"{path}{way}" if self._files.is_stand_in(path) else ""
        if form not in self._known:
            try:
                events, missing, offered = _first_events(path, source, settings)
                self.offered.update(offered)
            except WollemiError as error:
                if settings.is_tolerant:
                    return None
                key = "tree" if "`tree`" in error.remedy else "files"
                return [(f"datasets.{name}.{key}", f"{source}: {error.problem}; {error.remedy}")]
            form = (
                form
                or f"{events.type.content}{missing and missing.nearest}{way}{[text for _, text, _ in uses]}"  # noqa: E501
            )
        if form not in self._known:
            lines = missing_lines(document, uses, missing) if missing else []
            model, unloaded = event_model(settings, self._hooks, self._document["name"])
            lost = missing.nearest if missing else ()
            checks = ExpressionChecks(
                document, name, settings, model, events, source, lost, self._whole
            )
            self._known[form] = name, source, [*unloaded, *lines, *checks.lines()]
        first, first_source, lines = self._known[form]
        own, others = f"datasets.{name}.", f"datasets.{first}."
        return [
            (place.replace(others, own), line.replace(first_source, source))
            for place, line in lines
        ]


def _weight_lines(settings: Settings, name: str, path: Path, source: str) -> list[Line]:
    """Problem of a simulated dataset without a `weight` whose file may contain one."""
    if settings.is_data or settings.weight:
        return []
    layout = Layout.of(settings.dataset)
    with open_events(path, layout) as file:
        candidates = find_weights(file, layout)
    if not candidates:
        return []
    return [(f"datasets.{name}.weight", "; ".join(unstated_weight(source, candidates)))]


def _histogram_lines(document: Mapping[str, Any], name: str, path: Path) -> list[Line]:
    """Problems of the histograms in a file of a dataset without events, and of its systematics'
    histograms.
    """
    analysis, histograms = view_of(document), document["datasets"][name]["histograms"]
    places = [
        (f"datasets.{name}.histograms.{region}", region, place)
        for region, place in nominal_histograms(histograms, [str(path)])
    ]
    places += [
        (f"systematics.{systematic}.{side}", region, place)
        for systematic, side, region, place in varied_histograms(document, name, [str(path)])
    ]
    lines = []
    for where, region, place in places:
        variable = analysis.regions[region].variable
        try:
            if not Path(place.file).is_file():
                raise WollemiError(place.file, "this file does not exist", "correct the path")
            read_root_histogram(
                Path(place.file), place.path, variable, analysis.variables[variable]
            )
        except WollemiError as error:
            lines.append((where, f"{error.where}: {error.problem}; {error.remedy}"))
    return lines


def event_model(
    settings: Settings, hooks: Sequence[Path], run: str
) -> tuple[EventModel, list[Line]]:
    """Objects and columns, with the loadable hooks and corrections, and the problems of the
    hooks.

    `correction_problems` lists the problems of corrections.
    """
    lines: list[Line] = []
    functions: Mapping[str, Callable[..., Any]] = {}
    corrections: Mapping[str, Callable[..., Any]] = {}
    try:
        functions = load_hooks(hooks, settings.columns)
    except ConfigurationError:
        pass  # inputs of hooks other than arguments are reported from their source
    except WollemiError as error:
        lines = [(error.where, f"{error.problem}; {error.remedy}")]
    # A correction measured by an earlier run may be out of date.
    there = {n: c for n, c in settings.needed_corrections.items() if MEASURED not in c["file"]}
    files = [Path(local_path(run, file)) for file in correction_files(there)]
    with contextlib.suppress(WollemiError):
        corrections = open_corrections(there, files) if all(map(Path.is_file, files)) else {}
    objects = definitions(settings.objects)
    return EventModel(objects, settings.columns, functions, corrections), lines


def _first_events(
    path: Path, source: str, settings: Settings
) -> tuple[ak.Array, MissingBranchError | None, Collection[str]]:
    """The first events of a file with the available branches, the missing branches, and all
    branches of the file.

    Raises:
        WollemiError: The file cannot be read, or does not contain events.
    """
    layout = Layout.of(settings.dataset)
    collections = (item.collection for item in settings.objects.values())
    expected = Expectations.of(settings.event_checks, collections, layout)
    missing = None
    with open_events(path, layout) as file:
        try:
            required_sources(
                Path(source),
                layout,
                file,
                settings.branches,
                [*settings.objects, *settings.columns],
            )
        except MissingBranchError as error:
            missing = error
        offered = locate(layout, file.names)
        there = [name for name in settings.branches if name in offered]
        sources = required_sources(
            path,
            layout,
            file,
            there,
            more=[*expected.more_branches(), *settings.stored_kinematics],
        )
        events = next(iter(file_batches(file, sources, range(EVENTS))))
    checks = FileChecks(source, expected)
    checks.check(events)
    checks.finish()
    checks.units.finish()
    return events, missing, offered.keys()
