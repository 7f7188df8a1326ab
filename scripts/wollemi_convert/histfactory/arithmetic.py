"""-2 ln L of a HistFactory model in plain arithmetic, from the elements and histograms of its XML.

Constraints follow ROOT (CERN-OPEN-2012-016, sec. 4); parameter names follow the workspace made by
`wollemi_convert.histfactory.workspace`.
"""

from collections.abc import Sequence

import numpy as np

from wollemi_convert.histfactory.document import (
    GAUSSIAN,
    Channel,
    Document,
    HistoSys,
    NormFactor,
    OverallSys,
    Sample,
    ShapeSys,
)
from wollemi_convert.histfactory.measurements import CONSTANT_LUMINOSITY
from wollemi_convert.histfactory.templates import ChannelTemplate, SampleTemplate
from wollemi_likelihood.base.arrays import Floats
from wollemi_likelihood.plain_likelihood import PlainModel, PlainSample


def plain_model(
    document: Document, templates: Sequence[ChannelTemplate], measurement: str
) -> PlainModel:
    """The plain model of a measurement.

    Args:
        document: Elements of the XML.
        templates: Histograms of the document's channels.
        measurement: Name of the measurement in the workspace.
    """
    (found,) = [
        item
        for item in document.measurements
        if measurement in (item.name, *(f"{item.name}_{poi}" for poi in item.pois))
    ]
    scaled = any(item.luminosity != 1 for item in document.measurements)
    model = PlainModel([], {}, {})
    for channel, template in zip(document.channels, templates, strict=True):
        members = [sample.statistics for sample in channel.samples]
        widths = _statistics(channel, template.samples)
        rows = zip(channel.samples, template.samples, strict=True)
        samples = [
            _sample(model, channel, row, widths, scaled=scaled, together=sum(members) > 1)
            for row in rows
        ]
        model.regions.append((template.observed, samples))
    if found.error > 0 and any(s.by_theory for c in document.channels for s in c.samples):
        model.normal["lumi"] = found.luminosity, found.luminosity * found.error
    return model


def _statistics(channel: Channel, templates: Sequence[SampleTemplate]) -> Floats:
    """Relative errors of the sum of samples with StatError, 0 below the threshold; (bins,)."""
    events, squares = np.zeros_like(templates[0].events), np.zeros_like(templates[0].events)
    for sample, template in zip(channel.samples, templates, strict=True):
        if sample.statistics:
            events, squares = events + template.events, squares + template.errors**2
    relative = np.sqrt(squares) / np.where(events > 0, events, np.inf)
    return np.where(relative >= channel.threshold, relative, 0.0)


def _sample(
    model: PlainModel,
    channel: Channel,
    row: tuple[Sample, SampleTemplate],
    widths: Floats,
    *,
    scaled: bool,
    together: bool,
) -> PlainSample:
    """Build a sample; the constraints of its parameters are added to the model.

    Args:
        model: Model that receives the constraints.
        channel: Channel of the sample.
        row: The sample and its histograms.
        widths: Relative statistical errors of the channel, shape (bins,).
        scaled: Whether the luminosity of some measurement is not 1.
        together: Whether several samples share these statistics.
    """
    sample, template = row
    made = PlainSample(template.events)
    if sample.by_theory or scaled:
        made.scales.append(["lumi" if sample.by_theory else CONSTANT_LUMINOSITY])
    shares_poisson = sample.statistics and together and channel.constraint != GAUSSIAN
    apart = shares_poisson and bool(widths.any())
    for place, item in enumerate(sample.effects):
        arrays = template.effects.get(place, ())
        if isinstance(item, NormFactor):
            made.scales.append([item.name])
        elif isinstance(item, OverallSys):
            made.factors.append((item.name, item.low, item.high))
            model.normal[item.name] = 0.0, 1.0
        elif isinstance(item, HistoSys):
            made.shifts.append((item.name, arrays[0], arrays[1]))
            model.normal[item.name] = 0.0, 1.0
        elif isinstance(item, ShapeSys):
            # Bins below the threshold of shared statistics form a separate sample.
            names = [f"{item.name}{'' if w or not apart else '_below_threshold'}" for w in widths]
            labels = [f"{name}[{bin_}]" for bin_, name in enumerate(names)]
            made.scales.append(labels)
            known = np.where(template.events > 0, arrays[0], 0.0)
            _constrain(model, labels, known, item.constraint)
        else:
            made.scales.append([f"{item.name}[{bin_}]" for bin_ in range(len(widths))])
    if sample.statistics and widths.any():
        labels = [f"staterror_{channel.name}[{bin_}]" for bin_ in range(len(widths))]
        _constrain(model, labels, widths, channel.constraint)
        if shares_poisson:
            # The workspace has a free factor in such a bin, constrained by one event.
            model.poisson.update({a: 1.0 for a, w in zip(labels, widths, strict=True) if not w})
        made.scales.append([a if w else "" for a, w in zip(labels, widths, strict=True)])
    return made


def _constrain(model: PlainModel, labels: Sequence[str], widths: Floats, constraint: str) -> None:
    for label, width in zip(labels, widths.tolist(), strict=True):
        if width > 0 and constraint == GAUSSIAN:
            model.normal[label] = 1.0, width
        elif width > 0:
            model.poisson[label] = 1 / width**2
