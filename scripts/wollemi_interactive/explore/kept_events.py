"""Events of finished runs kept in memory, with the values found on them: a second drawing of a run
reads no file, builds no object, and evaluates only new expressions.

The histograms are those of a first drawing to the last bit: events stay in the batches in which
they are read.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar

import awkward as ak

from wollemi.analysis.settings import Settings
from wollemi.base.archived_files import present_path
from wollemi.events.event_models import object_variations
from wollemi.finished.event_run import EventRun, read_event_run
from wollemi.loading.stamps import Stamps, file_stamps, stamps
from wollemi_engine.events.model import NOMINAL, EventModel, EventNames, Variation
from wollemi_interactive.tables.dataset_events import DatasetEvents, correction_paths, open_dataset

# Events of a dataset times views. Above, the compiled loop is faster, even for a new expression.
MOST = 500_000
# The same in all runs: 1.3 GB at the 260 bytes per event and view measured on zprime.
MOST_IN_ALL = 5_000_000


@dataclass(frozen=True)
class KeptModel(EventModel):
    """An event model that keeps the names of some batches.

    Args:
        batches: Batches whose names are kept.
    """

    batches: tuple[ak.Array, ...] = ()
    keeps_names: ClassVar[bool] = True
    _names: dict[tuple[int, str], EventNames] = field(default_factory=dict, init=False)

    def names(
        self,
        batch: ak.Array,
        variation: Variation = NOMINAL,
        nominal: EventNames | None = None,
        keeps: bool = False,
    ) -> EventNames:
        """See `EventModel.names`."""
        place = next((n for n, kept in enumerate(self.batches) if kept is batch), None)
        if place is None:
            return super().names(batch, variation, nominal, keeps)
        key = place, variation.name
        if key not in self._names:
            nominal = None if variation.name == NOMINAL.name else self.names(batch)
            self._names[key] = super().names(batch, variation, nominal, keeps=True)
        return self._names[key]


@dataclass(frozen=True)
class KeptEvents(DatasetEvents):
    """Events of a dataset in memory.

    Args:
        kept: Each file with the batches of its events.
        branches: Branches that were asked for, now or in earlier drawings.
        stamps: Times of the last change of the files read.
        size: Number of events times views.
    """

    kept: tuple[tuple[Path, ak.Array], ...]
    branches: frozenset[str]
    stamps: Stamps
    size: int

    def batches(self, more: Iterable[str] = ()) -> Iterator[tuple[Path, ak.Array]]:
        """See `DatasetEvents.batches`."""
        return iter(self.kept)

    def is_current(self, settings: Settings) -> bool:
        """Whether the events hide what a step hides, and no file has changed since."""
        return settings.hidden == self.settings.hidden and self.stamps == file_stamps(self.stamps)

    def serves(self, settings: Settings) -> bool:
        """Whether the events have all branches and corrections of a step."""
        corrections = {*settings.needed_corrections} - {*self.settings.needed_corrections}
        return self.branches.issuperset(settings.branches) and not corrections


@dataclass(frozen=True)
class KeptRun:
    """A finished run with events in memory.

    Args:
        run: Finished run.
        stamps: Times of the last change of the files of its analysis.
        datasets: Dataset → its events.
    """

    run: EventRun
    stamps: Stamps
    datasets: dict[str, KeptEvents] = field(default_factory=dict)


_RUNS: dict[Path, KeptRun] = {}


def kept_run(folder: Path, path: Path) -> EventRun:
    """A finished run, read again only when a file of its analysis has changed.

    Args:
        folder: Folder of the results.
        path: Path of the analysis file.

    Raises:
        WollemiError: See `read_event_run`.
    """
    now = stamps(path)
    known = _RUNS.get(folder)
    if known is None or known.stamps != now:
        known = _RUNS[folder] = KeptRun(read_event_run(folder, path), now)
    return known.run


def kept_dataset(run: EventRun, dataset: str, settings: Settings) -> DatasetEvents:
    """The events of a dataset, from memory where they are there and are few.

    Args:
        run: Finished run.
        dataset: Name of the dataset.
        settings: Settings with the expressions to evaluate, of all regions of the analysis.

    Raises:
        WollemiError: A file no longer exists.
    """
    known = _RUNS.get(run.folder)
    if known is None or known.run is not run:
        return open_dataset(run, dataset, settings)
    found = known.datasets.get(dataset)
    if found is not None and not found.is_current(settings):
        del known.datasets[dataset]
        found = None
    if found is not None and found.serves(settings):
        return found
    events = open_dataset(run, dataset, settings)
    views = len(object_variations(settings.object_variations))
    size = views * sum(item["events"] for item in events.cutflow["files"])
    others = sum(item.size for kept in _RUNS.values() for item in kept.datasets.values())
    if size > MOST or others + size - (found.size if found else 0) > MOST_IN_ALL:
        return events
    earlier = found.branches if found else frozenset[str]()
    known.datasets[dataset] = _keep(run, events, dataset, size, earlier)
    return known.datasets[dataset]


def _keep(
    run: EventRun, events: DatasetEvents, dataset: str, size: int, earlier: frozenset[str]
) -> KeptEvents:
    """The events of a dataset in memory, also with the branches of earlier drawings."""
    settings = events.settings
    files: list[str | Path] = [
        run.folder / "cutflow" / f"{dataset}.json",
        *(present_path(item["path"]) for item in events.cutflow["files"]),
        *correction_paths(run, settings),
        *events.certified,
    ]
    before = file_stamps(files)
    kept = tuple(events.batches(earlier))
    model = KeptModel(**vars(events.model), batches=tuple(batch for _, batch in kept))
    branches = earlier.union(settings.branches)
    known = settings, model, events.cutflow, events.certified
    return KeptEvents(*known, kept, branches, before, size)
