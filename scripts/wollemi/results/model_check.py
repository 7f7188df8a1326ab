"""`model_check.json`: the likelihood of each model, compared with pyhf's."""

from collections.abc import Mapping

from pydantic import Field

from wollemi.results.product import OF_A_FIT, Part, Product


class Point(Part):
    """Both likelihoods at one point in parameter space."""

    minus_two_log_likelihood: float = Field(description="ours")
    pyhf: float | None = Field(default=None, description="-2 ln L of pyhf")
    plain_arithmetic: float | None = Field(
        default=None,
        description="-2 ln L by plain arithmetic, of a model with Combine's interpolation",
    )


class ModelCheck(Product):
    """The comparison of the models of an analysis with pyhf."""

    place = "model_check.json"
    about = "-2 ln L of each model at some points, ours and pyhf's"
    word = "model_check"
    tolerances = (OF_A_FIT,)

    measurement: str = Field(description="name of the measurement, with its marks")
    pyhf: str = Field(description="version of pyhf")
    relative_tolerance: float = Field(description="largest relative difference that is allowed")
    checks: Mapping[str, tuple[Point, ...]] = Field(description="signal → the points")
