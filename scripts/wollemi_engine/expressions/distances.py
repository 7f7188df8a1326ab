"""Distances between the objects of an event: overlap removal, matching, nearest objects."""

from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import Any

import awkward as ak
import numpy as np
from numpy.typing import NDArray

PAIRS = 2_000_000  # evaluated at once: 16 MB for each of the few arrays of a step


def azimuth_difference(first: Any, second: Any) -> Any:
    """Difference of two azimuths in [-π, π)."""
    return (first - second + np.pi) % (2 * np.pi) - np.pi


def delta_r(first: Any, second: Any) -> Any:
    """Distance sqrt(Δη² + Δφ²) between objects, one or a list per event."""
    return np.sqrt((first.eta - second.eta) ** 2 + azimuth_difference(first.phi, second.phi) ** 2)


def event_slices(counts: NDArray[Any], most: int) -> Iterator[slice]:
    """Consecutive ranges of events whose counts add up to about `most`, so that memory does not
    grow with the number of events.

    Args:
        counts: Pairs or combinations per event, shape (events,).
        most: Largest total count of a range; a single event may exceed it.
    """
    group = np.cumsum(counts, dtype=np.float64) // most
    edges = [0, *(np.flatnonzero(np.diff(group)) + 1).tolist(), len(counts)]
    yield from (slice(start, stop) for start, stop in pairwise(edges) if stop > start)


def in_slices(counts: NDArray[Any], most: int, compute: Callable[[slice], ak.Array]) -> ak.Array:
    """Results of ranges of events, concatenated, shape (events, …). At least one range is computed;
    it may be empty.
    """
    parts = [compute(events) for events in event_slices(counts, most)] or [compute(slice(0, 0))]
    return parts[0] if len(parts) == 1 else ak.concatenate(parts)


def _pair_counts(first: ak.Array, second: ak.Array) -> NDArray[np.int64]:
    return np.asarray(ak.num(first) * ak.num(second), np.int64)


def _distances(first: ak.Array, second: ak.Array) -> ak.Array:
    """Distances between all objects of the first and second lists, shape (events, var, var)."""
    eta = first.eta[:, :, np.newaxis] - second.eta[:, np.newaxis, :]
    phi = azimuth_difference(first.phi[:, :, np.newaxis], second.phi[:, np.newaxis, :])
    return np.sqrt(eta**2 + phi**2)


def nearest(first: ak.Array, second: ak.Array) -> ak.Array:
    """Closest object of the second list for each object of the first: None if an event has none,
    the first of several at the same distance.

    Args:
        first: Objects, shape (events, var), or one per event, shape (events,).
        second: Objects, shape (events, var).
    """
    if first.ndim == 1:
        return ak.firsts(nearest(_single_lists(first), second))

    def find(events: slice) -> ak.Array:
        return second[events][ak.argmin(_distances(first[events], second[events]), axis=2)]

    return in_slices(_pair_counts(first, second), PAIRS, find)


def _single_lists(objects: ak.Array) -> ak.Array:
    """The object of each event as a list of length one; None becomes an empty list."""
    if isinstance(objects.layout, ak.contents.RecordArray):  # its fields would become lists
        return ak.unflatten(objects, np.ones(len(objects), np.int64))
    return ak.singletons(objects)


def has_close(
    first: ak.Array,
    second: ak.Array,
    radius: float,
    origins: tuple[tuple[ak.Array, ...], tuple[ak.Array, ...]] = ((), ()),
) -> ak.Array:
    """Whether an object of the first list is closer than a distance to an object of the second,
    itself excluded, shape (events, var).

    Args:
        first: Objects, shape (events, var).
        second: Objects, shape (events, var).
        radius: Distance ΔR.
        origins: Numbers that identify the objects of both lists, each of shape (events, var); see
            `wollemi_engine.events.objects`.
    """

    def find(events: slice) -> ak.Array:
        close = _distances(first[events], second[events]) < radius
        for one in origins[0]:
            for other in origins[1]:
                close = close & (one[events][:, :, np.newaxis] != other[events][:, np.newaxis, :])
        return ak.any(close, axis=2)

    return in_slices(_pair_counts(first, second), PAIRS, find)
