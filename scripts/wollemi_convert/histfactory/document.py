"""What the XML of HistFactory says, without its histograms."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass
from typing import Any, NamedTuple

GAUSSIAN, POISSON = "Gaussian", "Poisson"


class HistogramName(NamedTuple):
    """Where a histogram is: file, as in the XML, folder in it and name."""

    file: str
    folder: str
    name: str

    @property
    def key(self) -> str:
        """Path in the file."""
        return "/".join(part for part in (self.folder.strip("/"), self.name.strip("/")) if part)


@dataclass(frozen=True)
class NormFactor:
    """A free factor of a sample, with its initial value and range."""

    name: str
    initial: float
    bounds: tuple[float, float]
    fixed: bool


@dataclass(frozen=True)
class OverallSys:
    """Factors of a sample at -1σ and +1σ."""

    name: str
    low: float
    high: float


@dataclass(frozen=True)
class HistoSys:
    """Histograms of a sample at -1σ and +1σ."""

    name: str
    low: HistogramName
    high: HistogramName


@dataclass(frozen=True)
class ShapeSys:
    """A factor for each bin of a sample, with relative uncertainties; Gaussian or Poisson."""

    name: str
    errors: HistogramName
    constraint: str


@dataclass(frozen=True)
class ShapeFactor:
    """A free factor for each bin, with initial values if there is a histogram of them."""

    name: str
    initial: HistogramName | None
    fixed: bool


Effect = NormFactor | OverallSys | HistoSys | ShapeSys | ShapeFactor


@dataclass(frozen=True)
class Sample:
    """A process in a channel.

    Args:
        name: of the process.
        histogram: its expected events.
        by_theory: whether the luminosity, with its uncertainty, multiplies them.
        statistics: whether the statistics of its simulation have parameters.
        errors: their relative errors; None: the errors of the histogram.
        effects: in the order of the file.
    """

    name: str
    histogram: HistogramName
    by_theory: bool
    statistics: bool
    errors: HistogramName | None
    effects: Sequence[Effect]


@dataclass(frozen=True)
class Channel:
    """A channel.

    Args:
        name: of the channel.
        data: observed events.
        threshold: relative error of a bin below which its statistics have no parameter.
        constraint: of the statistics, Gaussian or Poisson.
        samples: in the order of the file.
    """

    name: str
    data: HistogramName
    threshold: float
    constraint: str
    samples: Sequence[Sample]


@dataclass(frozen=True)
class Measurement:
    """A measurement.

    Args:
        name: of the measurement.
        pois: parameters of interest.
        luminosity: nominal value.
        error: of the luminosity, relative.
        values: parameter, as ROOT calls it → initial value.
        fixed: parameters, as ROOT calls them, that are constant.
        constraints: systematic → type of its constraint, where it is not Gaussian.
    """

    name: str
    pois: Sequence[str]
    luminosity: float
    error: float
    values: Mapping[str, float]
    fixed: frozenset[str]
    constraints: Mapping[str, str]


@dataclass(frozen=True)
class Document:
    """A combination of channels with its measurements."""

    channels: Sequence[Channel]
    measurements: Sequence[Measurement]

    @property
    def files(self) -> list[str]:
        """Files of its histograms, as in the XML."""
        return list(dict.fromkeys(_files(self.channels)))


def _files(part: Any) -> Iterator[str]:
    """Files of the histograms that stand anywhere in it."""
    if isinstance(part, HistogramName):
        yield part.file
    elif is_dataclass(part):
        for item in fields(part):
            yield from _files(getattr(part, item.name))
    elif isinstance(part, list | tuple):
        for item in part:
            yield from _files(item)
