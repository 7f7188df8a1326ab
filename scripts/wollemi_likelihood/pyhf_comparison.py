"""Compare our likelihood at a few parameter points with pyhf's, an independent implementation, or
with plain arithmetic if pyhf does not support the model.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyhf
from scipy.special import gammaln, xlogy

from wollemi_likelihood.base.errors import WollemiError
from wollemi_likelihood.interpolation import AS_COMBINE, workspace_interpolation
from wollemi_likelihood.likelihood import Likelihood
from wollemi_likelihood.plain_likelihood import plain_model
from wollemi_likelihood.pyhf_factors import MODIFIERS
from wollemi_likelihood.pyhf_workspace import has_expressions, without_expressions

RELATIVE = 1e-9  # rounding of a hundred sums and products in another order
POINTS = 5
SMALLEST_YIELD = 1e-6  # events; smaller yields are compared relative to this
_SEED = 1
_HALVINGS = 20
_REFUSED = (
    pyhf.exceptions.InvalidMeasurement,
    pyhf.exceptions.InvalidModel,
    pyhf.exceptions.InvalidModifier,
    pyhf.exceptions.InvalidNameReuse,
    pyhf.exceptions.InvalidSpecification,
    pyhf.exceptions.SchemaNotFound,
)
REMEDY = "do not use the results; report it with this workspace"


@dataclass(frozen=True)
class ComparedPoint:
    """-2 ln L at one parameter point.

    Args:
        ours: Value of our likelihood.
        pyhf: Value of `pyhf.Model`; for Combine's interpolation value of plain arithmetic, with our
            constant.
    """

    ours: float
    pyhf: float


def compare_with_pyhf(
    where: str, workspace: Mapping[str, Any], likelihood: Likelihood
) -> list[ComparedPoint]:
    """Compare parameter names, expected events per bin and -2 ln L at the initial values and at
    four random points.

    Args:
        where: Name of the workspace for messages.
        workspace: Workspace in pyhf's specification; its first measurement is used.
        likelihood: Our likelihood of the same workspace.

    Returns:
        Compared points.

    Raises:
        WollemiError: The workspace is rejected by pyhf, or a difference exceeds `RELATIVE`.
    """
    if workspace_interpolation(workspace) == AS_COMBINE:
        return _compared_plainly(where, workspace, likelihood)
    try:
        # The schema of pyhf does not contain factors that are expressions.
        pyhf.schema.validate(without_expressions(workspace), "workspace.json")
        plain = not has_expressions(workspace)
        specification = pyhf.Workspace(workspace, validate=plain)
        model = specification.model(
            modifier_set=MODIFIERS,
            modifier_settings=workspace_interpolation(workspace).settings,
            validate=plain,
        )
    except _REFUSED as error:
        raise WollemiError(where, f"pyhf does not take this workspace: {error}", REMEDY) from error
    names = [parameter.name for parameter in likelihood.parameters]
    if names != list(model.config.par_names):
        raise WollemiError(
            where, f"our parameters are {names}, pyhf's {model.config.par_names}", REMEDY
        )
    data = specification.data(model)
    return [
        _compared(where, number, values, likelihood, model, data)
        for number, values in enumerate(points(likelihood), 1)
    ]


def _compared_plainly(
    where: str, workspace: Mapping[str, Any], likelihood: Likelihood
) -> list[ComparedPoint]:
    """Compare the changes of -2 ln L from the initial values."""
    plain = plain_model(workspace)
    names = [parameter.name for parameter in likelihood.parameters]
    fixed = np.array([parameter.fixed for parameter in likelihood.parameters])
    found: list[ComparedPoint] = []
    offset = 0.0
    for number, point in enumerate(points(likelihood), 1):
        values = np.where(fixed, likelihood.inits, point)
        ours = -2 * likelihood.logpdf(values) - likelihood.penalty(values)
        theirs = plain.minus_two_log_likelihood(dict(zip(names, values.tolist(), strict=True)))
        offset = offset if found else ours - theirs
        slack = rounding(likelihood, values) + rounding(likelihood, likelihood.inits)
        if not abs(ours - theirs - offset) <= RELATIVE * max(1.0, abs(theirs)) + slack:
            problem = f"our -2 ln L at point {number} is {ours!r}, in plain arithmetic "
            raise WollemiError(where, f"{problem}{theirs + offset!r}", REMEDY)
        found.append(ComparedPoint(ours, theirs + offset))
    return found


def points(likelihood: Likelihood) -> Iterator[np.ndarray]:
    """Yield the initial values, and random values where the data are possible.

    Random values are within two standard deviations of the auxiliary measurements, or within half
    of a free factor's initial value: on both sides of changes in the form of the interpolation.
    """
    yield likelihood.inits
    random = np.random.default_rng(_SEED)
    nominal = np.array([parameter.nominal for parameter in likelihood.parameters])
    width = np.array(
        [2 * parameter.width or abs(parameter.init) / 2 for parameter in likelihood.parameters]
    )
    for _ in range(POINTS - 1):
        step = random.uniform(-1, 1, len(width)) * width
        # A linear variation can make a bin negative, where the likelihood is undefined.
        near = (
            np.clip(nominal + step / 2**halving, *likelihood.bounds) for halving in range(_HALVINGS)
        )
        yield next(
            (values for values in near if np.isfinite(likelihood.logpdf(values))), likelihood.inits
        )


def _compared(
    where: str,
    number: int,
    values: np.ndarray,
    likelihood: Likelihood,
    model: pyhf.Model,
    data: list[float],
) -> ComparedPoint:
    with np.errstate(all="ignore"):
        yields = np.asarray(model.expected_data(values, include_auxdata=False), dtype=float)
        found = ComparedPoint(
            -2 * likelihood.logpdf(values),
            # Penalties are unknown to pyhf.
            -2 * float(model.logpdf(values, data)[0]) + likelihood.penalty(values),
        )
    ours = likelihood.expected(values)
    # NaN counts as far.
    far = ~(np.abs(ours - yields) <= RELATIVE * np.maximum(np.abs(yields), SMALLEST_YIELD))
    if far.any():
        bins = ", ".join(
            f"{a:.12g} instead of {b:.12g}"
            for a, b in zip(ours[far][:3], yields[far][:3], strict=True)
        )
        raise WollemiError(
            where,
            f"our expected events differ from pyhf's at point {number}: {bins}",
            REMEDY,
        )
    slack = rounding(likelihood, values)
    if not abs(found.ours - found.pyhf) <= RELATIVE * max(1.0, abs(found.pyhf)) + slack:
        raise WollemiError(
            where,
            f"our -2 ln L at point {number} is {found.ours!r}, pyhf's is {found.pyhf!r}",
            REMEDY,
        )
    return found


def rounding(likelihood: Likelihood, values: np.ndarray) -> float:
    """Rounding error of pyhf's n ln λ - λ - ln n!, whose terms cancel: 10⁻⁶ of -2 ln L at 10⁸
    events per bin, 2·10⁻³ at 5·10¹¹ auxiliary events, as in a published model with a statistical
    uncertainty of 10⁻⁶.

    Args:
        likelihood: Likelihood of the model.
        values: Parameters, shape (parameters,).
    """
    poisson = likelihood.constraints.poisson_auxiliary
    auxiliary = likelihood.expected_auxiliary(values)[poisson]
    total = 0.0
    for observed, expected in (
        (likelihood.observations, likelihood.expected(values)),
        (likelihood.auxdata[poisson], auxiliary),
    ):
        parts = np.abs(xlogy(observed, expected)) + expected + gammaln(observed + 1)
        total += float(16 * np.finfo(float).eps * np.sum(parts, where=np.isfinite(parts)))
    return total
