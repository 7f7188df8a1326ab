"""The treatment of each systematic in the model: smoothing, symmetrization, and the parts kept."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Literal, NamedTuple

from wollemi.analysis.plain.queries import keeps_negative_bins
from wollemi.analysis.settings import Settings
from wollemi.histograms.histogram import Histogram, axis_of, bin_edges
from wollemi.model.shape_systematics import Template, largest_shape_effect, plotted_model
from wollemi.model.smoothing import is_treated
from wollemi.model.templates import Source, is_one_sided
from wollemi.results.lint import Decision, Ratios
from wollemi_likelihood.base.arrays import Floats

if TYPE_CHECKING:
    from wollemi.analysis.models.analysis import Sample
    from wollemi.analysis.models.model import Model
    from wollemi.analysis.models.systematics import Systematic

PARTS: dict[str, Literal["norm", "shape"]] = {"normsys": "norm", "histosys": "shape"}


def are_asked_for(settings: Settings) -> bool:
    """Whether an analysis smooths, symmetrizes or prunes anything."""
    return settings.model.prune_below != 0.0 or any(map(is_treated, settings.systematics.values()))


def nominal_template(histogram: Histogram, model: Model) -> Template | None:
    """The nominal template that variations are compared with; None if it is empty.

    Args:
        histogram: Histogram of a sample in a region.
        model: Model with thresholds for small effects.
    """
    # Negative bins are reported as a finding and do not matter here.
    rules = plotted_model(model.prune_below, keeps_negative_bins(model))
    template = Template("", axis_of(histogram), histogram.values(), rules, logging.DEBUG)
    bins = template.floored(template.bins)
    return replace(template, bins=bins) if sum(bins) != 0 else None


class DecidedPlace(NamedTuple):
    """The subject of a decision."""

    region: str
    sample: str
    systematic: str


def decision(
    source: Source,
    place: DecidedPlace,
    item: Systematic,
    sample: Sample,
    variable: str,
    template: Template,
) -> Decision:
    """The decision on a systematic at one place.

    Args:
        source: Source of the templates.
        place: Region, sample and systematic.
        item: Settings of the systematic.
        sample: Sample at this place.
        variable: Variable of the region.
        template: Nominal template.

    Raises:
        WollemiError: The systematic cannot enter a model.
    """
    factors = source.common_factors(item, sample)
    if factors is not None:
        return of_factors(place, factors)
    where = (sample, place.region, variable)
    sides = source.varied(place.systematic, item, *where)
    made = of_templates(place, template, item, sides)
    if not is_treated(item):
        return made
    filled = filled_sides(source, place.systematic, item, *where)
    return made.noting(
        edges=tuple(bin_edges(template.axis).tolist()),
        filled=ratios(template.bins, *filled),
        entering=ratios(template.bins, *sides),
    )


def filled_sides(
    source: Source, name: str, item: Systematic, sample: Sample, region: str, variable: str
) -> list[Floats]:
    """Templates as filled (bins,): at +1σ, and at -1σ unless it is the mirror image."""
    return [
        source.side(name, item, side, sample, region, variable).values()
        for side in (("up",) if is_one_sided(item) else ("up", "down"))
    ]


def of_factors(place: DecidedPlace, factors: Mapping[str, float]) -> Decision:
    """Decision on a declared factor on the yield, which is kept whatever its size."""
    norm = (factors["hi"] - 1, factors["lo"] - 1)
    return Decision(**place._asdict(), norm=norm, shape=0.0, kept=("norm",) if any(norm) else ())


def of_templates(
    place: DecidedPlace, template: Template, item: Systematic, sides: tuple[Floats, Floats | None]
) -> Decision:
    """Decision on varied templates, as they enter the model.

    Args:
        place: Region, sample and systematic.
        template: Nominal template.
        item: Settings of the systematic.
        sides: Templates at +1σ and -1σ, shape (bins,); None for the mirror image.

    Raises:
        WollemiError: The systematic cannot enter a model.
    """
    up, down = (None if side is None else template.floored(side) for side in sides)
    assert up is not None
    split = template.split(place.systematic, up, down)
    kinds = [modifier["type"] for modifier in template.modifiers(place.systematic, up, down)]
    smoothing = getattr(item, "smoothing", None)
    symmetrization = getattr(item, "symmetrization", None)
    made = Decision(
        **place._asdict(),
        norm=(split.yield_up - 1, split.yield_down - 1),
        shape=largest_shape_effect(template.bins, split),
        kept=tuple(part for kind, part in PARTS.items() if kind in kinds),
    )
    more = {
        "smoothing": smoothing and smoothing.method,
        "symmetrization": symmetrization or ("symmetrize" if is_one_sided(item) else None),
    }
    return made.noting(**{key: value for key, value in more.items() if value})


def ratios(nominal: Floats, up: Floats, down: Floats | None = None) -> Ratios:
    """Varied over nominal in each bin, None where nominal is empty; mirrored without -1σ.

    Args:
        nominal: Nominal template, shape (bins,).
        up: Template at +1σ, shape (bins,).
        down: Template at -1σ, shape (bins,); None for the mirror image.
    """
    sides = {"up": up, "down": 2 * nominal - up if down is None else down}
    return Ratios(
        **{
            side: tuple(
                float(value / n) if n > 0 else None for value, n in zip(bins, nominal, strict=True)
            )
            for side, bins in sides.items()
        }
    )
