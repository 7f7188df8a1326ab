"""Flaws of the templates of one systematic, judged with their MC statistics.

The checks are taken from Combine's ValidateDatacards (CombineHarvester, ValidationTools.cc), with
its thresholds, and extended to single bins. A shift counts only if it is significant, so that the
fluctuations of a good template raise nothing.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import NamedTuple

import numpy as np

from wollemi.base.rounding import percent
from wollemi.model.templates import Events
from wollemi.results.lint import ERROR, NOTE, WARNING
from wollemi_likelihood.base.arrays import Flags, Floats
from wollemi_likelihood.kernels.chi2 import chi2_tail

# Combine: a systematic whose relative changes sum to less has no effect (smallShapeEff), and two
# templates that differ by less in each bin are the same (uncertTemplSame).
SEEN = 1e-3
LARGE_YIELD = 0.1  # relative change of a yield that Combine reports (largeNormEff)
HUGE = 1.0  # relative change of a bin: beyond it the mirror image is negative
VISIBLE = 0.01  # reported relative change of a bin by both sides
SIGNIFICANT = 4.0  # standard deviations, for thousands of bins and sides
# A jump of the ratio to the nominal template between neighbors: relative, in standard deviations,
# and in units of the median of all other bins.
JUMP, JUMP_SIGNIFICANT, JUMP_OVER_MEDIAN = 0.1, 5.0, 5.0
BESIDE = 0.75  # of the largest jump of three bins: a smaller one comes from a neighbor
FEW = 10.0  # effective events of a bin: Combine's usual threshold of autoMCStats
STEEP = 2.0  # ratio of a bin to its neighbors, or inverse: events of a peak move a lot
ROUNDING = 1e-9  # relative, of sums
COMPATIBLE = 0.05  # p-value above which a shift is compatible with noise of two simulations


class Sums(NamedTuple):
    """Sums of weights and of squared weights, each (bins,)."""

    values: Floats
    variances: Floats


class Flaw(NamedTuple):
    """A flaw of a template.

    Args:
        name: Key of `wollemi.results.lint.REMEDIES`.
        level: Level: `note`, `warning` or `error`.
        problem: Problem in words.
        number: Number that raised it.
        threshold: Threshold that the number passed.
        bins: Flags of the affected bins, shape (bins,); None for the template as a whole.
        side: Side: `up`, `down`, or empty for both.
    """

    name: str
    level: str
    problem: str
    number: float
    threshold: float
    bins: Flags | None = None
    side: str = ""


@dataclass(frozen=True)
class Variation:
    """A systematic of a sample in a region.

    Args:
        nominal: Nominal template.
        sides: Side → varied template that enters the model; `up`, and `down` unless it is
            mirrored.
        events: Relation of the varied events to the nominal ones.
        counted: Flags of bins that matter for the model, shape (bins,).
        shared: Side → sums of squared weights of events that it leaves unchanged, shape (bins,).
        filled: Side → varied template before smoothing and symmetrization, whose fluctuations
            distinguish an effect from noise; empty without such treatment.
    """

    nominal: Sums
    sides: dict[str, Sums]
    events: Events
    counted: Flags
    shared: Mapping[str, Floats] = field(default_factory=dict)
    filled: Mapping[str, Sums] = field(default_factory=dict)

    def shift(self, side: str) -> Floats:
        """Varied minus nominal (bins,)."""
        return self.sides[side].values - self.nominal.values

    def total_shift(self, side: str) -> float:
        """Relative change of the yield."""
        return float(np.sum(self.shift(side)) / np.sum(self.nominal.values))

    def variances(self, side: str) -> Floats:
        """Statistical variance of the shift (bins,)."""
        return self.distance_variances(side, np.ones_like(self.nominal.values))

    def distance_variances(self, side: str, ratios: Floats) -> Floats:
        """Statistical variance of varied minus ratio times nominal (bins,).

        It is Σ (w' - r w)². For the same events the mixed term assumes factors that do not depend
        on the weights: Σ w w' = Σ w² Σ w' / Σ w. For different events both variances add; for moved
        events this is an upper bound, since as many may come as go.
        """
        (n, v), (u, vu) = self.nominal, self.sides[side]
        if self.events is Events.SAME:
            mixed = v * np.divide(u, n, out=np.zeros_like(n), where=n > 0)
        else:
            mixed = self.shared.get(side, np.zeros_like(n))
        variances = vu + ratios * (ratios * v - 2 * mixed)
        # Rounded sums of one factor leave nothing of this difference but their last digits.
        return np.where(variances > ROUNDING * (vu + v), variances, 0.0)

    def pulls(self, side: str) -> Floats:
        """Shift in units of its statistical uncertainty (bins,); infinite where that is 0."""
        return _pulls(self.shift(side), self.variances(side))

    def total_pull(self, side: str) -> float:
        """Shift of the yield in units of its statistical uncertainty."""
        total, variance = np.sum(self.shift(side)), np.sum(self.variances(side))
        return float(_pulls(np.array([total]), np.array([variance]))[0])

    @property
    def steep(self) -> Flags:
        """Flags of bins where the nominal template is not smooth, so that moved events cause large
        shifts (bins,); includes the bins at the ends, where events move in and out.
        """
        if self.events is Events.SAME:
            return np.zeros(self.nominal.values.size, bool)
        with np.errstate(all="ignore"):
            logs = np.log(np.maximum(self.nominal.values, 0.0))
            curved = ~(np.abs(logs[1:-1] - (logs[:-2] + logs[2:]) / 2) < np.log(STEEP))
        return np.concatenate([[True], curved, [True]])[: logs.size]


def variation_flaws(variation: Variation) -> list[Flaw]:
    """All flaws of a systematic of a sample in a region, whose nominal yield is positive."""
    if dead := _no_effect(variation):
        return [dead]
    if same := _identical(variation):
        return [same]
    return [
        *_one_sided(variation),
        *_same_side(variation),
        *_large_yield(
            {
                side: variation.total_shift(side)
                for side in variation.sides
                if variation.total_pull(side) > SIGNIFICANT
            }
        ),
        *(flaw for side in variation.sides for flaw in _side_flaws(variation, side)),
    ]


def factor_flaws(up: float, down: float) -> list[Flaw]:
    """Flaws of a systematic that is a factor on the yield."""
    shifts = np.array([up, down]) - 1
    if not shifts.any():
        return [Flaw("no_effect", WARNING, "both factors are 1", 0.0, SEEN)]
    found = []
    if up == down:
        found.append(Flaw("identical", WARNING, f"both factors are {up:g}", 0.0, SEEN))
    elif shifts[0] * shifts[1] > 0:
        text = f"factors {up:g} and {down:g} change the yield the same way"
        found.append(Flaw("same_side", WARNING, text, float(np.min(np.abs(shifts))), 0.0))
    elif not shifts.all():
        side = "up" if shifts[0] == 0 else "down"
        largest, text = float(np.max(np.abs(shifts))), "the factor of one side is 1"
        found.append(Flaw("one_sided", WARNING, text, largest, 0.0, side=side))
    return [*found, *_large_yield({"up": up - 1, "down": down - 1})]


def effective_events(sums: Sums) -> Floats:
    """Number of events of equal weights with the same relative uncertainty (bins,)."""
    (n, v) = sums
    return np.divide(n * n, v, out=np.zeros_like(n), where=v > 0)


def _pulls(shifts: Floats, variances: Floats) -> Floats:
    with np.errstate(all="ignore"):
        return np.where(shifts == 0, 0.0, np.abs(shifts) / np.sqrt(variances))


def _relative(variation: Variation, side: str) -> Floats:
    """Shift over nominal (bins,); 0 where nominal is empty."""
    n = variation.nominal.values
    return np.divide(variation.shift(side), n, out=np.zeros_like(n), where=n > 0)


def _no_effect(variation: Variation) -> Flaw | None:
    shifts = {side: variation.shift(side) for side in variation.sides}
    if not any(shift.any() for shift in shifts.values()):
        text = "the varied template is the nominal one"
        return Flaw("no_effect", WARNING, text, 0.0, SEEN)
    nominal, filled = variation.nominal, variation.nominal.values > 0
    largest = max(
        float(np.sum(2 * np.abs(shift[used]) / (np.abs(n[used]) + np.abs(n + shift)[used])))
        for shift in shifts.values()
        for n in [nominal.values]
        for used in [np.abs(n) + np.abs(n + shift) > 0]
    )
    if largest < SEEN:
        text = f"relative changes of all bins sum to {largest:.1e}"
        return Flaw("no_effect", NOTE, text, largest, SEEN)
    if variation.events is not Events.OTHER or not filled.any():
        return None
    raw = replace(variation, sides=dict(variation.filled or variation.sides))
    p_value = min(_p_value(raw, side) for side in raw.sides)
    if p_value < COMPATIBLE:
        return None
    text = f"shifts are those of the statistics of both simulations: p-value {p_value:.2f}"
    return Flaw("no_effect", WARNING, text, p_value, COMPATIBLE)


def _p_value(variation: Variation, side: str) -> float:
    """P-value of no effect: χ² of the shifts in all bins that have events."""
    pulls = variation.pulls(side)
    used = np.isfinite(pulls) & (variation.nominal.variances + variation.sides[side].variances > 0)
    chi2, bins = float(np.sum(pulls[used] ** 2)), int(np.sum(used))
    return 1.0 if not bins or chi2 == 0 else chi2_tail(chi2, bins)


def _identical(variation: Variation) -> Flaw | None:
    if len(variation.sides) < 2:
        return None
    up, down = (variation.sides[side].values for side in ("up", "down"))
    size = np.abs(up) + np.abs(down)
    difference = 2 * np.abs(up - down)
    shift = np.abs(variation.shift("up"))
    # Opposite shifts of the same small size differ by twice the shift.
    if not np.all(difference <= SEEN * size) or np.sum(difference) > np.sum(shift):
        return None
    largest = float(np.max(difference[size > 0] / size[size > 0], initial=0.0))
    text = "the templates at +1σ and -1σ are the same"
    return Flaw("identical", WARNING, text, largest, SEEN)


def _one_sided(variation: Variation) -> Iterator[Flaw]:
    for side in variation.sides:
        if not variation.shift(side).any():
            (other,) = (name for name in variation.sides if name != side)
            largest = float(np.max(np.abs(_relative(variation, other))))
            text = "one side is the nominal template, the other is not"
            yield Flaw("one_sided", WARNING, text, largest, 0.0, None, side)


def _same_side(variation: Variation) -> Iterator[Flaw]:
    if len(variation.sides) < 2:
        return
    up, down = (variation.total_shift(side) for side in ("up", "down"))
    smaller = min(abs(up), abs(down))
    if (
        up * down > 0
        and smaller > SEEN
        and min(variation.total_pull(side) for side in variation.sides) > SIGNIFICANT
    ):
        shifts = " and ".join(percent(shift, 2, sign=True) for shift in (up, down))
        text = f"both sides change the yield the same way: {shifts}"
        yield Flaw("same_side", WARNING, text, smaller, SEEN)
    changes = np.array([_relative(variation, side) for side in ("up", "down")])
    pulls = np.array([variation.pulls(side) for side in ("up", "down")])
    sizes = np.min(np.abs(changes), axis=0)
    bins = (np.prod(np.sign(changes), axis=0) > 0) & (sizes > VISIBLE)
    bins &= np.all(pulls > SIGNIFICANT, axis=0) & variation.counted & ~variation.steep
    if bins.any():
        text = f"both sides change bins the same way, by up to {percent(np.max(sizes[bins]))}"
        yield Flaw("same_side", WARNING, text, float(np.max(sizes[bins])), VISIBLE, bins)


def _side_flaws(variation: Variation, side: str) -> Iterator[Flaw]:
    n, u = variation.nominal.values, variation.sides[side].values
    if not np.sum(u) > 0:
        text = f"the yield is {np.sum(u):.3g}, the nominal one is not empty"
        yield Flaw("empty", ERROR, text, float(np.sum(u)), 0.0, None, side)
        return
    counted, shifts = variation.counted, _relative(variation, side)
    for name, problem, bins, numbers, threshold in (
        ("negative", "is negative", u < 0, u, 0.0),
        ("empty", "is filled where the nominal template is empty", (u > 0) & (n <= 0), u, 0.0),
        ("empty", "is empty where the nominal template is filled", (u == 0) & (n > 0), n, 0.0),
        (
            "huge",
            "more than doubles",
            (shifts > HUGE) & (variation.pulls(side) > SIGNIFICANT),
            shifts,
            HUGE,
        ),
    ):
        chosen = bins & counted
        if chosen.any():
            number = float(numbers[chosen][np.argmax(np.abs(numbers[chosen]))])
            yield Flaw(name, WARNING, problem, number, threshold, chosen, side)
    yield from _discontinuous(variation, side)


def _large_yield(shifts: Mapping[str, float]) -> list[Flaw]:
    """Relative changes of the yield that are large."""
    sizes = {side: abs(shift) for side, shift in shifts.items()}
    # In floating point 1.1 - 1 is more than 0.1.
    if max(sizes.values(), default=0.0) <= LARGE_YIELD * (1 + ROUNDING):
        return []
    changes = " and ".join(percent(shift, sign=True) for shift in shifts.values())
    text = f"changes the yield by {changes}"
    return [Flaw("huge", NOTE, text, max(sizes.values()), LARGE_YIELD)]


def _discontinuous(variation: Variation, side: str) -> Iterator[Flaw]:
    """Jumps of varied over nominal: a bin against the mean of its neighbors, a bin at an end
    against its only neighbor. The median of the other bins distinguishes a jump from a function
    that is curved everywhere.
    """
    ratios, variances = _ratios(variation, side)
    distances, errors = _from_neighbors(ratios, variances)
    sizes = np.nan_to_num(np.abs(distances))
    with np.errstate(all="ignore"):
        jumps = (sizes > JUMP) & (sizes > JUMP_SIGNIFICANT * errors)
    jumps &= variation.counted & ~variation.steep
    for place in np.flatnonzero(jumps):
        near = slice(max(place - 2, 0), place + 3)
        others = np.delete(np.abs(distances), near)
        others = others[np.isfinite(others)]
        usual = float(np.median(others)) if others.size else 0.0
        # Next to a bin that jumps there is half of it; at a step both sides are the same.
        largest = sizes[place] > BESIDE * np.max(sizes[max(place - 1, 0) : place + 2])
        jumps[place] = sizes[place] > JUMP_OVER_MEDIAN * usual and largest
    if jumps.any():
        number = float(np.max(sizes[jumps]))
        text = f"its ratio to the nominal template jumps by up to {percent(number)}"
        yield Flaw("discontinuous", WARNING, text, number, JUMP, jumps, side)


def _ratios(variation: Variation, side: str) -> tuple[Floats, Floats]:
    """Varied over nominal and its variance (bins,); NaN where there are too few events."""
    nominal, varied = variation.nominal, variation.sides[side]
    n, u = nominal.values, varied.values
    enough = np.minimum(effective_events(nominal), effective_events(varied)) >= FEW
    enough &= (n > 0) & (u > 0)
    ratios = np.divide(u, n, out=np.full_like(n, np.nan), where=enough)
    rest = variation.distance_variances(side, np.nan_to_num(ratios))
    variances = np.divide(rest, n * n, out=np.zeros_like(n), where=enough)
    return ratios, variances


def _from_neighbors(ratios: Floats, variances: Floats) -> tuple[Floats, Floats]:
    """Distance of each bin from the mean of its neighbors, and its error (bins,)."""
    distances, errors = np.full_like(ratios, np.nan), np.zeros_like(ratios)
    if ratios.size < 3:
        return distances, errors
    distances[1:-1] = ratios[1:-1] - (ratios[:-2] + ratios[2:]) / 2
    errors[1:-1] = np.sqrt(variances[1:-1] + (variances[:-2] + variances[2:]) / 4)
    for place, near in ((0, 1), (-1, -2)):
        distances[place] = ratios[place] - ratios[near]
        errors[place] = np.sqrt(variances[place] + variances[near])
    return distances, errors
