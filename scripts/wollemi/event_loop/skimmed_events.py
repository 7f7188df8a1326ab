"""Events of a part that pass the skim, for one dataset or for several that take events from the
same files, which are then read once.
"""

import logging
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any, TypeVar

import awkward as ak

from wollemi.analysis.plain.cut_names import SELECTION, TRIGGER
from wollemi.analysis.settings import Settings
from wollemi.event_loop.skim import SkimAccount, Skimmer
from wollemi.events.certified import Certifier
from wollemi.events.cutflow import NO_DATA
from wollemi.events.event_models import load_event_model, object_variations
from wollemi.events.split_account import SelectedEvents, own_place
from wollemi.inputs.checked_events import ManifestSums, Reader, checked_batches
from wollemi.inputs.identifiers import IdentifierFile
from wollemi.inputs.kept_events import kept_events
from wollemi.inputs.parts import PartFiles, Ranges
from wollemi.job.job import Job
from wollemi_engine.expressions.selections import selection_terms
from wollemi_likelihood.base.errors import WollemiError

LOGGER = logging.getLogger("wollemi")
Result = TypeVar("Result")


class SkimmedEvents:
    """Events of a part that pass the dataset's skim, if it has one, and the account of all its
    events.

    Args:
        job: Job of the dataset.
        files: Files and entry ranges.
        listed: Sums of the manifest, one per file.
    """

    def __init__(self, job: Job, files: Ranges, listed: Sequence[ManifestSums]):
        settings = job.settings
        self.job = job
        self.model = load_event_model(settings, job.inputs("hooks"), job.inputs("corrections"))
        self.files, self.listed = files, listed
        self._cuts = selection_terms(settings.skim.selection) if settings.skim else []
        self._certifier = Certifier(job.inputs("certified"), settings.branches)
        self._skimmer = Skimmer(
            self.model,
            [term for _, term in self._cuts],
            object_variations(settings.object_variations),
        )
        names = [name for name, _ in self._cuts]
        self._selected = SelectedEvents(len(files), names, settings.is_data)
        self._own = own_place(names, (SELECTION, TRIGGER)) if settings.is_data else None
        self.account = SkimAccount(self.model, settings, files, names, listed)

    def reader(self, opened: ExitStack) -> Reader:
        """Reader of the dataset's branches and identifiers.

        Args:
            opened: Stack that closes the file of identifiers.
        """
        settings, path = self.job.settings, self.job.output("identifiers")
        self._identifiers = opened.enter_context(IdentifierFile(path, self._own is not None))
        return Reader(self.job, settings, self._certifier.branches, self._identifiers)

    def add(self, index: int, entries: int, batch: ak.Array) -> ak.Array:
        """Process the next batch of a file.

        Args:
            index: Index of the file.
            entries: Number of events in the file.
            batch: Events of the batch.

        Returns:
            The kept events.

        Raises:
            WollemiError: An expression cannot be evaluated, or a weight is not finite.
        """
        path = self.files[index]["path"]
        weights = self.account.add_read(index, entries, self.job.counted(batch))
        batch, weights, certified = self._certifier.keep(batch, weights, path)
        passed = self._skimmer.flags(batch)
        self.account.add_passed(certified, weights, passed)
        self._selected.add(index, passed)
        if self._own is not None:
            self._identifiers.take(self._certifier.among_all(passed[self._own]))
        LOGGER.info(
            "%s: %d events of %s",
            self.job.option("dataset"),
            self.account.events(index),
            Path(path).name,
        )
        return kept_events(batch, passed[-1]) if self._cuts else batch

    def finish(self) -> None:
        """Complete the file of identifiers after the last batch."""
        self._identifiers.finish()

    def content(self) -> dict[str, Any]:
        """The event counts, once all batches are read.

        Raises:
            WollemiError: A file's record of the events before the skim is unreadable or invalid.
        """
        content = self.account.content()
        return (
            content | {"files": self._selected.noted(content["files"])} | self._certifier.account()
        )


def skimmed_datasets(jobs: Sequence[Job], files: Ranges) -> list[SkimmedEvents]:
    """The events of each job's dataset, for `skimmed_batches`.

    Args:
        jobs: Jobs of datasets that take events from the same files.
        files: Files and entry ranges.
    """
    listed = [ManifestSums(item) for item in files]
    return [SkimmedEvents(job, files, listed) for job in jobs]


def skimmed_batches(datasets: Sequence[SkimmedEvents]) -> Generator[list[ak.Array]]:
    """Read the files once, batch by batch, and write the identifiers of all events; the
    generator can be consumed only once.

    Args:
        datasets: Result of `skimmed_datasets`.

    Yields:
        Kept events of each dataset.

    Raises:
        WollemiError: A file fails a check, or an expression cannot be evaluated.
    """
    files, listed = datasets[0].files, datasets[0].listed
    with ExitStack() as opened:
        readers = [dataset.reader(opened) for dataset in datasets]
        for index, entries, batches in checked_batches(readers, files, listed):
            kept = []
            for dataset, batch in zip(datasets, batches, strict=True):
                with dataset.job.placing():
                    kept.append(dataset.add(index, entries, batch))
            yield kept
        for dataset in datasets:
            dataset.finish()


def without_unusable(
    settings: Settings, files: Ranges, attempt: Callable[[Ranges], Result]
) -> tuple[Result, Ranges]:
    """Process a part, leaving out unusable files if the dataset is tolerant.

    A file that turns out to be unusable halfway through must leave no trace: the part is then
    redone without it.

    Args:
        settings: Settings of the analysis.
        files: Files and entry ranges of the part.
        attempt: Function that processes the given files, none of them known to be unusable.

    Returns:
        Result of `attempt`, and the files left out, with their problems.
    """
    usable, failed = list(files), Ranges()
    while True:
        try:
            return attempt(usable), failed
        except WollemiError as error:
            bad = (
                [item for item in usable if item["path"] == error.where]
                if settings.is_tolerant
                else []
            )
            if not bad:
                raise
            LOGGER.warning("%s: left out: %s", error.where, error.problem)
            entries = bad[0].get("expected", {}).get("entries")
            failed.append({"path": error.where, "problem": error.problem, "entries": entries})
            usable = [item for item in usable if item not in bad]


def write_skim_cutflow(
    job: Job, part: PartFiles, content: Mapping[str, Any], failed: list[dict[str, Any]]
) -> None:
    """Write the event counts of a part.

    Args:
        job: Job whose output is written.
        part: Files and ranges of the part.
        content: Result of `SkimmedEvents.content()`.
        failed: Files that were left out.

    Raises:
        WollemiError: The data have no events.
    """
    cutflow = {**content, "failed_files": failed}
    is_whole = not part.is_preview and not any("shared" in file for file in cutflow["files"])
    if job.settings.is_data and is_whole and cutflow["skim"][0]["events"] == 0:
        where = ", ".join(item["path"] for item in cutflow["files"])
        raise WollemiError(where, *NO_DATA)
    summary = {
        "dataset": job.option("dataset"),
        "preview": part.is_preview,
        "entries": part.entries,
    }
    job.write_json("cutflow", summary | cutflow)
