"""What a bin of a finished run is made of, and which events are in it."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import awkward as ak
import numpy as np
import pandas as pd

from wollemi.analysis.load import read_analysis
from wollemi.analysis.models.analysis import Analysis
from wollemi.analysis.plain.corrections import correction_files, local_path
from wollemi.analysis.plain.dataset_selections import dataset_view
from wollemi.analysis.plain.plan import Plan
from wollemi.analysis.settings import Settings
from wollemi.base.errors import MissingBranchError, WollemiError
from wollemi.base.json_files import read_json
from wollemi.base.nearest import did_you_mean
from wollemi.base.rounding import percent, significant, with_error
from wollemi.event_loop.filler import visible_events
from wollemi.event_loop.listed_events import (
    ENTRY,
    Place,
    chosen_bin,
    joined,
    listed_columns,
    listing_settings,
    refuse_blinded,
    with_entries,
)
from wollemi.events.certified import Certifier
from wollemi.events.event_models import load_event_model
from wollemi.events.model import EventModel
from wollemi.expressions.syntax import used_names
from wollemi.histograms.bin_composition import Share, composition
from wollemi.histograms.histogram import read_datasets
from wollemi.inputs.event_files import read_batches
from wollemi.inputs.identifiers import COLUMNS
from wollemi.inputs.schemas import Layout
from wollemi.results.marks import BLINDED

CHANGES = 4  # variations of a sample that are told
SUFFIXES = (".csv", ".parquet")


@dataclass(frozen=True)
class EventRun:
    """A finished run.

    Args:
        folder: its results.
        plan: what it makes.
        analysis: the analysis.
        hooks: its `hooks.py`, or nothing.
    """

    folder: Path
    plan: Plan
    analysis: Analysis
    hooks: tuple[Path, ...]


def read_event_run(folder: Path, path: Path) -> EventRun:
    """A run with its analysis.

    Raises:
        WollemiError: there are no results; they are those of a preview.
    """
    if not (folder / "histograms").is_dir():
        raise WollemiError(str(folder), "there are no histograms", "run the analysis first")
    analysis, document = read_analysis(path)
    if folder.name != analysis.name:
        problem = f"these are not the results of {analysis.name}"
        raise WollemiError(str(folder), problem, "name a whole run, and not a preview")
    hooks = path.with_name("hooks.py")
    return EventRun(
        folder, Plan(document, folder.name), analysis, (hooks,) if hooks.is_file() else ()
    )


def check_place(analysis: Analysis, place: Place, samples: Sequence[str]) -> None:
    """Refuse names of nothing.

    Raises:
        WollemiError: one is unknown.
    """
    for where, names, known in (
        ("REGION", [place.region], analysis.regions),
        ("--variable", [place.variable], analysis.variables),
        ("--samples", samples, analysis.samples),
    ):
        for name in names:
            if name not in known:
                problem = f"'{name}' is not there{did_you_mean(name, known)}"
                raise WollemiError(where, problem, f"there are {', '.join(known)}")


def share_lines(shares: Sequence[Share]) -> Iterator[str]:
    """What the place is made of."""
    for item in shares:
        if item.events is None:
            yield f"  {item.sample:<20} {BLINDED}"
            continue
        events = with_error(item.events, item.error) if item.error else significant(item.events)
        told = (f"{name} {percent(size, sign=True)}" for name, size in item.changes[:CHANGES])
        yield f"  {item.sample:<20} {events:<22} {', '.join(told)}".rstrip()


def shares_of(run: EventRun, place: Place) -> tuple[str, list[Share]]:
    """A title, and what the place is made of by the histograms of the run."""
    settings = listing_settings(run.plan.document, next(iter(run.analysis.datasets)), place)
    chosen = chosen_bin(settings, place)
    where = f", {place.variable} from {chosen[1]:g} to {chosen[2]:g}" if chosen else ""
    histograms = read_datasets(sorted((run.folder / "histograms").glob("*.json")))
    index = chosen[0] if chosen else None
    samples = run.analysis.samples
    shares = composition(histograms, samples, place.region, place.variable, index)
    return f"{place.region}{where}", shares


def dataset_events(run: EventRun, dataset: str, place: Place) -> pd.DataFrame:
    """The events of a dataset that are listed, one row for each entry of the variable.

    Raises:
        WollemiError: they are blinded; a file is gone.
    """
    document = dataset_view(run.plan.document, dataset)
    settings = listing_settings(document, dataset, place)
    refuse_blinded(settings, place, dataset)
    needed = settings.selected["fill_corrections"]
    files = [Path(local_path(run.folder.name, file)) for file in correction_files(needed)]
    model = load_event_model(settings, run.hooks, files)
    cutflow = read_json(run.folder / "cutflow" / f"{dataset}.json")
    parts: list[Mapping[str, Any]] = []
    for path, batch in read_visible(run, dataset, settings, model, cutflow["files"]):
        rows = listed_columns(settings, model, batch, place, cutflow["normalization"])
        parts.append({**rows, "file": np.full(rows["entry"].size, path, object)})
    return pd.DataFrame(joined(parts))


def read_visible(
    run: EventRun,
    dataset: str,
    settings: Settings,
    model: EventModel,
    files: Iterable[Mapping[str, Any]],
) -> Iterator[tuple[str, ak.Array]]:
    """The events of a dataset that the run has read and that may be seen: path of the file, and a
    batch with `ENTRY`.

    Args:
        run: the run.
        dataset: its name.
        settings: of a step on it, with its `branches`.
        model: objects and columns.
        files: of its cutflow.

    Raises:
        WollemiError: a file is gone.
    """
    more = [*settings.stored_kinematics, *COLUMNS]
    blocks = [Path(file) for file in run.plan.certified_blocks(dataset)]
    certifier = Certifier(blocks, [*settings.branches, *more, ENTRY])
    layout = Layout.of(settings.dataset)
    for item in files:
        path, first = Path(item["path"]), item["start"]
        if not path.is_file():
            raise WollemiError(str(path), "is not there any more", "run the analysis again")
        batches = read_batches(path, layout, settings.branches, first, item["stop"], more=more)
        for batch in with_entries(batches, first):
            kept, _, _ = certifier.keep(batch, np.ones(len(batch)), str(path))
            for visible in visible_events(settings, model, [kept]):
                yield str(path), visible


def check_sum(run: EventRun, dataset: str, place: Place, listed: pd.DataFrame) -> None:
    """Compare the sum of the weights with the histogram of the run, if it has one.

    Raises:
        WollemiError: they differ.
    """
    found = read_datasets([run.folder / "histograms" / f"{dataset}.json"])[dataset]
    histogram = found.get(f"{place.region}/{place.variable}/nominal")
    if histogram is None or place.at is None:
        return
    edges = histogram.axes[-1].edges
    index = int(np.searchsorted(edges, place.at, side="right"))
    expected = float(histogram.view(flow=True)["value"][index])
    size = float(listed["weight"].abs().sum()) if len(listed) else 0.0
    total = float(listed["weight"].sum()) if len(listed) else 0.0
    if abs(total - expected) > 1e-9 * max(size, abs(expected)):
        problem = f"has {total:.10g} events there, the histogram of the run {expected:.10g}"
        raise WollemiError(
            f"dataset {dataset}", problem, "analysis or files were changed since: run again"
        )


def listed_events(
    run: EventRun, samples: Sequence[str], place: Place
) -> tuple[pd.DataFrame, list[str]]:
    """Events of samples, and why others are left out.

    Args:
        run: the run.
        samples: their names; none: all that may be seen.
        place: which events.
    """
    frames, told, without = [], [], []
    for sample in samples or run.analysis.samples:
        for dataset in run.analysis.samples[sample].datasets:
            if dataset not in run.plan.event_datasets:
                without.append(dataset)
                continue
            try:
                found = dataset_events(run, dataset, place)
            except MissingBranchError as error:
                if not error.nearest.keys() & set().union(*map(used_names, place.values)):
                    raise
                remedy = "name variables, columns, branches, or fields of objects"
                raise WollemiError("--values", f"{dataset} {error.problem}", remedy) from None
            except WollemiError as error:
                if samples or BLINDED not in error.problem:
                    raise
                told.append(f"{dataset}: {BLINDED}")
                continue
            check_sum(run, dataset, place, found)
            frames.append(found.assign(sample=sample, dataset=dataset))
    told += [f"histograms, and no events: {', '.join(without)}"] if without else []
    events = pd.concat(frames, ignore_index=True) if frames else pd.DataFrame()
    first = [name for name in ("sample", "dataset", *COLUMNS, "file", "entry") if name in events]
    return events[[*first, *(name for name in events if name not in first)]], told


def shown_rows(events: pd.DataFrame, largest: int) -> str:
    """The rows with the largest weights as text.

    Args:
        events: all rows.
        largest: how many are shown.
    """
    if not len(events):
        return ""
    order = events["weight"].abs().sort_values(ascending=False, kind="stable").index
    shown = events.loc[order[:largest]].drop(columns="file")
    return str(shown.to_string(index=False, float_format="{:.5g}".format))


def write_events(events: pd.DataFrame, path: Path) -> None:
    """Write a table as CSV or Parquet, by its suffix."""
    if path.suffix == ".csv":
        events.to_csv(path, index=False, lineterminator="\n")
    else:
        events.to_parquet(path, index=False)
