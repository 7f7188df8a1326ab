"""Certify imported models: compare -2 ln L with the arithmetic of their sources."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np

from wollemi_likelihood.base.errors import WollemiError
from wollemi_likelihood.likelihood import Likelihood
from wollemi_likelihood.pyhf_comparison import RELATIVE, REMEDY, points, rounding

# Value of each parameter, by its name in the workspace → -2 ln L up to a constant.
Evaluate = Callable[[Mapping[str, float]], float]


@dataclass(frozen=True)
class CertifiedPoint:
    """-2 ln L at a point of parameter space, relative to its value at the initial parameters.

    Attributes:
        minus_two_log_likelihood: Value of the imported model.
        source: Value of the arithmetic of the source.
    """

    minus_two_log_likelihood: float
    source: float


@dataclass(frozen=True)
class Certificate:
    """Comparison of a model with the arithmetic of its source.

    Attributes:
        arithmetic: Name of the arithmetic.
        relative_tolerance: Largest relative difference in addition to rounding.
        checks: Signal → points.
        largest: Largest difference.
        otherwise: Known difference of the imported model → largest change of -2 ln L.
    """

    arithmetic: str
    relative_tolerance: float
    checks: Mapping[str, tuple[CertifiedPoint, ...]]
    largest: float
    otherwise: Mapping[str, float]


@dataclass(frozen=True)
class Arithmetic:
    """-2 ln L as defined by the source of a model, independent of the fitted likelihood.

    Args:
        name: Format and rules, as in "HistFactory XML, as ROOT reads it".
        minus_two_log_likelihood: Function that computes -2 ln L up to a constant.
        otherwise: Description of a known difference of the imported model → the same function with
            this difference and all earlier ones.
    """

    name: str
    minus_two_log_likelihood: Evaluate
    otherwise: Mapping[str, Evaluate] = field(default_factory=dict)


def certificate(
    where: str, likelihoods: Mapping[str, Likelihood], sources: Mapping[str, Arithmetic]
) -> Certificate:
    """Compare each likelihood with the arithmetic of its source at a few points.

    Args:
        where: Name of the file for errors.
        likelihoods: Likelihood of each signal.
        sources: Arithmetic of each signal.

    Raises:
        WollemiError: A difference of -2 ln L exceeds rounding, and known differences do not explain
            it.
    """
    checks: dict[str, tuple[CertifiedPoint, ...]] = {}
    sizes: dict[str, float] = {}
    for signal, likelihood in likelihoods.items():
        source = sources[signal]
        places = [_movable(likelihood, values) for values in points(likelihood)]
        ours = _differences([-2 * likelihood.logpdf(values) for values in places])
        theirs = _of_source(likelihood, places, source.minus_two_log_likelihood)
        allowed = theirs
        for words, evaluate in source.otherwise.items():
            before, allowed = allowed, _of_source(likelihood, places, evaluate)
            sizes[words] = max(sizes.get(words, 0.0), float(np.max(np.abs(allowed - before))))
        _check(f"{where}, signal {signal}", likelihood, places, ours, allowed)
        checks[signal] = tuple(
            CertifiedPoint(minus_two_log_likelihood=float(a), source=float(b))
            for a, b in zip(ours, theirs, strict=True)
        )
    return Certificate(
        arithmetic=next(iter(sources.values())).name,
        relative_tolerance=RELATIVE,
        checks=checks,
        largest=max(
            abs(point.minus_two_log_likelihood - point.source)
            for found in checks.values()
            for point in found
        ),
        otherwise=sizes,
    )


def _movable(likelihood: Likelihood, values: np.ndarray) -> np.ndarray:
    """Copy of a point with fixed parameters at their initial values."""
    fixed = np.array([parameter.fixed for parameter in likelihood.parameters])
    return np.where(fixed, likelihood.inits, values)


def _differences(found: list[float]) -> np.ndarray:
    return np.array(found[1:]) - found[0]


def _of_source(likelihood: Likelihood, places: list[np.ndarray], evaluate: Evaluate) -> np.ndarray:
    names = [parameter.name for parameter in likelihood.parameters]
    return _differences(
        [evaluate(dict(zip(names, values.tolist(), strict=True))) for values in places]
    )


def _check(
    where: str,
    likelihood: Likelihood,
    places: list[np.ndarray],
    ours: np.ndarray,
    allowed: np.ndarray,
) -> None:
    for number, (mine, other) in enumerate(zip(ours, allowed, strict=True), 1):
        slack = rounding(likelihood, places[number]) + rounding(likelihood, places[0])
        if not abs(mine - other) <= RELATIVE * max(1.0, abs(other)) + slack:
            problem = f"-2 ln L changes by {mine:.10g} from the initial values to point {number}"
            problem += f", by {other:.10g} in the arithmetic of the source"
            raise WollemiError(where, problem, REMEDY)
