"""Propagate uncertainties of parameters to expected events."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from wollemi_likelihood.base.matrices import product
from wollemi_likelihood.likelihood import Likelihood


class Expectation(Protocol):
    """Expected events as a function of parameters: a likelihood, or sums of its channels."""

    @property
    def samples(self) -> tuple[str, ...]:
        """Names of the samples."""

    @property
    def channels(self) -> Mapping[str, slice]:
        """Bins of each channel."""

    def expected_by_sample(self, values: np.ndarray) -> np.ndarray:
        """Compute the expected events of each sample, shape (samples, bins).

        Args:
            values: Parameters, shape (P,).
        """


@dataclass(frozen=True)
class SummedChannels:
    """Channels of a likelihood with the same bins, added bin by bin to one channel.

    Channels are summed before errors are propagated, so that all correlations between channels are
    included, as for sums over the bins of a channel.

    Attributes:
        likelihood: Likelihood of the model.
        name: Name of the sum.
        added: Names of the added channels.
    """

    likelihood: Likelihood
    name: str
    added: Sequence[str]

    @property
    def samples(self) -> tuple[str, ...]:
        """Names of the samples."""
        return self.likelihood.samples

    @property
    def channels(self) -> Mapping[str, slice]:
        """Bins of the summed channel."""
        first = self.likelihood.channels[self.added[0]]
        return {self.name: slice(0, first.stop - first.start)}

    def expected_by_sample(self, values: np.ndarray) -> np.ndarray:
        """Compute the expected events of each sample in the sum, shape (samples, bins).

        Args:
            values: Parameters, shape (P,).
        """
        every = self.likelihood.expected_by_sample(values)
        parts = [every[:, self.likelihood.channels[name]] for name in self.added]
        total: np.ndarray = np.sum(parts, axis=0)
        return total


@dataclass(frozen=True)
class YieldUncertainty:
    """Standard deviations of expected events.

    Attributes:
        bins: Standard deviation of the sum over samples, shape (bins,).
        samples: Standard deviation of each sample, shape (samples, bins).
        channels: Channel → standard deviation of the sum over samples and bins.
        sample_channels: Channel → standard deviations of samples, summed over bins, (samples,).
        sample_covariances: Channel → covariance of these sums, shape (samples, samples).
    """

    bins: np.ndarray
    samples: np.ndarray
    channels: Mapping[str, float]
    sample_channels: Mapping[str, np.ndarray]
    sample_covariances: Mapping[str, np.ndarray]


def expected_uncertainty(
    likelihood: Expectation, values: np.ndarray, covariance: np.ndarray
) -> YieldUncertainty:
    """Propagate a covariance linearly to the expected events.

    As in ``cabinetry.model_utils.yield_stdev``, the slope for a parameter is half the difference
    between its variations by plus and minus one standard deviation.

    Args:
        likelihood: Likelihood of the model, or sums of its channels.
        values: Parameters, shape (P,).
        covariance: Covariance of the parameters, shape (P, P).

    Returns:
        Standard deviations and covariances of samples.
    """
    slopes, correlation = _slopes(likelihood, values, covariance)
    expected = likelihood.expected_by_sample(values)
    shape = _with_sums(likelihood, expected).shape
    flat = np.reshape(slopes, (len(slopes), shape[0] * shape[1]))
    variance = np.sum(flat * product(correlation, flat), axis=0)
    deviations = np.sqrt(np.maximum(variance, 0.0)).reshape(shape)
    bins = expected.shape[1]
    channels = dict(zip(likelihood.channels, deviations[:, bins:].T, strict=True))
    sums = flat.reshape((len(slopes), *shape))[:, :-1, bins:]
    return YieldUncertainty(
        bins=deviations[-1, :bins],
        samples=deviations[:-1, :bins],
        channels={name: float(column[-1]) for name, column in channels.items()},
        sample_channels={name: column[:-1] for name, column in channels.items()},
        sample_covariances={
            name: product(sums[:, :, place].T, correlation, sums[:, :, place])
            for place, name in enumerate(likelihood.channels)
        },
    )


def prefit_covariance(likelihood: Likelihood) -> np.ndarray:
    """Covariance of the parameters before the fit, from their auxiliary measurements; 0 for free
    parameters.

    Args:
        likelihood: Likelihood of the model.

    Returns:
        Covariance, shape (P, P).
    """
    return np.diag(
        [0.0 if parameter.fixed else parameter.width**2 for parameter in likelihood.parameters]
    )


def expected_covariance(
    likelihood: Likelihood, values: np.ndarray, covariance: np.ndarray
) -> np.ndarray:
    """Covariance of the expected events summed over samples, shape (bins, bins), as in
    `expected_uncertainty`.

    Args:
        likelihood: Likelihood of the model.
        values: Parameters, shape (P,).
        covariance: Covariance of the parameters, shape (P, P).
    """
    bins = len(likelihood.observations)
    slopes, correlation = _slopes(likelihood, values, covariance)
    totals = np.reshape([slope[-1, :bins] for slope in slopes], (len(slopes), bins))
    return product(totals.T, correlation, totals)


def _slopes(
    likelihood: Expectation, values: np.ndarray, covariance: np.ndarray
) -> tuple[list[np.ndarray], np.ndarray]:
    """Change of all yields per standard deviation of each parameter that has one, and the
    correlations of these parameters.
    """
    errors = np.sqrt(covariance.diagonal())
    moving = np.flatnonzero(errors).tolist()
    correlation = covariance[np.ix_(moving, moving)] / np.outer(errors[moving], errors[moving])
    return [_difference(likelihood, values, index, errors[index]) for index in moving], correlation


def _difference(
    likelihood: Expectation, values: np.ndarray, index: int, error: float
) -> np.ndarray:
    up, down = values.copy(), values.copy()
    up[index] += error
    down[index] -= error
    difference = likelihood.expected_by_sample(up) - likelihood.expected_by_sample(down)
    return _with_sums(likelihood, 0.5 * difference)


def _with_sums(likelihood: Expectation, samples: np.ndarray) -> np.ndarray:
    """Append the sum over samples as a row and the sums over channels as columns."""
    rows = np.vstack([samples, samples.sum(axis=0)])
    sums = [rows[:, bins].sum(axis=1) for bins in likelihood.channels.values()]
    return np.column_stack([rows, *sums])


@dataclass(frozen=True)
class RegionYields:
    """Expected events in a region, per bin and in total.

    Attributes:
        samples: Sample → expected events of each bin.
        sample_uncertainties: Sample → standard deviations.
        total: Expected events of each bin, summed over samples.
        uncertainty: Standard deviation of the total of each bin.
        sum: Expected events in all bins.
        sum_uncertainty: Standard deviation of the sum.
        sample_sums: Sample → expected events in all bins.
        sample_sum_uncertainties: Sample → standard deviation of the sum.
        sample_sum_covariance: Covariance of the sums of samples, in the order of `sample_sums`.
    """

    samples: Mapping[str, Sequence[float]]
    sample_uncertainties: Mapping[str, Sequence[float]]
    total: Sequence[float]
    uncertainty: Sequence[float]
    sum: float
    sum_uncertainty: float
    sample_sums: Mapping[str, float]
    sample_sum_uncertainties: Mapping[str, float]
    sample_sum_covariance: Sequence[Sequence[float]]


def region_yields(
    likelihood: Expectation, values: np.ndarray, covariance: np.ndarray
) -> dict[str, RegionYields]:
    """Compute expected events of each region and sample with uncertainties at given parameters.

    Args:
        likelihood: Likelihood of the model, or sums of its channels.
        values: Parameters, shape (parameters,).
        covariance: Covariance of the parameters, shape (parameters, parameters).
    """
    expected = likelihood.expected_by_sample(values)
    uncertainty = expected_uncertainty(likelihood, values, covariance)
    yields = {}
    for channel, bins in likelihood.channels.items():
        inside = expected[:, bins]
        present = {
            name: index for index, name in enumerate(likelihood.samples) if np.any(inside[index])
        }
        places = np.fromiter(present.values(), int)
        covariances = uncertainty.sample_covariances[channel][np.ix_(places, places)]
        yields[channel] = RegionYields(
            samples={name: inside[index].tolist() for name, index in present.items()},
            sample_uncertainties={
                name: uncertainty.samples[index, bins].tolist() for name, index in present.items()
            },
            total=inside.sum(axis=0).tolist(),
            uncertainty=uncertainty.bins[bins].tolist(),
            sum=float(inside.sum()),
            sum_uncertainty=float(uncertainty.channels[channel]),
            sample_sums={name: float(inside[index].sum()) for name, index in present.items()},
            sample_sum_uncertainties={
                n: float(uncertainty.sample_channels[channel][i]) for n, i in present.items()
            },
            sample_sum_covariance=covariances.tolist(),
        )
    return yields
