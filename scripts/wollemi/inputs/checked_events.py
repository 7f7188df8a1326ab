"""Reading the events of a part of a dataset, with all checks of manifest and content; the event
numbers are stored.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import awkward as ak
import numpy as np
from numpy.typing import NDArray

from wollemi.analysis.settings import Settings
from wollemi.inputs.content_checks import Expectations, FileChecks, flat_values
from wollemi.inputs.event_files import EventFile, file_batches, open_events, required_sources
from wollemi.inputs.identifiers import COLUMNS, IdentifierFile
from wollemi.inputs.manifest_checks import check_content, check_entries, check_sum_of_weights
from wollemi.inputs.momentum_checks import MomentumChecks
from wollemi.inputs.repeated_entries import RepeatedEntries
from wollemi.inputs.schemas import Layout, Source
from wollemi.inputs.weights import find_weights, unstated_weight
from wollemi.job.input_digests import input_digest
from wollemi.job.job import Job
from wollemi_likelihood.base.errors import WollemiError

if TYPE_CHECKING:
    from wollemi.analysis.models.manifests import ManifestFile


class ManifestSums:
    """Number of entries and Σw of one file, to compare with its manifest.

    Args:
        item: File and range of the part, with its manifest entry if one exists.
    """

    def __init__(self, item: Mapping[str, Any]):
        self._expected: ManifestFile | None = None
        if "expected" in item:
            from wollemi.analysis.models.manifests import ManifestFile

            self._expected = ManifestFile.model_validate(item["expected"])
        self.weight: str | None = item.get("weight") if self._expected else None
        self._whole = item["start"] == 0 and item["stop"] is None
        self._entries, self._sum, self._size = 0, 0.0, 0.0

    def check_file(self, path: Path) -> None:
        """Compare size and SHA-256 of the complete file, whatever the range."""
        if self._expected is not None:
            check_content(self._expected, input_digest(path))

    def add(self, batch: ak.Array) -> None:
        """Count the next batch."""
        self._entries += len(batch)
        if self.weight is not None and self.weight in batch.fields:
            weights = np.asarray(batch[self.weight], np.float64)
            self._sum += float(np.sum(weights))
            self._size += float(np.sum(np.abs(weights)))

    def found(self) -> list[float]:
        """Σw and the sum of its absolute values."""
        return [self._sum, self._size]

    def finish(self) -> None:
        """Compare entries and Σw if the complete file was read."""
        if self._expected is None or not self._whole:
            return
        check_entries(self._expected, self._entries)
        if self.weight is not None:
            check_sum_of_weights(self._expected, self.weight, self._sum, self._size)


class SameNames:
    """Check that all files of a part, which become one file, have the same optional names."""

    def __init__(self) -> None:
        self._first: tuple[str, Collection[str]] | None = None

    def check(self, where: str, names: Collection[str]) -> None:
        """Compare with the first file.

        Args:
            where: File, for the error.
            names: Names in the file.

        Raises:
            WollemiError: One file has a name that the other lacks.
        """
        first, known = self._first = self._first or (where, names)
        differing = sorted(set(names) ^ set(known))
        if differing:
            problem = f"{first} and this file do not both have '{differing[0]}'"
            raise WollemiError(
                where,
                problem,
                "put the files into two datasets, or compute the quantity in a column",
            )


class SameTypes:
    """Converts the files of a part, which become one file, to the number types of the first."""

    def __init__(self) -> None:
        self._first: dict[str, tuple[str, np.dtype[Any]]] = {}

    def converted(self, where: str, batch: ak.Array) -> ak.Array:
        """A batch of records (events,) with the types of the first file.

        Args:
            where: File, for the error.
            batch: Events of the file.

        Raises:
            WollemiError: A value cannot be represented by the type of the first file.
        """
        for name in batch.fields:
            values = flat_values(batch[name])
            first, kind = self._first.setdefault(name, (where, values.dtype))
            if values.dtype != kind:
                _require_exact(where, name, values, first, kind)
                batch = ak.with_field(batch, ak.values_astype(batch[name], kind), name)
        return batch


def _require_exact(
    where: str, name: str, values: NDArray[Any], first: str, kind: np.dtype[Any]
) -> None:
    with np.errstate(all="ignore"):
        found = values.astype(kind)
        back = found.astype(values.dtype)
        # A wrapped integer converts back to the same value, but changes its sign.
        same = (back == values) & ((found < 0) == (values < 0))
        if kind.kind == values.dtype.kind == "f":
            same |= np.isnan(found) & np.isnan(values)
    if not same.all():
        problem = (
            f"'{name}' is stored as {values.dtype} here and as {kind} in {first}, which cannot "
            f"hold the value {values[np.flatnonzero(~same)[0]]!s}"
        )
        remedy = f"put the files that store '{name}' as {values.dtype} into a dataset of their own"
        raise WollemiError(where, problem, remedy)


class FileContent:
    """All checks of the events of one file: against its manifest, of values and momenta, and for
    duplicates.

    Args:
        item: File and range of the part.
        expected: Requirements on the values.
        sums: Sums to compare with the manifest.
        may_repeat: Whether equal entries are allowed.
    """

    def __init__(
        self,
        item: Mapping[str, Any],
        expected: Expectations,
        sums: ManifestSums,
        *,
        may_repeat: bool,
    ):
        where, first = item["path"], item["start"]
        self.sums = sums
        self._where, self._is_shared = where, item.get("shared", False)
        self._values = FileChecks(where, expected, first)
        self._momenta = MomentumChecks(where, expected.collections)
        self._repeated = None if may_repeat else RepeatedEntries(where, first)

    def add(self, batch: ak.Array) -> None:
        """Check the next batch.

        Raises:
            WollemiError: An event fails a check.
        """
        self._values.check(batch)
        self._momenta.add(batch)
        if self._repeated is not None:
            self._require_numbers(batch)
            self._repeated.add(batch)
        self.sums.add(batch)

    def _require_numbers(self, batch: ak.Array) -> None:
        """Require event numbers in shared files: events without numbers are compared within the
        file, so that one job must read all of it.
        """
        if self._is_shared and not {COLUMNS[0], COLUMNS[2]} <= set(batch.fields):
            problem = (
                "has no run and event numbers, without which events that it has twice are found "
                "only by a job that reads all of it"
            )
            remedy = (
                "remove the dataset's jobs_per_file; if equal simulated events are meant, set "
                "repeated_numbers: true"
            )
            raise WollemiError(self._where, problem, remedy)

    def finish(self) -> None:
        """Finish the checks after the last batch.

        Raises:
            WollemiError: The events together fail a check.
        """
        self._values.finish()
        self._momenta.finish()
        self._values.units.finish()
        if self._repeated is not None:
            self._repeated.finish()
        self.sums.finish()


class Reader(NamedTuple):
    """A job and its events; other jobs may read the same files with it.

    Args:
        job: Job that records the files read.
        settings: Settings of its dataset.
        branches: Names of the branches to read.
        identifiers: Writer of the event numbers.
    """

    job: Job
    settings: Settings
    branches: Sequence[str]
    identifiers: IdentifierFile

    @property
    def optional(self) -> list[str]:
        """Names of branches to read if the files have them."""
        return [*self.settings.stored_kinematics, *self.settings.kept_branches]

    @property
    def wanted(self) -> frozenset[str]:
        """Names of the fields of its batches, if the files have them."""
        return frozenset([*self.branches, *self.optional])

    def sources(
        self, path: Path, layout: Layout, file: EventFile, checked: Expectations, weight: str | None
    ) -> dict[str, Source]:
        """Sources of the names to read in a file, see `required_sources`."""
        names = [*self.settings.objects, *self.settings.columns]
        more = [*COLUMNS, *checked.more_branches(), *self.optional, *([weight] if weight else [])]
        with self.job.placing():
            return required_sources(path, layout, file, self.branches, names, more)

    def require_weight(self, where: str, layout: Layout, file: EventFile) -> None:
        """Require a weight in the analysis for simulated events that may have one.

        Raises:
            WollemiError: The weight is not given; the file itself is usable.
        """
        if self.settings.is_data or self.settings.weight:
            return
        candidates = find_weights(file, layout)
        if candidates:
            place = f"datasets.{self.job.option('dataset')}.weight"
            raise WollemiError(place, *unstated_weight(where, candidates))


def checked_batches(
    readers: Sequence[Reader], files: list[dict[str, Any]], sums: Sequence[ManifestSums]
) -> Iterator[tuple[int, int, list[ak.Array]]]:
    """Read the files of a part once for all jobs that use their events.

    Args:
        readers: Jobs, with the same layout and checks.
        files: Files and entry ranges of the part.
        sums: Sums per file, filled to compare with its manifest.

    Yields:
        Index of the file, its stated number of events, and for each job records (events,) with its
        branches.

    Raises:
        WollemiError: A file fails a check.
    """
    settings = readers[0].settings
    layout, same = Layout.of(settings.dataset), [SameNames() for _ in readers]
    types = SameTypes()
    expected = Expectations.of(
        settings.event_checks, (item.collection for item in settings.objects.values()), layout
    )
    may_repeat = settings.event_checks.get("repeated_numbers", False)
    for index, item in enumerate(files):
        where = item["path"]
        content = FileContent(item, expected, sums[index], may_repeat=may_repeat)
        (path,) = {reader.job.read_file(Path(where)) for reader in readers}
        content.sums.check_file(path)
        entry = item["start"]
        with open_events(path, layout) as file:
            for reader in readers:
                reader.require_weight(where, layout, file)
            found = [
                reader.sources(path, layout, file, expected, content.sums.weight)
                for reader in readers
            ]
            for reader, names, sources in zip(readers, same, found, strict=True):
                names.check(where, reader.wanted.intersection(sources))
            sources = {name: source for names in found for name, source in names.items()}
            stop = file.entries if item["stop"] is None else item["stop"]
            for stored in file_batches(file, sources, range(item["start"], stop)):
                content.add(stored)
                batch = types.converted(where, stored)
                for reader in readers:
                    reader.identifiers.write(where, entry, batch)
                entry += len(batch)
                yield (
                    index,
                    file.entries,
                    [
                        batch[[name for name in names if name in reader.wanted]]
                        for reader, names in zip(readers, found, strict=True)
                    ],
                )
        content.finish()
