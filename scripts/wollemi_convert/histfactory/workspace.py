"""Convert a HistFactory model into a pyhf workspace with the same likelihood as in ROOT."""

import logging
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from wollemi_convert.histfactory.document import (
    GAUSSIAN,
    Channel,
    Document,
    Effect,
    HistoSys,
    NormFactor,
    OverallSys,
    Sample,
    ShapeFactor,
    ShapeSys,
)
from wollemi_convert.histfactory.measurements import CONSTANT_LUMINOSITY, measurements_of
from wollemi_convert.histfactory.statistics import Statistics, statistics_name, statistics_of
from wollemi_convert.histfactory.templates import ChannelTemplate, SampleTemplate
from wollemi_likelihood.base.arrays import Floats
from wollemi_likelihood.base.errors import WollemiError

LOGGER = logging.getLogger("wollemi")

Json = dict[str, Any]

# Range of free factors of bins, as in HistFactory.
FACTOR_RANGE = [0.0, 1000.0]


def workspace_of(document: Document, templates: Sequence[ChannelTemplate]) -> Json:
    """The model of a document.

    Args:
        document: Content of the XML.
        templates: Templates of its channels.

    Returns:
        Workspace of pyhf with each measurement that it can express; a measurement with several
        parameters of interest appears once per parameter.

    Raises:
        WollemiError: No measurement can be expressed, or pyhf cannot express the model.
    """
    _check_bin_factors(document)
    _warn_of_luminosity(document)
    scaled = any(item.luminosity != 1 for item in document.measurements)
    channels: list[Json] = []
    observations: list[Json] = []
    factors: dict[str, Json] = {}
    for channel, template in zip(document.channels, templates, strict=True):
        statistics = statistics_of(channel, template.samples)
        factors |= _bin_factors(channel, template, statistics)
        channels.append(
            {"name": channel.name, "samples": _samples(channel, template, statistics, scaled)}
        )
        observations.append({"name": channel.name, "data": template.observed.tolist()})
        if statistics.effective is not None:
            sideband, observed = _sideband(channel.name, statistics.effective)
            channels.append(sideband)
            observations.append(observed)
    return {
        "version": "1.0.0",
        "channels": channels,
        "observations": observations,
        "measurements": list(measurements_of(document, channels, factors)),
    }


def _check_bin_factors(document: Document) -> None:
    """Raise an error for a shared ShapeSys: ROOT shares it between samples, pyhf does not."""
    seen: set[str] = set()
    for channel in document.channels:
        for sample in channel.samples:
            for name in [item.name for item in sample.effects if isinstance(item, ShapeSys)]:
                if name in seen:
                    where = f"channel {channel.name}, sample {sample.name}"
                    problem = f"ShapeSys {name} also acts on another sample"
                    raise WollemiError(where, problem, "give each sample its own ShapeSys")
                seen.add(name)


def _warn_of_luminosity(document: Document) -> None:
    samples = [item for channel in document.channels for item in channel.samples]
    free = [item.name for item in document.measurements if "Lumi" not in item.fixed]
    if free and not all(item.by_theory for item in samples):
        LOGGER.warning(
            "measurement %s: samples without NormalizeByTheory have no uncertainty of the "
            "luminosity here; ROOT 6.40 gives it to them all the same. With Lumi constant there is "
            "no difference",
            free[0],
        )


def _samples(
    channel: Channel, template: ChannelTemplate, statistics: Statistics, scaled: bool
) -> list[Json]:
    names = [item.name for item in channel.samples]
    if len(set(names)) < len(names):
        repeated = next(name for name in names if names.count(name) > 1)
        problem = f"two samples are called '{repeated}'"
        raise WollemiError(f"channel {channel.name}", problem, "give each its own name")
    made = []
    rows = zip(channel.samples, template.samples, statistics.modifiers, strict=True)
    for sample, item, modifier in rows:
        if modifier is None or statistics.counted is None:
            made.append(_sample(sample, item, modifier, scaled))
            continue
        # factors of bins act on all bins: bins below the threshold become a separate sample
        first, rest = _masked(item, statistics.counted), _masked(item, ~statistics.counted)
        made.append(_sample(sample, first, modifier, scaled))
        other = _sample(replace(sample, name=f"{sample.name}_below_threshold"), rest, None, scaled)
        for found in other["modifiers"]:
            if found["type"] in ("shapesys", "staterror"):
                found["name"] += "_below_threshold"
        made.append(other)
    return made


def _masked(template: SampleTemplate, bins: np.ndarray) -> SampleTemplate:
    """The template with zeros outside the chosen bins."""
    effects = {
        place: [np.where(bins, array, 0) for array in arrays]
        for place, arrays in template.effects.items()
    }
    return SampleTemplate(np.where(bins, template.events, 0), template.errors, effects)


def _sample(
    sample: Sample, template: SampleTemplate, statistics: Json | None, scaled: bool
) -> Json:
    modifiers: list[Json] = []
    if sample.by_theory:
        modifiers.append({"name": "lumi", "type": "lumi", "data": None})
    elif scaled:
        modifiers.append({"name": CONSTANT_LUMINOSITY, "type": "normfactor", "data": None})
    modifiers += [
        _modifier(item, template.events, template.effects.get(place, ()))
        for place, item in enumerate(sample.effects)
    ]
    if statistics is not None:
        modifiers.append(statistics)
    names = [(item["type"], item["name"]) for item in modifiers]
    repeated = [name for name in names if names.count(name) > 1]
    if repeated:
        problem = f"{repeated[0][1]} stands twice"
        raise WollemiError(f"sample {sample.name}", problem, "leave one of them")
    return {"name": sample.name, "data": template.events.tolist(), "modifiers": modifiers}


def _modifier(item: Effect, events: Floats, arrays: Sequence[Floats]) -> Json:
    data: Any = None
    if isinstance(item, NormFactor):
        kind = "normfactor"
    elif isinstance(item, OverallSys):
        kind, data = "normsys", {"lo": item.low, "hi": item.high}
    elif isinstance(item, HistoSys):
        kind = "histosys"
        data = {"lo_data": arrays[0].tolist(), "hi_data": arrays[1].tolist()}
    elif isinstance(item, ShapeFactor):
        kind = "shapefactor"
    else:
        kind = "staterror" if item.constraint == GAUSSIAN else "shapesys"
        data = (events * arrays[0]).tolist()
    return {"name": item.name, "type": kind, "data": data}


def _sideband(channel: str, effective: Floats) -> tuple[Json, Json]:
    """The Poisson constraints of statistics shared by several samples, as a region."""
    name = statistics_name(channel)
    factor = {"name": name, "type": "shapefactor", "data": None}
    sample = {"name": "effective_events", "data": effective.tolist(), "modifiers": [factor]}
    return {"name": name, "samples": [sample]}, {"name": name, "data": effective.tolist()}


def _bin_factors(
    channel: Channel, template: ChannelTemplate, statistics: Statistics
) -> dict[str, Json]:
    """Initial values and ranges of free factors of bins."""
    found: dict[str, Json] = {}
    bins = template.observed.size
    for sample, item in zip(channel.samples, template.samples, strict=True):
        for place, effect in enumerate(sample.effects):
            if isinstance(effect, ShapeFactor):
                arrays = item.effects.get(place)
                initial = arrays[0].tolist() if arrays else [1.0] * bins
                found[effect.name] = {"inits": initial, "bounds": [FACTOR_RANGE] * bins}
                found[effect.name] |= {"fixed": True} if effect.fixed else {}
    if statistics.effective is not None:
        highest = (1 + 5 * statistics.effective**-0.5).tolist()
        name = statistics_name(channel.name)
        found[name] = {"inits": [1.0] * bins, "bounds": [[0.0, value] for value in highest]}
    return found
