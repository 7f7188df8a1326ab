"""Pairs, triplets and quads of the objects of an event."""

from collections.abc import Iterator, Mapping, Sequence
from functools import partial, reduce
from itertools import combinations, groupby
from math import comb
from operator import add

import awkward as ak
import numpy as np
from numpy.typing import NDArray

from wollemi_engine.events.fields import NO_CALLS, Calls, ObjectDefinition, Objects
from wollemi_engine.events.objects import finish
from wollemi_engine.expressions.distances import event_slices
from wollemi_engine.expressions.functions import momentum_sum
from wollemi_engine.expressions.momenta import momentum_records
from wollemi_likelihood.base.errors import WollemiError
from wollemi_likelihood.expressions.syntax import LEGS

EVENT_LIMIT = 1_000_000  # combinations of one event
AT_ONCE = 1_000_000  # combinations whose four-momenta are in memory at once, before cuts
KEPT_LIMIT = 5_000_000  # combinations of a batch that are kept: about 80 bytes each


def count_combinations(names: Sequence[str], legs: Sequence[Objects]) -> NDArray[np.float64]:
    """Combinations per event, shape (events,), including any that use an object twice.

    Args:
        names: Object of each leg; equal objects are adjacent and unordered.
        legs: Objects of each leg.
    """
    # float64: exact far beyond the limit, and never overflows
    total = np.ones(len(legs[0].records))
    for indices in _runs(names):
        sizes, event = np.unique(
            ak.to_numpy(ak.num(legs[indices[0]].origins[0])), return_inverse=True
        )
        total *= np.asarray([float(comb(size, len(indices))) for size in sizes.tolist()])[event]
    return total


def combine(
    name: str,
    item: ObjectDefinition,
    legs: Sequence[Objects],
    others: Mapping[str, Objects],
    calls: Calls = NO_CALLS,
) -> Objects:
    """All combinations of objects that the item keeps, ordered by the position of the first leg,
    then of the second, and so on.

    Combinations are formed in ranges of events, so that memory scales with the number of kept
    combinations.

    Args:
        name: Name of the combination, for the error message.
        item: Settings of the combination: its legs, cuts and fields.
        legs: Objects of each leg.
        others: Objects that the item refers to.
        calls: Callables available to expressions in addition to functions.

    Raises:
        WollemiError: An event, or the batch, has too many combinations.
    """
    counts = count_combinations(item.combine or (), legs)
    _require(counts, name, item, legs)
    parts, kept = [], 0
    for events in event_slices(counts, AT_ONCE) if len(counts) else (slice(0, 0),):
        part = [leg[events] for leg in legs]
        candidates = _join_legs(part, _positions(item.combine or (), part))
        picks = finish(
            candidates,
            item,
            {other: objects[events] for other, objects in others.items()},
            calls.of_part(events),
        ).picks
        kept += int(ak.sum(ak.num(picks[0])))
        if kept > KEPT_LIMIT:
            problem = f"more than {KEPT_LIMIT:,} combinations are kept in {len(counts):,} events"
            raise WollemiError(
                f"objects.{name}",
                problem,
                "tighten the cuts on it or on its legs, or keep the `best` one",
            )
        parts.append(picks)
    joined = [
        ak.concatenate(list(pick)) if len(parts) > 1 else pick[0]
        for pick in zip(*parts, strict=True)
    ]
    fields = ObjectDefinition(combine=item.combine, fields=item.fields)
    return finish(_join_legs(legs, joined), fields, {}, calls)


def _require(
    counts: NDArray[np.float64], name: str, item: ObjectDefinition, legs: Sequence[Objects]
) -> None:
    worst = int(np.argmax(counts)) if len(counts) else 0
    if len(counts) and counts[worst] > EVENT_LIMIT:
        sizes = {
            leg: len(objects.origins[0][worst])
            for leg, objects in zip(item.combine or (), legs, strict=True)
        }
        listing = ", ".join(f"{size} {leg}" for leg, size in sizes.items())
        problem = (
            f"an event with {listing} has {counts[worst]:,.0f} combinations; the limit is "
            f"{EVENT_LIMIT:,}"
        )
        raise WollemiError(
            f"objects.{name}", problem, "tighten the cuts on the objects that are combined"
        )


def _runs(names: Sequence[str]) -> Iterator[list[int]]:
    """Indices of the legs, grouped by equal objects."""
    for _, run in groupby(range(len(names)), key=names.__getitem__):
        yield list(run)


def _positions(names: Sequence[str], legs: Sequence[Objects]) -> list[ak.Array]:
    """Positions of the legs in their lists, shape (events, var) each; no entry of the files is in
    two legs.
    """
    runs = [
        ak.argcombinations(legs[indices[0]].origins[0], len(indices), axis=1)
        if len(indices) > 1
        else ak.local_index(legs[indices[0]].origins[0], axis=1)
        for indices in _runs(names)
    ]
    columns = ak.unzip(ak.cartesian(runs, axis=1)) if len(runs) > 1 else (runs[0],)
    positions = [
        leg for column in columns for leg in (ak.unzip(column) if column.fields else (column,))
    ]
    distinct = ak.ones_like(positions[0]) != 0
    for one, other in combinations(range(len(legs)), 2):
        for first in legs[one].origins:
            for second in legs[other].origins:
                distinct = distinct & (first[positions[one]] != second[positions[other]])
    return [position[distinct] for position in positions]


def _join_legs(legs: Sequence[Objects], positions: Sequence[ak.Array]) -> Objects:
    """Combinations with the sum of their four-momenta, added from the first leg to the last."""
    chosen = [leg[position] for leg, position in zip(legs, positions, strict=True)]
    total = reduce(partial(momentum_sum, add), [leg.records for leg in chosen])
    parts = dict(zip(LEGS, (leg.records for leg in chosen), strict=False))
    momentum = {name: total[name] for name in total.fields}
    records = momentum_records(parts | momentum)
    return Objects(
        records, tuple(origin for leg in chosen for origin in leg.origins), tuple(positions)
    )
