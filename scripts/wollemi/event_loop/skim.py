"""Select the events that later steps can use, and count the rest."""

import logging
from collections import ChainMap
from collections.abc import Mapping, MutableMapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, cast

import awkward as ak
import numpy as np
from numpy.typing import NDArray

from wollemi.analysis.plain.weight_sets import add_sums
from wollemi.analysis.settings import Settings
from wollemi.base.archived_files import present_path
from wollemi.events.cutflow import Line, add_lines, cumulative_flags, cutflow_line
from wollemi.events.produced_events import is_asked, read_produced
from wollemi.events.weight_sets import member_factors, sums_of_weights
from wollemi.inputs.checked_events import ManifestSums
from wollemi_engine.compiled.choice import Engine
from wollemi_engine.events.model import EventModel, Variation
from wollemi_engine.expressions.evaluation import evaluate_flags, evaluate_values
from wollemi_likelihood.base.arrays import Flags
from wollemi_likelihood.base.errors import WollemiError

if TYPE_CHECKING:
    from wollemi.event_loop.compiled_filler import CompiledSkim

LOGGER = logging.getLogger("wollemi")
Result = TypeVar("Result")


def skim_flags(
    model: EventModel, batch: ak.Array, terms: Sequence[str], variations: Sequence[Variation]
) -> list[Flags]:
    """Flags of events that pass the first n skim terms in at least one variation, for each n.

    Args:
        model: Objects and columns.
        batch: Batch of events.
        terms: Terms of the selection.
        variations: Nominal and object variations.
    """
    union: list[Flags] = [np.zeros(len(batch), bool) for _ in terms]
    for _, names in model.views(batch, variations):
        passed = cumulative_flags([evaluate_flags(term, names, len(batch)) for term in terms])
        union = [before | now for before, now in zip(union, passed, strict=True)]
    return union


class Skimmer:
    """Finds the events to keep.

    Args:
        model: Objects and columns.
        terms: Terms of the selection.
        variations: Nominal and object variations.
    """

    def __init__(self, model: EventModel, terms: Sequence[str], variations: Sequence[Variation]):
        self._model, self._terms, self._variations = model, terms, variations
        self._engine: Engine[CompiledSkim] = Engine(self._compile)

    def _compile(self, batch: ak.Array) -> "CompiledSkim | None":
        from wollemi.event_loop.compiled_filler import CompiledSkim

        return CompiledSkim.compile(self._model, batch, self._terms, self._variations)

    def flags(self, batch: ak.Array) -> list[Flags]:
        """`skim_flags` of a batch, by the compiled loop or the awkward evaluation, which agree."""
        if not self._terms:
            return []
        return self._engine.evaluate(
            batch,
            lambda loop: loop.flags(batch),
            lambda: skim_flags(self._model, batch, self._terms, self._variations),
        )


def event_weights(
    model: EventModel, batch: ak.Array, weight: str | None, where: str, first: int
) -> NDArray[np.float64]:
    """Weights of events as stored in the file, shape (events,).

    Args:
        model: Objects and columns.
        batch: Batch of events.
        weight: Expression of the weight; None for 1.
        where: Path of the file, for the error message.
        first: Entry number of the batch's first event in the file, for the error message.

    Raises:
        WollemiError: A weight is not finite.
    """
    if weight is None:
        return np.ones(len(batch))
    values = evaluate_values(weight, model.names(batch), len(batch))
    bad = np.flatnonzero(~np.isfinite(values))
    if bad.size:
        problem = (
            f"the weight '{weight}' of entry {first + bad[0]} is {values[bad[0]]} ({bad.size} "
            "such entries)"
        )
        raise WollemiError(where, problem, "correct the file, or the dataset's `weight`")
    return values


def member_sums(
    model: EventModel,
    batch: ak.Array,
    weights: NDArray[np.float64],
    weight_sets: Mapping[str, Any],
    file: Mapping[str, Any],
) -> dict[str, list[float]]:
    """Σw of each member of the weight sets.

    Args:
        model: Objects and columns.
        batch: Batch of events.
        weights: Event weights, shape (events,).
        weight_sets: Systematic → its weights and members.
        file: Path and range of the events' file, for error messages.
    """
    if not weight_sets:
        return {}
    first = file["start"] + file["events"]
    # Keep the stored precision: members are converted one by one anyway, and a copy of all weights
    # in double precision takes half the time and most of the memory.
    stored = {
        branch: batch[branch]
        for branch in {item["weights"] for item in weight_sets.values()} & model.stored(batch)
    }
    names = ChainMap(stored, cast(MutableMapping[str, Any], model.names(batch)))
    return {
        name: sums_of_weights(weights, member_factors(name, item, names, file["path"], first))
        for name, item in weight_sets.items()
    }


class SkimAccount:
    """Events read from each file and events left after each cut, added up batch by batch.

    Args:
        model: Objects and columns.
        settings: Settings of the analysis.
        files: Files and entry ranges.
        cuts: Names of the skim's cuts.
        listed: Sums of the manifest, one per file.
    """

    def __init__(
        self,
        model: EventModel,
        settings: Settings,
        files: Sequence[Mapping[str, Any]],
        cuts: Sequence[str],
        listed: Sequence[ManifestSums],
    ):
        self._model, self._settings, self._cuts = model, settings, cuts
        self._files = [
            {key: item[key] for key in ("path", "start", "stop", "shared") if key in item}
            | {"events": 0, "entries": 0}
            for item in files
        ]
        self._listed = listed
        self._lines: list[list[Line]] = []
        self._read: list[list[Line]] = [[] for _ in files]
        self._members: list[list[dict[str, list[float]]]] = [[] for _ in files]

    def add_read(self, index: int, entries: int, batch: ak.Array) -> NDArray[np.float64]:
        """Count the next batch of a file, before any cut.

        Args:
            index: Index of the file.
            entries: Number of events in the file.
            batch: Batch of events.

        Returns:
            Weights of the events, shape (events,).

        Raises:
            WollemiError: A weight is not finite.
        """
        file, weight_sets = self._files[index], self._settings.weight_sets
        first = file["start"] + file["events"]
        weights = event_weights(
            self._model, batch, self._settings.dataset.weight, file["path"], first
        )
        self._members[index].append(member_sums(self._model, batch, weights, weight_sets, file))
        line = cutflow_line("all events", weights)
        self._read[index].append(line)
        self._lines.append([line])
        file["entries"], file["events"] = entries, file["events"] + len(batch)
        return weights

    def add_passed(
        self, certified: Sequence[Line], weights: NDArray[np.float64], passed: Sequence[Flags]
    ) -> None:
        """Count the events of the same batch that are left after each cut.

        Args:
            certified: Cutflow line of the certified blocks, if any.
            weights: Weights of the certified events, shape (events,).
            passed: Flags, shape (events,), of certified events that pass the first n cuts, per n.
        """
        self._lines[-1] += certified
        self._lines[-1] += [
            cutflow_line(cut, weights, flags) for cut, flags in zip(self._cuts, passed, strict=True)
        ]

    def events(self, index: int) -> int:
        """Number of events read from a file so far."""
        return int(self._files[index]["events"])

    def cutflow(self) -> list[Line]:
        """The summed lines of all batches; without batches, lines with zero events."""
        nothing = [cutflow_line(cut, np.zeros(0)) for cut in ("all events", *self._cuts)]
        return add_lines(self._lines or [nothing])

    def sums(self) -> dict[str, str]:
        """Number of events and sums of weights before any cut, for the metadata of the skim."""
        first = self.cutflow()[0]
        return {
            key: repr(first[key]) for key in ("events", "sum_of_weights", "sum_of_weights_squared")
        }

    def content(self) -> dict[str, Any]:
        """Files, cutflow and Σw of weight-set members, as in the product."""
        counted = zip(self._files, self._read, self._members, self._listed, strict=True)
        files = [account_of_file(self._settings, *item) for item in counted]
        sums = [part for parts in self._members for part in parts]
        members = {"member_sums": add_sums(sums)} if self._settings.weight_sets else {}
        return {"files": files, "skim": self.cutflow()} | members


def account_of_file(
    settings: Settings,
    file: dict[str, Any],
    lines: Sequence[Line],
    members: Sequence[Mapping[str, Sequence[float]]],
    listed: ManifestSums,
) -> dict[str, Any]:
    """The account of the events read from a file, with all that the merge needs to judge the file:
    `sums` has the cutflow line of the events (`own`), Σw of the members of weight sets, Σ and Σ of
    absolute values of the manifest's weight (`listed`), and the file's own record of the events
    before any skim, if it may have one.

    Args:
        settings: Settings of the analysis.
        file: Path and range of the file, and the number of events read.
        lines: Cutflow lines of the events read, one per batch.
        members: Σw of the members of weight sets, for the same events.
        listed: Sums of the manifest's weight over the same events.
    """
    (own,) = add_lines([line] for line in lines)
    sums: dict[str, Any] = {"own": own, "members": add_sums(members), "listed": listed.found()}
    if is_asked(settings.dataset, settings.is_data):
        record = read_produced(Path(present_path(file["path"])), settings.dataset.event_schema)
        sums["told"] = None if record is None else asdict(record)
    return file | {"sums": sums}
