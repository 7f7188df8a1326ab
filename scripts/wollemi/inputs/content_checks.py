"""Checks of every event when it is read, with or without a manifest; docs/integrity.md explains
why, and what they find.

Energies beyond the beam energy are a sign of MeV read as GeV: in a correctly read file, hardly one
value in a thousand is that large.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import awkward as ak
import numpy as np
from numpy.typing import NDArray

from wollemi.inputs.schemas import Layout
from wollemi.inputs.unit_checks import UnitChecks
from wollemi_engine.expressions.names import is_energy
from wollemi_likelihood.base.errors import WollemiError

# largest fraction of the values of an energy that may exceed the beam energy
BEYOND_THE_BEAM = 0.1
ABSURD = 200.0  # times the beam energy: beyond any measurement, however bad
ENOUGH = 1000  # values of an energy needed to judge whether all of them are too small
NUMBERS = re.compile(r"(?:(?:var|\d+) \* )*(?:bool|(?:u?int|float)\d+)")
MOMENTUM = re.compile(r"(?:^|_)pt(?:_dressed|_nosys)?$", re.IGNORECASE)
# Collections of charged leptons, by the names of NanoAOD and ntuples: a charge of 0 would count as
# one sign or the other.
LEPTON_CHARGE = re.compile(r"(?:electrons?|muons?|e|el|ele|mu|lep|leptons?)_charge", re.IGNORECASE)
DAMAGED = "the file is damaged or not what it should be: copy or make it again"


@dataclass(frozen=True)
class Expectations:
    """Requirements on the events of a dataset.

    Args:
        beam_gev: Beam energy in GeV.
        ranges: Name → smallest and largest value.
        may_be_nan: Names whose values may be NaN or infinite.
        collections: Prefixes of names that are fields of one list of objects.
        counted: Whether `n<collection>` counts the objects.
        per_gev: Number of the files' energy units per GeV.
    """

    beam_gev: float
    ranges: Mapping[str, Sequence[float]]
    may_be_nan: frozenset[str]
    collections: tuple[str, ...]
    counted: bool
    per_gev: float

    @classmethod
    def of(
        cls, checks: Mapping[str, Any], collections: Iterable[str | None], layout: Layout
    ) -> "Expectations":
        """Requirements of a dataset.

        Args:
            checks: Derived section `checks`.
            collections: Collections of the objects in the analysis.
            layout: Layout of the files.
        """
        prefixes = tuple(sorted({name for name in collections if name}))
        nan = frozenset(checks["may_be_nan"])
        return cls(
            checks["beam_gev"],
            checks["ranges"],
            nan,
            prefixes,
            layout.schema == "nanoaod",
            layout.per_gev,
        )

    def more_branches(self) -> list[str]:
        """Names to read for the checks if a file has them."""
        return [*(f"n{name}" for name in self.collections if self.counted), *self.ranges]


class FileChecks:
    """Checks of one file, batch by batch.

    Args:
        where: File, for errors.
        expected: Requirements on its events.
        first: Entry of the first event of the first batch.

    `units` judges the sizes of all quantities after more exact checks.
    """

    def __init__(self, where: str, expected: Expectations, first: int = 0):
        self._where = where
        self._expected = expected
        self._first = first
        # number of values, number beyond the beam energy, largest value
        self._energies: dict[str, tuple[int, int, float]] = {}
        self.units = UnitChecks(where, expected.beam_gev, expected.ranges)

    def check(self, batch: ak.Array) -> None:
        """Check the next batch.

        Args:
            batch: Records (events,) under normalized names, energies in GeV.

        Raises:
            WollemiError: A value is impossible; the message has name, entry and number of values.
        """
        for name in batch.fields:
            self._require_numbers(name, batch[name])
        self._check_lists(batch)
        for name in batch.fields:
            values = flat_values(batch[name])
            if values.size and values.dtype.kind != "b":
                self._check_values(name, values, batch[name])
                self.units.add(name, values)
        self._first += len(batch)

    def finish(self) -> None:
        """Finish the checks after the last batch.

        Raises:
            WollemiError: The energies of the file are in another unit.
        """
        beam, per_gev = self._expected.beam_gev, self._expected.per_gev
        for name, (values, beyond, largest) in self._energies.items():
            if beyond > BEYOND_THE_BEAM * values:
                problem = (
                    f"{beyond} of {values} values of '{name}' exceed the {beam:g} GeV of a "
                    "beam, as if MeV were taken for GeV"
                )
                remedy = (
                    "declare the unit of the file (schema: ntuple, energy_unit), or correct "
                    "center_of_mass_tev"
                )
                raise WollemiError(self._where, problem, remedy)
            # A mass may be as small as the electron's.
            small = per_gev > 1 and not name.lower().endswith("mass") and largest <= beam / per_gev
            if small and values >= ENOUGH:
                problem = (
                    f"none of {values} values of '{name}' exceeds {largest:.2g} GeV, as if GeV "
                    "were taken for MeV"
                )
                raise WollemiError(
                    self._where, problem, "correct the dataset's schema or energy_unit"
                )

    def _require_numbers(self, name: str, values: ak.Array) -> None:
        kind = str(values.type.content)
        if not NUMBERS.fullmatch(kind):
            shown = "text" if "string" in kind else f"'{kind}'"
            problem = f"'{name}' holds {shown}, where numbers are expected"
            raise WollemiError(self._where, problem, "name another branch, or correct the file")

    def _check_lists(self, batch: ak.Array) -> None:
        """Require lists of equal length for the fields of a collection, as given by the file's
        counter.
        """
        for prefix in self._expected.collections:
            fields = [name for name in batch.fields if name.startswith(f"{prefix}_")]
            for name in fields:
                if batch[name].ndim != 2:
                    shape = "one number" if batch[name].ndim == 1 else "lists of lists"
                    problem = f"'{name}' holds {shape} per event, not a number for each {prefix}"
                    raise WollemiError(
                        self._where, problem, "name another collection, or correct the file"
                    )
            counts = _counts({name: batch[name] for name in fields})
            if counts and f"n{prefix}" in batch.fields and batch[f"n{prefix}"].ndim == 1:
                counts[f"n{prefix}"] = np.asarray(batch[f"n{prefix}"], np.int64)
            self._require_equal_counts(counts)

    def _require_equal_counts(self, counts: Mapping[str, NDArray[np.int64]]) -> None:
        first = next(iter(counts), "")
        for name, found in counts.items():
            bad = np.flatnonzero(found != counts[first])
            if bad.size:
                entry = int(bad[0])
                numbers = f"'{first}' has {counts[first][entry]}, '{name}' {found[entry]}"
                problem = f"entry {self._first + entry}: {numbers} ({bad.size} such entries)"
                raise WollemiError(self._where, f"numbers of objects differ in {problem}", DAMAGED)

    def _check_values(self, name: str, values: NDArray[Any], stored: ak.Array) -> None:
        # not finite if any value is not finite
        low, high = float(np.min(values)), float(np.max(values))
        expected = self._expected
        finite = values
        if not np.isfinite([low, high]).all():
            if name not in expected.may_be_nan:
                self._refuse(
                    name,
                    stored,
                    ~np.isfinite(values),
                    "not finite",
                    f"{DAMAGED}, or list '{name}' under checks.may_be_nan",
                )
            finite = values[np.isfinite(values)]
            low, high = (
                (float(np.min(finite)), float(np.max(finite))) if finite.size else (0.0, 0.0)
            )
        if name in expected.ranges:
            lower, upper = expected.ranges[name]
            if low < lower or high > upper:
                bad = np.isfinite(values) & ((values < lower) | (values > upper))
                self._refuse(
                    name,
                    stored,
                    bad,
                    f"outside [{lower:g}, {upper:g}]",
                    f"{DAMAGED}, or correct checks.ranges.{name}",
                )
            return
        self._check_meaning(name, values, low, stored)
        if finite.dtype.kind == "f" and _is_single_energy(name):
            self._check_energy(name, finite, max(high, -low), stored)

    def _check_meaning(self, name: str, values: NDArray[Any], low: float, stored: ak.Array) -> None:
        """Refuse negative transverse momenta and neutral leptons."""
        remedy = f"{DAMAGED}, or give the values that may be under checks.ranges.{name}"
        if low < 0 and MOMENTUM.search(name):
            self._refuse(name, stored, np.isfinite(values) & (values < 0), "below 0", remedy)
        if stored.ndim == 2 and LEPTON_CHARGE.fullmatch(name):
            bad = np.isfinite(values) & (values != 1) & (values != -1)
            if bad.any():
                self._refuse(name, stored, bad, "neither 1 nor -1", remedy)

    def _check_energy(
        self, name: str, values: NDArray[Any], largest: float, stored: ak.Array
    ) -> None:
        limit = self._expected.beam_gev
        if largest > ABSURD * limit:
            remedy = f"{DAMAGED}, or give the values that may be under checks.ranges.{name}"
            self._refuse(
                name,
                stored,
                np.abs(values) > ABSURD * limit,
                f"beyond {ABSURD:g} times the energy of a beam",
                remedy,
            )
        beyond = int(np.count_nonzero(np.abs(values) > limit)) if largest > limit else 0
        before = self._energies.get(name, (0, 0, 0.0))
        self._energies[name] = (
            before[0] + int(np.count_nonzero(values)),
            before[1] + beyond,
            max(before[2], largest),
        )

    def _refuse(
        self, name: str, stored: ak.Array, bad: NDArray[np.bool_], what: str, remedy: str
    ) -> None:
        """Raise an error that names the first bad value (values,) and its entry."""
        index = int(np.flatnonzero(bad)[0])
        value = flat_values(stored)[index]
        entry = self._first + _event_of(stored, index)
        problem = (
            f"'{name}' of entry {entry} is {value:g}, {what} ({np.count_nonzero(bad)} such values)"
        )
        raise WollemiError(self._where, problem, remedy)


def _counts(lists: Mapping[str, ak.Array]) -> dict[str, NDArray[np.int64]]:
    """Name → length of each list (events,). Names whose lists share their offsets in memory, as
    in a collection, have one common entry.
    """
    firsts: dict[Any, str] = {}
    for name, values in lists.items():
        firsts.setdefault(_offsets(values), name)
    return {name: np.asarray(ak.num(lists[name])) for name in firsts.values()}


def _offsets(values: ak.Array) -> tuple[int, int] | int:
    """Memory address and size of the offsets of lists; the id of an array without offsets."""
    offsets = getattr(values.layout, "offsets", None)
    if offsets is None:
        return id(values)
    data = np.asarray(offsets.data)
    return data.ctypes.data, data.size


def flat_values(values: ak.Array) -> NDArray[Any]:
    """All numbers of a branch (values,), event by event."""
    layout = values.layout
    # awkward inspects each level of any array: 1 ms per branch and batch.
    if isinstance(layout, ak.contents.ListOffsetArray) and layout.content.is_numpy:
        first, last = int(layout.offsets[0]), int(layout.offsets[-1])
        return np.ravel(layout.content.data[first:last])
    return np.asarray(ak.flatten(values, axis=None) if values.ndim > 1 else values)


def _event_of(values: ak.Array, index: int) -> int:
    """Index of the event that contains a value."""
    if values.ndim == 1:
        return index
    counts = np.asarray(
        ak.num(values) if values.ndim == 2 else ak.sum(ak.num(values, axis=2), axis=1)
    )
    return int(np.searchsorted(np.cumsum(counts), index, side="right"))


def _is_single_energy(name: str) -> bool:
    """Whether a name is the energy of one object: sums over an event may exceed the beam energy."""
    last = name.rpartition("_")[2].lower()
    return is_energy(name) and "sum" not in last and last != "ht"
