"""Content of HistFactory's XML, without its histograms."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass
from typing import Any, NamedTuple

GAUSSIAN, POISSON = "Gaussian", "Poisson"


class HistogramName(NamedTuple):
    """Location of a histogram: file (as in the XML), folder in the file, and name."""

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
    """One factor per bin of a sample, with relative uncertainties; Gaussian or Poisson."""

    name: str
    errors: HistogramName
    constraint: str


@dataclass(frozen=True)
class ShapeFactor:
    """One free factor per bin, with initial values if a histogram gives them."""

    name: str
    initial: HistogramName | None
    fixed: bool


Effect = NormFactor | OverallSys | HistoSys | ShapeSys | ShapeFactor


@dataclass(frozen=True)
class Sample:
    """A process in a channel.

    Args:
        name: Name of the process.
        histogram: Histogram of the expected events.
        by_theory: Whether the luminosity and its uncertainty multiply the events.
        statistics: Whether statistical errors of the simulation have parameters.
        errors: Histogram of relative errors; None to use the errors of `histogram`.
        effects: Modifiers in the order of the file.
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
        name: Name of the channel.
        data: Histogram of the observed events.
        threshold: Relative error of a bin below which its statistics have no parameter.
        constraint: Constraint of the statistics, Gaussian or Poisson.
        samples: Samples in the order of the file.
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
        name: Name of the measurement.
        pois: Parameters of interest.
        luminosity: Nominal value of the luminosity factor.
        error: Relative uncertainty of the luminosity.
        values: Initial value by parameter name in ROOT.
        fixed: Constant parameters, by their names in ROOT.
        constraints: Type of constraint by systematic, for constraints that are not Gaussian.
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
        """Files of the histograms, as written in the XML."""
        return list(dict.fromkeys(_files(self.channels)))


def _files(part: Any) -> Iterator[str]:
    """Files of the histograms anywhere in a part of the document."""
    if isinstance(part, HistogramName):
        yield part.file
    elif is_dataclass(part):
        for item in fields(part):
            yield from _files(getattr(part, item.name))
    elif isinstance(part, list | tuple):
        for item in part:
            yield from _files(item)
