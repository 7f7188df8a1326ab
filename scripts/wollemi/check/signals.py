"""Check that each signal has an event in a bin of a fitted region, before anything runs."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import awkward as ak

from wollemi.analysis.plain.dataset_selections import dataset_view, origin
from wollemi.analysis.plain.datasets import event_datasets
from wollemi.analysis.plain.queries import (
    as_list,
    fitted_regions,
    is_published,
    scaled_samples,
    signal_samples,
    variable_edges,
)
from wollemi.analysis.settings import Settings
from wollemi.analysis.view import view_of
from wollemi.check.events import event_model
from wollemi.check.sample_files import SampleFiles
from wollemi.event_loop.listed_events import passes
from wollemi.inputs.event_files import count_entries, read_batches
from wollemi.inputs.schemas import Layout
from wollemi_engine.expressions.evaluation import evaluate_entries, evaluate_entry
from wollemi_likelihood.base.arrays import Floats
from wollemi_likelihood.base.errors import WollemiError

MOST = 100_000  # events; larger signals are not checked before the run
STEP = 1000  # events; the first events usually decide
SECTIONS = (
    "source",
    "objects",
    "columns",
    "variables",
    "regions",
    "skim",
    "branches",
    "fill_corrections",
)
REMEDY = "extend the bins of the region's variable, loosen the selection, or check the files"


def signal_problems(
    document: Mapping[str, Any], hooks: Sequence[Path], mirrors: Sequence[Path]
) -> list[str]:
    """Signals with all events outside the bins of the fit, each as `place: problem`.

    A signal is checked if all of its events are in existing files.

    Args:
        document: Analysis without other problems, fully expanded.
        hooks: Paths of its `hooks.py`; may be empty.
        mirrors: Folders that contain public files.
    """
    analysis = view_of(document)
    if document.get("model") is None or is_published(analysis):
        return []
    groups = [*scaled_samples(analysis).values()] or [[n] for n in signal_samples(analysis)]
    files = SampleFiles(document["name"], hooks, mirrors, Path())
    samples, problems = document["samples"], []
    for names in groups:
        datasets = [name for sample in names for name in as_list(samples[sample].get("datasets"))]
        if datasets and all(_is_outside(document, name, hooks, files) for name in datasets):
            regions = ", ".join(fitted_regions(analysis))
            problem = f"no event lies in a bin of the fitted regions ({regions}); {REMEDY}"
            problems.append(f"samples.{' and '.join(names)}: {problem}")
    return problems


def _is_outside(
    document: Mapping[str, Any], dataset: str, hooks: Sequence[Path], files: SampleFiles
) -> bool:
    """Whether all events of a dataset are known and outside the bins of the fit."""
    item = document["datasets"][dataset]
    if dataset not in event_datasets(document) or not item.get("files") or item.get("command"):
        return False
    seen = dataset_view(document, dataset)
    settings = Settings(view_of(seen), SECTIONS, dataset)
    paths = [path for path, _ in files.of(origin(seen, dataset), settings.dataset)]
    layout = Layout.of(settings.dataset)
    try:
        events = sum(count_entries(path, layout) for path in paths)
        if len(paths) < len(item["files"]) or events > MOST:
            return False
        model, _ = event_model(settings, hooks, document["name"])
        return not any(
            _fills_a_bin(seen, settings, model.names(batch), len(batch))
            for path in paths
            for batch in _batches(path, layout, settings)
        )
    except WollemiError:
        return False  # reported by the other checks, or by the run


def _batches(path: Path, layout: Layout, settings: Settings) -> Iterator[ak.Array]:
    """The first events of a file, then all others."""
    for start, stop in ((0, STEP), (STEP, None)):
        yield from read_batches(path, layout, settings.branches, start, stop)


def _fills_a_bin(
    document: Mapping[str, Any], settings: Settings, names: Mapping[str, Any], events: int
) -> bool:
    for region in fitted_regions(view_of(document)):
        name = document["regions"][region]["variable"]
        variable = document["variables"][name]
        own = (document["model"].get("fit_edges") or {}).get(region)
        edges = own or variable_edges(variable)
        # Bins of several axes and categories are different.
        if variable.get("axes") or variable.get("categories") or len(edges) < 2:
            return True
        flags = passes(settings, region, names, events)
        read = evaluate_entries if variable.get("per") == "object" else evaluate_entry
        values: Floats = read(variable["expression"], names, flags).values
        if ((values >= edges[0]) & (values < edges[-1])).any():
            return True
    return False
