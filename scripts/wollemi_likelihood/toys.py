"""Compute upper limits from toys: CLs from the distributions of qtilde for random data with and
without signal, for models with too few events for asymptotic formulae.

Toys are generated as at the LHC (ATL-PHYS-PUB-2011-011, CMS-NOTE-2011-005): nuisance parameters
have their values fitted to the data at fixed signal strength; main data and auxiliary measurements
are both random. CLs, expected CLs (quantiles over the toys without signal) and their order agree
with pyhf 0.7.6 with ``calctype="toybased"``.
"""

import contextlib
import logging
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import NormalDist
from typing import NamedTuple

import numpy as np

from wollemi_likelihood.asymptotics import BANDS, Qtilde
from wollemi_likelihood.base.arrays import Floats
from wollemi_likelihood.base.errors import WollemiError
from wollemi_likelihood.base.progress import reported
from wollemi_likelihood.base.threads import one_thread
from wollemi_likelihood.ensembles import fit_together
from wollemi_likelihood.likelihood import Data, Likelihood, toy_values
from wollemi_likelihood.limit_floor import TRUSTED, WORDS, edges_below
from wollemi_likelihood.limits import CLsCurve, Limit, with_upper_bound
from wollemi_likelihood.objective import Objective
from wollemi_likelihood.scan import ProfileScan, parameter_of_interest
from wollemi_likelihood.workspaces import Workspace

LOGGER = logging.getLogger("wollemi")
# Largest ratio of neighboring signal strengths: between them the logarithm of CLs is linear, which
# is exact for a counting experiment without background.
STEP = 1.4
# The first grid ends at these multiples of the smallest and the largest asymptotic limit.
BELOW, ABOVE = 0.7, 1.4
# Maximum number of times the grid is widened by a step at each end.
MOST_WIDENINGS = 20
# Maximum fraction of toys without a fit.
MOST_FAILED = 0.01
# Values of qtilde closer than this are equal: fits are that accurate, and counts have ties.
SAME = 1e-6
# Seed of all signals: the same signal under another name has the same limit, and limits of
# neighboring signals fluctuate together.
SEED = 1
QUANTILES = tuple(NormalDist().cdf(band) for band in BANDS)


@dataclass(frozen=True)
class ToyPoint:
    """CLs at a signal strength.

    Attributes:
        poi: Signal strength.
        observed: Observed CLs.
        observed_error: Standard deviation of the observed CLs from the numbers of toys.
        expected: Expected CLs without signal at -2 ... +2 standard deviations.
        expected_errors: Standard deviations of the expected CLs.
    """

    poi: float
    observed: float
    observed_error: float
    expected: tuple[float, ...]
    expected_errors: tuple[float, ...]


@dataclass(frozen=True)
class ToyLimit:
    """Upper limits on the signal strength.

    Attributes:
        observed: Observed limit.
        observed_error: Standard deviation of the observed limit from the numbers of toys.
        expected: Expected limits without signal at -2 ... +2 standard deviations.
        expected_errors: Standard deviations of the expected limits.
        curve: CLs at the signal strengths of the toys.
        number: Number of toys per hypothesis and strength.
        seed: Seed of the random numbers.
    """

    observed: float
    observed_error: float
    expected: tuple[float, ...]
    expected_errors: tuple[float, ...]
    curve: CLsCurve
    number: int
    seed: tuple[int, ...]


class Share(NamedTuple):
    """Fraction of toys at least as extreme as the data, with a standard deviation of at least one
    toy.
    """

    value: float
    error: float


class ToyCLs:
    """CLs of data from toys.

    Args:
        likelihood: Likelihood of the model.
        data: Observed data.
        number: Number of toys per hypothesis.
        seed: Seed of the random numbers; equal seeds give equal toys.
    """

    def __init__(self, likelihood: Likelihood, data: Data, number: int, seed: Sequence[int]):
        self._likelihood, self._number, self._seed = likelihood, number, tuple(seed)
        self._index = parameter_of_interest(likelihood, 0.0)
        self._observed = Qtilde(self._scan(data, None), self._index)
        without = self._profiled(0.0)
        self._without = self._toys(without, 0)

    def point(self, poi: float) -> ToyPoint:
        """Compute CLs at a signal strength."""
        start = self._profiled(poi)
        # Each strength uses the same random numbers, so that CLs is smooth.
        with_signal = self._values(self._toys(start, 1), poi)
        without = self._values(self._without, poi)
        observed, lowest = np.array([self._observed(poi)]), self._lowest(start)
        (cls,), (error,) = _cls(observed, with_signal, without, lowest)
        every, errors = _cls(without, with_signal, without, lowest)
        order = np.argsort(every, kind="stable")
        places = np.array(QUANTILES) * (len(every) - 1)
        nearest = order[np.rint(places).astype(int)]
        return ToyPoint(
            poi,
            float(cls),
            float(error),
            tuple(np.quantile(every, QUANTILES).tolist()),
            tuple(errors[nearest].tolist()),
        )

    def clb(self, poi: float) -> Share:
        """Observed CLb: fraction of toys without signal that agree less with a signal strength."""
        return share_above(self._observed(poi), self._values(self._without, poi))

    def p_value(self) -> Share:
        """Compute p0: fraction of toys without signal with the excess of the data, at most 0.5."""
        found = self._values(self._without, 0.0, lambda toy, _: toy.q0())
        share = share_above(self._observed.q0(), found)
        return Share(min(share.value, 0.5), share.error)

    def _toys(self, parameters: Floats, stream: int) -> list[Qtilde]:
        """Toys with a converged fit."""
        generator = np.random.default_rng([*self._seed, stream])
        drawn = self._likelihood.toys(parameters, generator, self._number)
        scans = [self._scan(toy, parameters) for toy in drawn]
        fit_together(scans)
        found = []
        for scan in scans:
            with contextlib.suppress(WollemiError):
                found.append(Qtilde(scan, self._index))
        return found

    def _scan(self, data: Data, start: Floats | None) -> ProfileScan:
        return ProfileScan(Objective(self._likelihood, data), self._likelihood.poi, start)

    def _profiled(self, poi: float) -> Floats:
        """Parameters fitted to the data at fixed signal strength."""
        return self._observed.scan.fixed(poi).point.values

    def _values(
        self,
        toys: Sequence[Qtilde],
        poi: float,
        value: Callable[[Qtilde, float], float] = lambda toy, poi: toy(poi),
    ) -> Floats:
        """Ascending values of qtilde, or of another statistic, of the toys; toys without a minimum
        are ignored.
        """
        fit_together([toy.scan for toy in toys if poi == 0 or toy.best_fit <= poi], poi)
        found, _ = toy_values(enumerate(toys), lambda toy: value(toy, poi), logging.DEBUG)
        place = f" at a signal strength of {poi:g}"
        require_fits("limit from toys", self._number - len(found), self._number, place)
        return np.sort(found)

    def _lowest(self, parameters: Floats) -> float:
        """Lowest possible CLs, the CLs of data without any event: exp(-signal events).

        With equal backgrounds, P(x | s + b) / P(x | b) is exp(-s) times a factor of at least 1 for
        any data x, so that a ratio of sums over any set of data is not lower (A. L. Read, J. Phys.
        G 28 (2002) 2693). Backgrounds are fitted for each hypothesis and differ slightly. A signal
        that removes events from a bin, as interference does, does not have this floor.
        """
        none = parameters.copy()
        none[self._index] = 0.0
        signal = self._likelihood.expected(parameters) - self._likelihood.expected(none)
        return math.exp(-float(signal.sum())) if (signal >= 0).all() else 0.0


def require_fits(where: str, failed: int, number: int, place: str = "") -> None:
    """Check that at most 1 % of the toys have no fit.

    Args:
        where: Name of the result, for the error.
        failed: Number of toys without a fit.
        number: Number of all toys.
        place: Parameters of the toys, for the error.

    Raises:
        WollemiError: More toys have no fit.
    """
    if failed > MOST_FAILED * number:
        problem = f"{failed} of {number} toys have no fit{place}"
        remedy = "look for degenerate parameters and for bins with a negative expectation"
        raise WollemiError(where, problem, remedy)


def share_above(value: float, toys: Floats) -> Share:
    """Fraction of toys with the given test statistic or a larger one.

    Args:
        value: Test statistic of the data.
        toys: Test statistics of the toys, ascending.
    """
    share = float(1 - np.searchsorted(toys, value - SAME, side="left") / len(toys))
    return Share(share, math.sqrt(max(share * (1 - share), 1 / len(toys)) / len(toys)))


def _cls(
    values: Floats, with_signal: Floats, without: Floats, lowest: float
) -> tuple[Floats, Floats]:
    """CLs of each value of qtilde with its standard deviation, shape (values,) each.

    Args:
        values: Values of qtilde.
        with_signal: Values of qtilde of toys with signal, ascending.
        without: Values of qtilde of toys without signal, ascending.
        lowest: Lower limit of CLs.
    """
    tails = [
        1 - np.searchsorted(toys, values - SAME, side="left") / len(toys)
        for toys in (with_signal, without)
    ]
    both, background = tails
    cls = np.divide(both, background, out=np.zeros_like(both), where=background > 0)
    cls = np.maximum(cls, lowest)
    # A tail without toys is known to about one toy.
    spread = [
        (1 - tail) / np.maximum(tail * len(toys), 1)
        for tail, toys in zip(tails, (with_signal, without), strict=True)
    ]
    return cls, np.maximum(cls, 1 / len(with_signal)) * np.sqrt(spread[0] + spread[1])


@one_thread()
def toy_limit(
    likelihood: Likelihood, asymptotic: Limit, number: int, seed: Sequence[int]
) -> ToyLimit:
    """Compute CLs upper limits from toys.

    Args:
        likelihood: Likelihood of the model with its data.
        asymptotic: Asymptotic limits, near which the search starts.
        number: Number of toys per hypothesis.
        seed: Seed of the random numbers.

    Returns:
        Observed and expected limits.

    Raises:
        WollemiError: CLs does not fall below 1 - level within the bounds of the parameter of
            interest, or a fit failed.
    """
    if asymptotic.raised_to is not None:
        likelihood = with_upper_bound(likelihood, asymptotic.raised_to)
    test = ToyCLs(likelihood, likelihood.data, number, seed)
    highest = likelihood.parameters[likelihood.index[likelihood.poi]].bounds[1]
    grid = _grid(asymptotic, highest)
    points = [test.point(poi) for poi in reported(grid, "strengths with toys")]
    wanted = 1 - asymptotic.level
    for _ in range(MOST_WIDENINGS):
        first, last = points[0], points[-1]
        if min(first.observed, *first.expected) <= wanted:
            points.insert(0, test.point(first.poi / STEP))
        elif max(last.observed, *last.expected) > wanted and last.poi < highest:
            points.append(test.point(min(last.poi * STEP, highest)))
        else:
            break
    strengths = np.array([point.poi for point in points])
    # Less than half a toy is indistinguishable from no toy.
    lowest = 0.5 / number
    found = [[(p.observed, p.observed_error) for p in points]]
    found += [[(p.expected[k], p.expected_errors[k]) for p in points] for k in range(len(BANDS))]
    observed, *expected = (_crossing(strengths, values, wanted, lowest) for values in found)
    limits, errors = zip(*expected, strict=True)
    curve = CLsCurve(
        strengths,
        np.array([point.observed for point in points]),
        np.array([point.expected for point in points]),
    )
    return ToyLimit(*observed, limits, errors, curve, number, tuple(seed))


def toys_of(
    workspace: Workspace, limit: Limit, events: float, number: int | None
) -> ToyLimit | None:
    """Compute limits from toys, if they are requested and an asymptotic limit has too few events.

    Args:
        workspace: Model of the signal.
        limit: Asymptotic limits.
        events: Signal events at a strength of 1.
        number: Number of toys per hypothesis; None if toys are not requested.
    """
    observed = None if workspace.blinded else limit.observed
    few = edges_below(observed, limit.expected, events, limit.level, TRUSTED)
    if number is None or not few:
        return None
    which = ", ".join(WORDS[name] for name in few)
    LOGGER.info("%s: limits from toys: too few signal events in %s", workspace.signal, which)
    return toy_limit(workspace.likelihood, limit, number, [SEED])


@one_thread()
def background_tests(
    likelihood: Likelihood, limit: ToyLimit, raised_to: float | None
) -> tuple[Share, Share]:
    """Compute CLb at the observed limit, and p0, from the limit's toys without signal.

    Args:
        likelihood: Likelihood of the model with its data.
        limit: Result of `toy_limit`.
        raised_to: Upper bound of the parameter of interest, if it was raised for the limit.
    """
    if raised_to is not None:
        likelihood = with_upper_bound(likelihood, raised_to)
    test = ToyCLs(likelihood, likelihood.data, limit.number, limit.seed)
    return test.clb(limit.observed), test.p_value()


def _grid(asymptotic: Limit, highest: float) -> list[float]:
    limits = [asymptotic.observed, *asymptotic.expected]
    first, last = BELOW * min(limits), min(ABOVE * max(limits), highest)
    steps = math.ceil(math.log(last / first) / math.log(STEP))
    return [float(poi) for poi in np.geomspace(first, last, steps + 1)]


def _crossing(
    strengths: Floats, found: Sequence[tuple[float, float]], wanted: float, lowest: float
) -> tuple[float, float]:
    """Strength at which CLs falls to a value, with its standard deviation, at the last crossing;
    the logarithm of CLs is linear between points.

    Args:
        strengths: Strengths of the points, ascending.
        found: CLs at each point with its standard deviation.
        wanted: Wanted CLs.
        lowest: Minimum of CLs; smaller values count as this.
    """
    cls, errors = (np.array(column) for column in zip(*found, strict=True))
    limit = _falls_to(strengths, cls, wanted, lowest)
    if limit is None:
        raise WollemiError(
            "limit from toys",
            f"CLs does not fall to {wanted:g} between {strengths[0]:g} and {strengths[-1]:g}",
            "raise the upper bound of the parameter of interest, or the number of toys",
        )
    # With few toys, the slope at the limit is uninformative: the whole curve is shifted.
    lower, upper = (_falls_to(strengths, cls + side * errors, wanted, lowest) for side in (-1, 1))
    first, last = float(strengths[0]), float(strengths[-1])
    spread = (last if upper is None else upper) - (first if lower is None else lower)
    return limit, spread / 2


def _falls_to(strengths: Floats, cls: Floats, wanted: float, lowest: float) -> float | None:
    """Strength at which CLs falls to a value; None if it is not between the points."""
    cls = np.maximum(cls, lowest)
    above = np.flatnonzero(cls > wanted)
    if not above.size or above[-1] + 1 == len(cls):
        return None
    place = int(above[-1])
    low, high = math.log(cls[place]), math.log(cls[place + 1])
    share = (math.log(wanted) - low) / (high - low)
    return float(strengths[place] + share * (strengths[place + 1] - strengths[place]))
