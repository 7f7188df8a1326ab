"""What becomes of each systematic in the model: smoothed, symmetrized, and which parts are kept."""

import logging
from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Literal, NamedTuple

import numpy as np

from wollemi.analysis.models.model import Model
from wollemi.analysis.models.systematics import Systematic
from wollemi.analysis.settings import Settings
from wollemi.base.arrays import Floats
from wollemi.base.errors import WollemiError
from wollemi.histograms.histogram import axis_of, bin_edges
from wollemi.model.shape_systematics import Template, largest_shape_effect
from wollemi.model.smoothing import is_treated
from wollemi.model.template_lint import TemplateLinter
from wollemi.model.templates import is_one_sided
from wollemi.results.lint import Decision, Ratios

PARTS: dict[str, Literal["norm", "shape"]] = {"normsys": "norm", "histosys": "shape"}


def are_asked_for(settings: Settings) -> bool:
    """Whether an analysis smooths, symmetrizes or prunes anything."""
    return settings.model.prune_below != Model().prune_below or any(
        map(is_treated, settings.systematics.values())
    )


def decisions(linter: TemplateLinter, model: Model) -> Iterator[Decision]:
    """One for each systematic of a simulated sample in a region of the model.

    Where no model can have it, there is none: that is an error of `build_workspace`.

    Args:
        linter: with the templates.
        model: its rules for small effects.
    """
    for region, variable in linter.regions.items():
        for name, sample in linter.samples.items():
            histogram = linter.source.nominal(sample, region, variable)
            bins = np.maximum(histogram.values(), 0.0)
            if not bins.any():
                continue
            # Negative bins are a finding; here they do not matter.
            rules = Model(prune_below=model.prune_below)
            template = Template("", axis_of(histogram), bins, rules, logging.DEBUG)
            for systematic, item in linter.acting(name, region).items():
                place = Place(region, name, systematic)
                with suppress(WollemiError):
                    factors = linter.source.common_factors(item, sample)
                    if factors is not None:
                        yield of_factors(place, factors)
                        continue
                    sides = linter.source.varied(systematic, item, sample, region, variable)
                    made = of_templates(place, template, item, sides)
                    if is_treated(item):
                        filled = [
                            linter.source.side(systematic, item, side, sample, region, variable)
                            for side in (("up",) if is_one_sided(item) else ("up", "down"))
                        ]
                        made = made.noting(
                            edges=tuple(bin_edges(template.axis).tolist()),
                            filled=ratios(bins, *(side.values() for side in filled)),
                            entering=ratios(bins, *sides),
                        )
                    yield made


class Place(NamedTuple):
    """What a decision is about."""

    region: str
    sample: str
    systematic: str


def of_factors(place: Place, factors: Mapping[str, float]) -> Decision:
    """Of a declared factor on the yield, which is kept whatever its size."""
    norm = (factors["hi"] - 1, factors["lo"] - 1)
    return Decision(**place._asdict(), norm=norm, shape=0.0, kept=("norm",) if any(norm) else ())


def of_templates(
    place: Place, template: Template, item: Systematic, sides: tuple[Floats, Floats | None]
) -> Decision:
    """Of varied templates, as they enter the model.

    Args:
        place: what it is about.
        template: the nominal one.
        item: the systematic.
        sides: at +1σ and -1σ (bins,); None for the mirror image.

    Raises:
        WollemiError: no model can have it.
    """
    up, down = (None if side is None else np.maximum(side, 0.0) for side in sides)
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
    """Varied over nominal in each bin, None where nominal is empty; without -1σ its mirror image.

    Args:
        nominal: (bins,).
        up: at +1σ (bins,).
        down: at -1σ (bins,); None for the mirror image.
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
