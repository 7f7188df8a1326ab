"""`ranking.json`: the effect of each parameter on the parameter of interest."""

from collections.abc import Mapping

from pydantic import Field

from wollemi.results.product import OF_A_FIT, Part, Product


class Impact(Part):
    """Changes of the parameter of interest when another parameter is held one error away from its
    estimate; null: no fit.
    """

    name: str = Field(description="the other parameter")
    up: float | None = Field(description="impact of the error upward after the fit")
    down: float | None = Field(description="impact of the error downward after the fit")
    prefit_up: float | None = Field(
        description="impact of the error upward before the fit; null as well: a free parameter"
    )
    prefit_down: float | None = Field(
        description="impact of the error downward before the fit; null as well: a free parameter"
    )

    @property
    def largest(self) -> float:
        """The larger of the two impacts after the fit."""
        return max(abs(self.up or 0.0), abs(self.down or 0.0))


class SignalRanking(Part):
    """The ranking of one signal."""

    poi: str = Field(description="the parameter of interest")
    parameters: tuple[Impact, ...] = Field(description="the largest impact after the fit first")
    asimov_strength: float | None = Field(
        default=None,
        description=(
            "value of the parameter of interest in the Asimov data, where the data have "
            "it at a bound"
        ),
    )


class Ranking(Product):
    """The impacts of the parameters on each signal."""

    place = "ranking.json"
    about = "impacts of the parameters"
    word = "ranking"
    tolerances = (OF_A_FIT,)
    section = "model"
    names = (("rankings", "signal"),)

    measurement: str = Field(description="name of the measurement, with its marks")
    rankings: Mapping[str, SignalRanking] = Field(description="signal → its ranking")
