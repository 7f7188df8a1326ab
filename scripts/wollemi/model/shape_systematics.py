"""Shape systematics of a sample as modifiers of the model, and the treatment of awkward bins.

A systematic becomes a `normsys` (ratio of yields) and a `histosys` (shape at the nominal yield)
under one name; one-sided ones are mirrored at the nominal template, as in cabinetry and TRExFitter.
Nothing negative enters a model: with one systematic anywhere within ±1σ no template has a negative
bin; unless the analysis keeps negative bins, whose templates then enter as cabinetry builds them
(`cabinetry.workspace.WorkspaceBuilder`).
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from wollemi.analysis.plain.queries import keeps_negative_bins
from wollemi.analysis.view import read
from wollemi.histograms.bin_names import bin_ranges
from wollemi.histograms.histogram import Axis
from wollemi.model.measurement import interpolation
from wollemi_likelihood.base.arrays import Floats
from wollemi_likelihood.base.errors import WollemiError

if TYPE_CHECKING:
    from wollemi.analysis.models.model import Model, PruneThresholds

LOGGER = logging.getLogger("wollemi")
# The polynomial of a `normsys` (code 4) is negative between -1σ and +1σ if one of its factors is
# above 19.
LARGEST_FACTOR = 10.0
FLOOR = "merge these bins, use more simulated events, or set model.floor_negative_bins to true"


@dataclass(frozen=True)
class SplitVariation:
    """A shape systematic as factors on the yield, and shapes (bins,) at the nominal yield."""

    yield_up: float
    yield_down: float
    shape_up: Floats
    shape_down: Floats


@dataclass(frozen=True)
class Template:
    """The nominal template of a sample in a region, the reference for its variations.

    Args:
        where: Region and sample, for messages.
        axis: Axis with the bins.
        bins: Events, shape (bins,), with a positive sum.
        model: Model with rules for negative bins and small effects.
        level: Logging level of messages about changes.
        signed: Whether a factor that is an expression scales it, so that it may be negative.
    """

    where: str
    axis: Axis
    bins: Floats
    model: Model
    level: int = logging.WARNING
    signed: bool = False

    def modifiers(self, name: str, up: Floats, down: Floats | None) -> list[dict[str, Any]]:
        """The `normsys` and `histosys` of a shape systematic, without parts dropped by pruning.

        Args:
            name: Name of the systematic.
            up: Template at +1σ, shape (bins,).
            down: Template at -1σ, shape (bins,); None for the mirror image.

        Raises:
            WollemiError: A yield is not positive or too large, or a bin is negative and must not be
                floored.
        """
        if self.signed or (keeps_negative_bins(self.model) and sum(self.bins) == 0):
            return self._shifted(name, up, 2 * self.bins - up if down is None else down)
        up = self.floored(up, f"{name} at +1σ")
        down = None if down is None else self.floored(down, f"{name} at -1σ")
        return self._kept(name, self._bounded(name, self.split(name, up, down)))

    def floored(self, bins: Floats, name: str = "") -> Floats:
        """Set negative bins to zero: negative weights can cause them in a template, but a
        probability cannot be negative.

        Args:
            bins: Nominal or varied events, shape (bins,).
            name: Name of the variation; empty for nominal.
        """
        negative = bins < 0
        if self.signed or keeps_negative_bins(self.model):
            return bins
        if negative.any():
            said = f"{name} is negative in {bin_ranges(self.axis, negative)}".strip()
            if not self.model.floor_negative_bins:
                raise WollemiError(self.where, said, FLOOR)
            LOGGER.log(
                self.level,
                "%s: %s: set to zero (sum %.3g)",
                self.where,
                said,
                float(np.sum(bins[negative])),
            )
        return np.maximum(bins, 0.0)

    def _shifted(self, name: str, up: Floats, down: Floats) -> list[dict[str, Any]]:
        """The `histosys` of a template that may be negative: its yield may be 0, so that no factor
        on it is defined.
        """
        largest = float(np.abs(self.bins).max())
        effect = max(float(np.abs(side - self.bins).max()) for side in (up, down)) / largest
        if effect < prune_thresholds(self.model)[1]:
            return []
        data = {"hi_data": up.tolist(), "lo_data": down.tolist()}
        return [{"name": name, "type": "histosys", "data": data}]

    def split(self, name: str, up: Floats, down: Floats | None) -> SplitVariation:
        """Split into yield and shape; mirror at the nominal template without -1σ.

        Args:
            name: Name of the systematic.
            up: Template at +1σ, shape (bins,).
            down: Template at -1σ, shape (bins,); None for the mirror image.

        Raises:
            WollemiError: A factor on the yield is not positive, or so large that its interpolation
                turns negative.
        """
        total = sum(self.bins)
        yield_up = float(sum(up) / total)
        yield_down = 2 - yield_up if down is None else float(sum(down) / total)
        self.check_yields(name, yield_up, yield_down)
        shape_up = up / yield_up
        return SplitVariation(
            yield_up,
            yield_down,
            shape_up,
            2 * self.bins - shape_up if down is None else down / yield_down,
        )

    def check_yields(self, name: str, yield_up: float, yield_down: float) -> None:
        """Check that factors on the yield are positive and small enough to interpolate."""
        problem = f"{name} changes the yield by a factor {yield_up:g} (up), {yield_down:g} (down)"
        if min(yield_up, yield_down) <= 0:
            raise WollemiError(
                self.where,
                problem,
                "a yield at ±1σ must be positive: check the variation, or use a smaller one",
            )
        if max(yield_up, yield_down) > LARGEST_FACTOR:
            remedy = (
                f"a yield at ±1σ is at most {LARGEST_FACTOR:g} times the nominal one: check the "
                "variation, or merge regions"
            )
            raise WollemiError(self.where, problem, remedy)

    def _bounded(self, name: str, split: SplitVariation) -> SplitVariation:
        """Shapes whose interpolation is never negative, unless negative bins are kept; the mirror
        image of a bin that more than doubles would be negative.
        """
        if keeps_negative_bins(self.model):
            return split
        linear = interpolation(self.model).histosys == "code0"
        up, down = positive_shapes(self.bins, split.shape_up, split.shape_down, linear)
        changed = (up != split.shape_up) | (down != split.shape_down)
        if not changed.any():
            return split
        text = f"{name} makes bins negative within ±1σ, in {bin_ranges(self.axis, changed)}"
        if not self.model.floor_negative_bins:
            raise WollemiError(self.where, text, FLOOR)
        LOGGER.log(self.level, "%s: %s: its effect there is cut", self.where, text)
        return SplitVariation(split.yield_up, split.yield_down, up, down)

    def _kept(self, name: str, split: SplitVariation) -> list[dict[str, Any]]:
        """The parts whose effect reaches `prune_below`; for the shape this is the largest relative
        effect in a bin.
        """
        norm, shape = prune_thresholds(self.model)
        modifiers: list[dict[str, Any]] = []
        if max(abs(split.yield_up - 1), abs(split.yield_down - 1)) >= norm:
            modifiers.append(
                {
                    "name": name,
                    "type": "normsys",
                    "data": {"hi": split.yield_up, "lo": split.yield_down},
                }
            )
        if len(self.bins) > 1 and largest_shape_effect(self.bins, split) >= shape:
            data = {"hi_data": split.shape_up.tolist(), "lo_data": split.shape_down.tolist()}
            modifiers.append({"name": name, "type": "histosys", "data": data})
        if not modifiers:
            LOGGER.log(
                min(self.level, logging.INFO),
                "%s: %s is below %s and dropped",
                self.where,
                name,
                f"{norm:g}" if norm == shape else f"{norm:g} (norm) and {shape:g} (shape)",
            )
        return modifiers


def plotted_model(prune_below: float | PruneThresholds, keep: bool) -> Model:
    """Model settings for plots, where negative bins never end a run.

    Args:
        prune_below: Thresholds of small effects.
        keep: Whether the model keeps negative bins; otherwise they are floored, even if the model
            rejects them.
    """
    model: Model = read(
        "Model", {"prune_below": prune_below, "floor_negative_bins": "keep" if keep else True}
    )
    return model


def prune_thresholds(model: Model) -> tuple[float, float]:
    """Relative changes of the yield and of the shape from which a part enters the model."""
    given = model.prune_below
    return (given, given) if isinstance(given, float) else (given.norm, given.shape)


def positive_shapes(
    nominal: Floats, up: Floats, down: Floats, linear: bool = False
) -> tuple[Floats, Floats]:
    """Shapes between which the interpolation of a `histosys` is nowhere negative within ±1σ.

    Both are at least 0, and 0 where the nominal template is. Code 4p (CERN-OPEN-2012-016) at α adds
    (p + α) / 2 of the shift at +1σ and (p - α) / 2 of the shift at -1σ, with
    p = (3α⁶ - 10α⁴ + 15α²) / 8 < |α|: the shift of the other side enters with a negative sign. If
    that is too much, for example if a bin is empty at -1σ and above 11.19 times the nominal one at
    +1σ, the bin is lowered. Code 0 is linear on each side, so it is nowhere below both ends.

    Args:
        nominal: Nominal template, not negative, shape (bins,).
        up: Template at +1σ, shape (bins,).
        down: Template at -1σ, shape (bins,).
        linear: Whether to use code 0 instead of 4p.

    Returns:
        Shapes at +1σ and -1σ, each (bins,).
    """
    up, down = (np.where(nominal > 0, np.maximum(shape, 0.0), 0.0) for shape in (up, down))
    if linear:
        return up, down
    return np.minimum(up, _highest(nominal, down)), np.minimum(down, _highest(nominal, up))


def _highest(nominal: Floats, other: Floats) -> Floats:
    """The highest bin contents (bins,) allowed on one side, given the other side."""
    alpha = np.linspace(0.0, 1.0, 201)[1:-1, np.newaxis]
    p = (3 * alpha**6 - 10 * alpha**4 + 15 * alpha**2) / 8
    shift = np.min((nominal + (p + alpha) / 2 * (other - nominal)) / ((alpha - p) / 2), axis=0)
    return np.asarray(nominal + (1 - 1e-3) * shift)


def largest_shape_effect(nominal: Floats, split: SplitVariation) -> float:
    """Largest |shape - nominal| / |nominal| over bins with nonzero expectation."""
    filled = nominal != 0
    sides = np.abs(np.array([split.shape_up, split.shape_down]) - nominal)[:, filled]
    return float(np.max(sides / np.abs(nominal[filled]), initial=0.0))
