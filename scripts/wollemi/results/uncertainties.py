"""`uncertainties.json`: the uncertainty of the parameter of interest by groups of sources."""

from collections.abc import Mapping

from pydantic import Field

from wollemi.results.fit import Regime
from wollemi.results.product import FITS, Part, Product, Tolerance

# Field of a signal → its name in texts; groups have the names of the analysis file.
DATA, SYSTEMATICS = "data statistics", "all systematics"
MC_STATISTICS, NORMALIZATIONS = "MC statistics", "free normalizations"
SHARED = "shared parameters"


class Contribution(Part):
    """What a group of sources contributes to the uncertainty of the parameter of interest."""

    parameters: tuple[str, ...] = Field(
        description="its parameters; parameters of bins by their set"
    )
    shifted: float | None = Field(
        description=(
            "standard deviation of the estimate when the auxiliary data of the group fluctuate "
            "(for `data`: the events); in quadrature they add up to the error; null: free "
            "parameters, which follow the events, and of `data` that the auxiliary data alone move "
            "the estimate by more than its error"
        )
    )
    frozen: float | None = Field(
        description=(
            "root of the difference of the squared errors of two fits, without and with "
            "the group's parameters fixed; for `data`, the error with all constrained "
            "parameters fixed"
        )
    )
    frozen_down: float | None = Field(
        description="the same of the errors downward (MINOS); null: a bound comes first, or no fit"
    )
    frozen_up: float | None = Field(
        description="the same of the errors upward; null: a bound comes first, or no fit"
    )

    @property
    def largest(self) -> float:
        """Its largest number, by which rows are ordered."""
        sizes = (self.shifted, self.frozen, self.frozen_down, self.frozen_up)
        return max(size or 0.0 for size in sizes)


class SignalUncertainties(Part):
    """The uncertainty of the parameter of interest with one signal."""

    poi: str = Field(description="the parameter of interest")
    estimate: float = Field(description="its estimate")
    error: float = Field(description="its standard deviation, from the second derivatives")
    error_down: float | None = Field(
        description="error downward of MINOS; null: a bound comes first, or no fit"
    )
    error_up: float | None = Field(
        description="error upward of MINOS; null: a bound comes first, or no fit"
    )
    asimov_strength: float | None = Field(
        description=(
            "value of the parameter of interest in the Asimov data that are fitted if data are "
            "blinded or have it at a bound; null: fit to the data"
        )
    )
    data: Contribution = Field(description="statistics of the data")
    systematics: Contribution = Field(description="all constrained parameters together")
    mc_statistics: Contribution | None = Field(
        description="limited statistics of the templates: constrained factors of bins; null: none"
    )
    normalizations: Contribution | None = Field(
        description="parameters without constraint, except the one of interest; null: none"
    )
    groups: Mapping[str, Contribution] = Field(
        description="declared group, or systematic in none → what it contributes"
    )
    analyses: Mapping[str, Contribution] = Field(
        default={},
        description=(
            "analysis → all of its parameters that are not shared, together; for a combination"
        ),
    )
    shared: Contribution | None = Field(
        default=None,
        description="all parameters together that several analyses share; for a combination",
    )
    without_error: Mapping[str, Regime] = Field(
        default={},
        description="parameter → regime as in fit.json, inside the bounds, where the second "
        "derivatives give no error: they are wrong for it in `error`, `shifted` and `frozen`; the "
        "numbers from MINOS are right",
    )

    @property
    def by_analysis(self) -> dict[str, Contribution]:
        """Name in texts → contribution of the parameters of one analysis of a combination, or of
        shared ones.
        """
        own = {f"parameters of {name} alone": found for name, found in self.analyses.items()}
        return own | ({} if self.shared is None else {SHARED: self.shared})

    @property
    def rows(self) -> dict[str, Contribution]:
        """Name in texts → contribution: data, all systematics, parameters by analysis, then
        the parts of the systematics, the largest first.
        """
        parts = dict(self.groups)
        for name, found in (
            (MC_STATISTICS, self.mc_statistics),
            (NORMALIZATIONS, self.normalizations),
        ):
            parts |= {} if found is None else {name: found}
        ordered = sorted(parts, key=lambda name: (-parts[name].largest, name))
        return {
            DATA: self.data,
            SYSTEMATICS: self.systematics,
            **self.by_analysis,
            **{name: parts[name] for name in ordered},
        }


class Uncertainties(Product):
    """The uncertainty of the parameter of interest of each signal."""

    place = "uncertainties.json"
    about = "uncertainty of the parameter of interest by groups of sources"
    word = "uncertainties"
    # A root of a difference: 1e-6 of the squared error is 1e-3 of the error.
    tolerances = (
        Tolerance("*.frozen*", 1e-4, 1e-3, False, f"{FITS}; roots of differences"),
        Tolerance("*", 1e-6, 1e-6, False, FITS),
    )
    section = "uncertainties"
    names = (("uncertainties", "signal"),)

    measurement: str = Field(description="name of the measurement, with its marks")
    uncertainties: Mapping[str, SignalUncertainties] = Field(description="signal → its uncertainty")
