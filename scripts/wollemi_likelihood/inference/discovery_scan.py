"""Find the largest excess along a scan of signals, and its probability anywhere under the
background alone: from toys, and from the upcrossings of Gross and Vitells (arXiv:1005.1891).
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np

from wollemi_likelihood.asymptotics import Qtilde, tail
from wollemi_likelihood.base.arrays import Floats
from wollemi_likelihood.base.errors import WollemiError
from wollemi_likelihood.base.progress import reported
from wollemi_likelihood.base.threads import one_thread
from wollemi_likelihood.likelihood import Data, Likelihood, toy_values
from wollemi_likelihood.objective import Objective
from wollemi_likelihood.scan import ProfileScan, parameter_of_interest

# Value of q0 for upcrossings: 0.7σ, which is often reached, and far above rounding.
LEVEL = 0.5
# Values of q0 closer than this are equal: fits are that accurate, and counts have ties.
SAME = 1e-6
# Maximum fraction of toys without a fit.
MOST_FAILED = 0.01


@dataclass(frozen=True)
class Upcrossings:
    """Number of upcrossings of q0 along the signals.

    Attributes:
        level: Level of q0.
        observed: Number in the data; None if blinded.
        mean: Mean number in toys without signal.
        mean_error: Standard deviation of the mean.
    """

    level: float
    observed: int | None
    mean: float
    mean_error: float


@dataclass(frozen=True)
class GlobalPValue:
    """Probability of such an excess anywhere.

    Attributes:
        p_value: Global p-value.
        p_value_error: Standard deviation of the p-value.
        significance: Significance of the p-value, at least 0.
    """

    p_value: float
    p_value_error: float
    significance: float


def q0_of(likelihood: Likelihood, data: Data, start: Floats | None = None) -> float:
    """Compute the discovery test statistic (arXiv:1007.1727, eq. 12); 0 for a deficit.

    Args:
        likelihood: Likelihood of the model of a signal.
        data: Data to fit.
        start: Starting point of the first fit, shape (parameters,).

    Raises:
        WollemiError: No minimum was found.
    """
    scan = ProfileScan(Objective(likelihood, data), likelihood.poi, start)
    scan.fixed(0.0)
    return Qtilde(scan, parameter_of_interest(likelihood, 0.0)).q0()


class BackgroundToys:
    """Random data without signal, shared by the models of all signals.

    Events are drawn from the background-only fit to the data, and auxiliary data around its
    parameters. Parameters with the same name share auxiliary data, in units of their width;
    parameters that only another signal has are drawn around their nominal values.

    Args:
        likelihoods: Likelihoods of the signals, with the same backgrounds and data.
        seed: Seed of the random numbers, combined with the number of each toy.

    Raises:
        WollemiError: The models have different regions or data, or the fit failed.
    """

    def __init__(self, likelihoods: Sequence[Likelihood], seed: int) -> None:
        self._likelihoods, self._seed = likelihoods, seed
        first = likelihoods[0]
        for other in likelihoods[1:]:
            if other.channels != first.channels or (other.data.main != first.data.main).any():
                problem = "the models of the signals have other regions or data"
                raise WollemiError("discovery", problem, "build all workspaces again")
        fitted = ProfileScan(Objective(first, first.data), first.poi).fixed(0.0).point.values
        named = dict(zip(first.index, fitted.tolist(), strict=True))
        # The first model has all its parameters; other models also have some for their own signal.
        self.starts = [_parameters(likelihood, named) for likelihood in likelihoods]
        self._expected = first.expected(self.starts[0])

    def draw(self, number: int) -> list[Data]:
        """Draw one toy for the model of each signal.

        Args:
            number: Number of the toy.
        """
        generator = np.random.default_rng([self._seed, number])
        main = generator.poisson(self._expected).astype(float)
        shared: dict[str, float] = {}
        return [
            Data(main, _auxiliary(likelihood, start, shared, generator))
            for likelihood, start in zip(self._likelihoods, self.starts, strict=True)
        ]


def _parameters(likelihood: Likelihood, named: Mapping[str, float]) -> Floats:
    """The named parameters without signal; all others at nominal, shape (parameters,)."""
    values = [
        parameter.init if parameter.fixed else named.get(parameter.name, parameter.nominal)
        for parameter in likelihood.parameters
    ]
    values[likelihood.index[likelihood.poi]] = 0.0
    return np.array(values)


def _auxiliary(
    likelihood: Likelihood, values: Floats, shared: dict[str, float], generator: np.random.Generator
) -> Floats:
    """Draw auxiliary data of one toy; draws are stored by name as deviations in units of the width,
    or as counts.
    """
    constraints, names = likelihood.constraints, likelihood.names
    result = likelihood.expected_auxiliary(values)
    for place, parameter, width in zip(
        constraints.normal_auxiliary,
        constraints.normal_parameter,
        constraints.normal_width,
        strict=True,
    ):
        if names[parameter] not in shared:
            shared[names[parameter]] = generator.normal()
        result[place] += width * shared[names[parameter]]
    for place, parameter in zip(
        constraints.poisson_auxiliary, constraints.poisson_parameter, strict=True
    ):
        if names[parameter] not in shared:
            shared[names[parameter]] = float(generator.poisson(result[place]))
        result[place] = shared[names[parameter]]
    return result


@one_thread()
def scan_toys(
    likelihoods: Sequence[Likelihood], seed: int, numbers: Sequence[int]
) -> tuple[Floats, int]:
    """Compute q0 of each signal in toys without signal, and the number of toys without a fit.

    Args:
        likelihoods: Likelihoods of the signals, along the axis.
        seed: Seed of the random numbers.
        numbers: Numbers of the toys.

    Returns:
        q0, shape (toys, signals), and the number of toys without a fit.

    Raises:
        WollemiError: More than 1 % of the toys do not have a fit.
    """
    toys = BackgroundToys(likelihoods, seed)

    def every_q0(drawn: Sequence[Data]) -> list[float]:
        return [q0_of(*item) for item in zip(likelihoods, drawn, toys.starts, strict=True)]

    drawn = ((number, toys.draw(number)) for number in reported(numbers, "toys"))
    found, failed = toy_values(drawn, every_q0)
    if not found or failed > MOST_FAILED * (failed + len(found)):
        problem = f"{failed} of {failed + len(found)} toys have no fit"
        raise WollemiError("discovery", problem, "look for degenerate parameters")
    return np.array(found), failed


def upcrossings(q0: Floats, level: float = LEVEL) -> np.ndarray:
    """Count how often q0 rises through a level between neighboring signals.

    Args:
        q0: Values of q0 along the axis, shape (..., signals).
        level: Level of q0.

    Returns:
        Number of upcrossings, shape (...,).
    """
    return np.asarray(((q0[..., :-1] <= level) & (q0[..., 1:] > level)).sum(axis=-1))


def counted_upcrossings(toys: Floats, observed: Floats | None) -> Upcrossings:
    """Count the upcrossings of toys and data.

    Args:
        toys: Values of q0 of the toys, shape (toys, signals).
        observed: Values of q0 of the data, shape (signals,); None if blinded.
    """
    counts = upcrossings(toys)
    # If none of the toys has an upcrossing, one of them might have had one.
    error = max(float(counts.std()), math.sqrt(1 / len(counts))) / math.sqrt(len(counts))
    return Upcrossings(
        level=LEVEL,
        observed=None if observed is None else int(upcrossings(observed)),
        mean=float(counts.mean()),
        mean_error=error,
    )


def gross_vitells(largest: float, crossings: float, error: float) -> GlobalPValue:
    """Compute the global p-value from the local one and the upcrossings (eq. 3 and 14).

    Args:
        largest: Largest q0 of the data.
        crossings: Mean number of upcrossings of the level without signal.
        error: Standard deviation of the mean number.
    """
    factor = math.exp(-(largest - LEVEL) / 2)
    return _global(tail(math.sqrt(largest)) + crossings * factor, error * factor)


def by_toys(largest: float, toys: Floats) -> GlobalPValue:
    """Compute the global p-value: fraction of toys whose largest q0 reaches the observed one.

    Args:
        largest: Largest q0 of the data.
        toys: Values of q0 of the toys, shape (toys, signals).
    """
    share = float(np.mean(toys.max(axis=1) >= largest - SAME))
    error = math.sqrt(max(share * (1 - share), 1 / len(toys)) / len(toys))
    return _global(share, error)


def _global(p_value: float, error: float) -> GlobalPValue:
    p_value = min(p_value, 1.0)
    # Without any such toy, the p-value is at most about one toy, which has a significance.
    bounded = min(max(p_value, error if p_value == 0 else p_value), 0.5)
    return GlobalPValue(
        p_value=p_value,
        p_value_error=error,
        significance=max(0.0, -NormalDist().inv_cdf(bounded)) if bounded > 0 else 0.0,
    )


def global_p_values(
    observed: Floats, toys: Floats, crossings: Upcrossings
) -> dict[str, GlobalPValue]:
    """Compute the global p-value of the largest excess by each method.

    Args:
        observed: Values of q0 of the data, shape (signals,).
        toys: Values of q0 of the toys, shape (toys, signals).
        crossings: Counted upcrossings.
    """
    largest, count = float(observed.max()), crossings.observed or 0
    return {
        "toys": by_toys(largest, toys),
        "gross_vitells": gross_vitells(largest, crossings.mean, crossings.mean_error),
        # The error of a count is at least one.
        "gross_vitells_observed": gross_vitells(largest, count, math.sqrt(max(count, 1))),
    }
