"""Fits of one model to many data sets in one call of the machine code."""

from collections.abc import Sequence

import numpy as np

from wollemi_likelihood.compiled import PackedData
from wollemi_likelihood.kernels.descent import CONVERGED, ROUNDED, descend_each
from wollemi_likelihood.newton import MESSAGES, Minimum, Point
from wollemi_likelihood.scan import ProfileScan
from wollemi_likelihood.search import held_values


def fit_together(scans: Sequence[ProfileScan], value: float | None = None) -> None:
    """Fit the data sets of scans of one model, for the same minima as one after the other.

    Two fifths of the time of a fit with 19 parameters are Python. Searches that need more than
    Newton's steps, and models whose fits always do, are left to the scans.

    Args:
        scans: Scans of the same parameter with the same parameters held, each with a start.
        value: Value at which the parameter is fixed; None for the fits with the parameter free.
    """
    scans = [scan for scan in scans if value not in scan.minima]
    if not scans:
        return
    first = scans[0].objective
    likelihood, model = first.likelihood, first.likelihood.model
    if likelihood.kinks or likelihood.couplings:
        return
    fixed = scans[0].held if value is None else {**scans[0].held, scans[0].name: value}
    values, movable = held_values(first, fixed)
    starts = [scan.start if value is None else scan.near(value) for scan in scans]
    points = np.where(movable, np.array(starts), values)
    main = np.array([scan.objective.data.main for scan in scans])
    auxiliary = np.array([scan.objective.data.auxiliary for scan in scans])
    outcomes, summaries = np.empty(len(scans), dtype=np.int64), np.empty((len(scans), 3))
    gradients, expected = np.empty_like(points), np.empty_like(main)
    lower, upper = np.ascontiguousarray(likelihood.bounds)
    model.call(
        descend_each,
        PackedData(np.empty(main.shape[1]), np.empty(auxiliary.shape[1]), first.wall),
        model.work(),
        *(main, auxiliary, points, movable.astype(np.int64), lower, upper),
        *(outcomes, summaries, gradients, expected, len(scans), auxiliary.shape[1]),
    )
    for place in np.flatnonzero(np.isin(outcomes, (CONVERGED, ROUNDED))):
        objective, distance, iterations = summaries[place].tolist()
        point = Point(points[place], objective, gradients[place], expected[place])
        message = MESSAGES[int(outcomes[place])]
        found = Minimum(point, True, int(iterations), distance, message)
        if value is None:
            scans[place].unfixed = found
        else:
            scans[place].minima[value] = found
