"""Fits and CLs of pyhf, numpy backend, with tolerances that hide no difference."""

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np
import pyhf

from support.products.statistical_models import pyhf_model

# In the order in which they are tried: MINUIT is faster, SLSQP finds minima at bounds.
OPTIMIZERS = (
    pyhf.optimize.minuit_optimizer(tolerance=1e-6, strategy=0),
    pyhf.optimize.scipy_optimizer(tolerance=1e-13, maxiter=1000),
)


def _answers(
    content: dict[str, Any], ask: Callable[[pyhf.Model, list[float]], Any]
) -> Iterator[Any]:
    """Of those of pyhf's optimizers that give one."""
    model, data = pyhf_model(content)
    for optimizer in OPTIMIZERS:
        pyhf.set_backend("numpy", optimizer)
        try:
            found = ask(model, data)
        # minuit_optimizer asks for correlations even where MINUIT has no covariance
        except (pyhf.exceptions.FailedMinimization, AttributeError):
            continue
        finally:
            pyhf.set_backend("numpy")
        yield found


def pyhf_fits(content: dict[str, Any]) -> Iterator[tuple[np.ndarray, float]]:
    """Estimates and -2 ln L, from pyhf's own start, by each optimizer that ends."""

    def ask(model: pyhf.Model, data: list[float]) -> tuple[np.ndarray, float]:
        values, lowest = pyhf.infer.mle.fit(data, model, return_fitted_val=True)
        return np.asarray(values, dtype=float), float(lowest)

    return _answers(content, ask)


class PyhfCLs(NamedTuple):
    """CLs, q̃: observed and expected at -2 ... +2σ, shape (6,); and the fits it rests on."""

    cls: np.ndarray
    fits: Any


def pyhf_cls(content: dict[str, Any], strength: float, start: np.ndarray) -> Iterator[PyhfCLs]:
    """CLs by each optimizer that ends.

    Args:
        content: workspace.
        strength: to test.
        start: of all fits, shape (parameters,).
    """

    def ask(model: pyhf.Model, data: list[float]) -> PyhfCLs:
        observed, expected, calculator = pyhf.infer.hypotest(
            strength,
            data,
            model,
            init_pars=start.tolist(),
            return_expected_set=True,
            return_calculator=True,
        )
        return PyhfCLs(np.array([observed, *expected], dtype=float), calculator.fitted_pars)

    return _answers(content, ask)
