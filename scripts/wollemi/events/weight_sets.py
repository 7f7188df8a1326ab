"""Weights of the members of a set, from the list of weights of each event."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import awkward as ak
import numpy as np
from numpy.typing import NDArray

from wollemi_engine.expressions.evaluation import evaluate
from wollemi_likelihood.base.arrays import Flags, Floats
from wollemi_likelihood.base.errors import WollemiError, counted

BLOCK = 1024  # events whose weights are transposed at once: few enough to stay in a cache
AT_ONCE = (
    5_000_000  # factors: 20 or 40 MB, which are reused rather than requested from the system again
)


def member_factors(
    systematic: str, settings: Mapping[str, Any], names: Mapping[str, Any], where: str, first: int
) -> Iterator[NDArray[np.floating]]:
    """Factors of each of a systematic's members on the event weights, shape (events,); each must be
    used before the next is requested. They are in double precision if they are ratios, otherwise as
    precise as in the file.

    Args:
        systematic: Name of the systematic, for error messages.
        settings: Keys `weights`, `members` and `nominal` of the systematic.
        names: Names of a batch of events.
        where: Path of the file, for error messages.
        first: Entry number of the batch's first event in the file, for error messages.

    Raises:
        WollemiError: An event has too few weights, a weight that is not finite, or a nominal
            weight of 0.
    """
    members, nominal = settings["members"], settings["nominal"]
    values = _listed(systematic, settings, names, where, first)
    number = max(1, AT_ONCE // max(len(values), 1))
    for start in range(0, len(members), number):
        factors, finite = _by_member(values, members[start : start + number], nominal)
        if not finite.all():
            bad = np.flatnonzero(~_by_member(values, members, nominal)[1])
            problem = (
                f"the weights '{settings['weights']}' of entry {first + bad[0]} are not finite, or "
                "the nominal one is 0"
            )
            raise WollemiError(
                where, f"{problem} ({bad.size} such entries)", "correct the file, or the systematic"
            )
        yield from factors


def _listed(
    systematic: str, settings: Mapping[str, Any], names: Mapping[str, Any], where: str, first: int
) -> NDArray[Any]:
    """The list of weights of each event, as far as all events have it, shape (events, weights)."""
    members, nominal = settings["members"], settings["nominal"]
    weights = evaluate(settings["weights"], names)
    if not isinstance(weights, ak.Array) or weights.ndim != 2 or ak.fields(weights):
        problem = f"'{settings['weights']}' does not give a list of numbers for each event"
        raise WollemiError(
            f"systematics.{systematic}.weights", problem, "name a branch such as LHEScaleWeight"
        )
    needed = max([*members, *([] if nominal is None else [nominal])]) + 1
    counts = ak.to_numpy(ak.num(weights))
    short = np.flatnonzero(counts < needed)
    if short.size:
        problem = (
            f"entry {first + short[0]} has {counted(counts[short[0]], 'weight')} "
            f"'{settings['weights']}' ({short.size} such entries)"
        )
        remedy = (
            f"systematics.{systematic} needs member {needed - 1}: correct it, or take the "
            "sample out of its `samples`"
        )
        raise WollemiError(where, problem, remedy)
    if counts.size and counts.max() > counts.min():
        weights = weights[:, :needed]
    return np.asarray(ak.to_numpy(ak.to_regular(weights)))


def _by_member(
    weights: NDArray[Any], members: Sequence[int], nominal: int | None
) -> tuple[NDArray[np.floating], Flags]:
    """Factors, shape (members, events), from the weights of each event, shape (events, weights),
    and flags of the events whose factors are finite, shape (events,).

    Transposing a whole batch at once would miss the cache at each number.
    """
    is_stored = nominal is None and weights.dtype.kind == "f"
    factors = np.empty((len(members), len(weights)), weights.dtype if is_stored else np.float64)
    finite = np.ones(len(weights), bool)
    first, number = members[0], len(members)
    is_range = list(members) == list(range(first, first + number))
    chosen = slice(first, first + number) if is_range else list(members)
    for start in range(0, len(weights), BLOCK):
        block = slice(start, start + BLOCK)
        found = factors[:, block]
        found[:] = weights[block, chosen].T
        if nominal is not None:
            with np.errstate(divide="ignore", invalid="ignore"):
                found /= np.asarray(weights[block, nominal], np.float64)
        # One check of all of them is faster than a check per event.
        if not np.isfinite(found).all():
            finite[block] = np.isfinite(found).all(axis=0)
    return factors, finite


def sums_of_weights(weights: Floats, factors: Iterable[NDArray[np.floating]]) -> list[float]:
    """Σw of each member over all events of a batch.

    Args:
        weights: Nominal weights, shape (events,).
        factors: Factors of each member on the weights, shape (events,) each.
    """
    products = np.empty_like(weights)
    # Summed like the nominal weights, so that equal members give equal sums.
    return [float(np.sum(np.multiply(weights, factor, out=products))) for factor in factors]
