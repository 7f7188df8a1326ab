"""The histograms of a HistFactory model: expected and observed events of its channels."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import uproot

from wollemi.base.root_objects import as_root_reads
from wollemi_convert.histfactory.document import (
    Channel,
    Document,
    HistogramName,
    HistoSys,
    Sample,
    ShapeFactor,
    ShapeSys,
)
from wollemi_convert.histfactory.parsing import find_file
from wollemi_likelihood.base.arrays import Floats
from wollemi_likelihood.base.errors import WollemiError, counted


@dataclass(frozen=True)
class SampleTemplate:
    """Expected events of a sample.

    Args:
        events: Expected events, shape (bins,).
        errors: Statistical errors of the simulation, shape (bins,); 0 without parameters for them.
        effects: Position of a modifier in the sample → its arrays, each of shape (bins,): events at
            -1σ and +1σ (HistoSys), relative uncertainties (ShapeSys), initial values (ShapeFactor).
    """

    events: Floats
    errors: Floats
    effects: Mapping[int, Sequence[Floats]]


@dataclass(frozen=True)
class ChannelTemplate:
    """Observed and expected events of a channel.

    Args:
        observed: Observed events, shape (bins,).
        samples: Templates of the samples in the order of the channel.
    """

    observed: Floats
    samples: Sequence[SampleTemplate]


def read_templates(document: Document, folder: Path) -> list[ChannelTemplate]:
    """Read the histograms of all channels.

    Args:
        document: Model whose histograms are read.
        folder: Folder of the top-level XML.

    Raises:
        WollemiError: A file or histogram is missing, or its bins differ from the data's.
    """
    reader = _Reader(folder)
    return [_channel(reader, channel) for channel in document.channels]


def _channel(reader: "_Reader", channel: Channel) -> ChannelTemplate:
    observed, _ = reader.read(f"channel {channel.name}, Data", channel.data, None)
    return ChannelTemplate(
        observed, [_sample(reader, channel.name, item, observed.size) for item in channel.samples]
    )


def _sample(reader: "_Reader", channel: str, sample: Sample, bins: int) -> SampleTemplate:
    where = f"channel {channel}, sample {sample.name}"
    events, errors = reader.read(where, sample.histogram, bins)
    if sample.errors is not None:
        errors = events * reader.read(f"{where}, StatError", sample.errors, bins)[0]
    effects: dict[int, list[Floats]] = {}
    for place, item in enumerate(sample.effects):
        names: list[HistogramName] = []
        if isinstance(item, HistoSys):
            names = [item.low, item.high]
        elif isinstance(item, ShapeSys):
            names = [item.errors]
        elif isinstance(item, ShapeFactor) and item.initial is not None:
            names = [item.initial]
        if names:
            effects[place] = [reader.read(f"{where}, {item.name}", name, bins)[0] for name in names]
    return SampleTemplate(events, errors if sample.statistics else np.zeros(bins), effects)


class _Reader:
    """Histograms in files, each opened once."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._files: dict[str, Any] = {}

    def read(self, where: str, name: HistogramName, bins: int | None) -> tuple[Floats, Floats]:
        """Events and their errors, each of shape (bins,)."""
        file = self._open(where, name.file)
        try:
            histogram = as_root_reads(file, name.key)
        except uproot.KeyInFileError:
            problem = f"{name.file} has no histogram '{name.key}'"
            raise WollemiError(where, problem, "correct HistoPath and HistoName") from None
        if not histogram.classname.startswith("TH1"):
            problem = f"'{name.key}' in {name.file} is a {histogram.classname}"
            raise WollemiError(where, problem, "write it as TH1")
        events = np.asarray(histogram.values(), np.float64)
        errors = np.asarray(histogram.errors(), np.float64)
        if bins is not None and events.size != bins:
            has = f"has {counted(events.size, 'bin')}, the data have {bins}"
            problem = f"'{name.key}' in {name.file} {has}"
            raise WollemiError(where, problem, "give all histograms of a channel the same bins")
        if not (np.isfinite(events).all() and np.isfinite(errors).all()):
            problem = f"'{name.key}' in {name.file} has a bin that is no number"
            raise WollemiError(where, problem, "write the histogram again")
        return events, errors

    def _open(self, where: str, name: str) -> Any:
        if name not in self._files:
            path = find_file(where, self._folder, name)
            try:
                self._files[name] = uproot.open(path)
            except Exception as error:
                problem = f"{path} is no ROOT file: {error}"
                raise WollemiError(where, problem, "write it again") from error
        return self._files[name]
