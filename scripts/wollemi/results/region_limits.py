"""`region_limits.json`: model-independent limits, on events of any signal in each signal region."""

from collections.abc import Mapping

from pydantic import Field

from wollemi.results.limits import Toys
from wollemi.results.product import FITS, P_VALUE, Five, Part, Product, Tolerance


class RegionToys(Toys):
    """What limit, CLb and p0 from toys rest on."""

    clb_error: float | None = Field(description="standard deviation of CLb; null: blinded")
    p0_error: float | None = Field(
        description=(
            "standard deviation of p0; null: blinded, or too few toys have such an "
            "excess, so that p0 is the asymptotic one"
        )
    )


class RegionLimit(Part):
    """What one signal region says of any signal."""

    observed_events: float | None = Field(description="events of the data; null: blinded")
    background: float = Field(
        description="expected events without signal, from the fit to the control regions alone"
    )
    background_error: float = Field(description="standard deviation of this")
    background_at_bounds: tuple[str, ...] = Field(
        default=(),
        description=(
            "parameters that end at a bound in this fit: the standard deviation of the background "
            "does not include them"
        ),
    )
    observed: float | None = Field(
        description="observed upper limit on the number of signal events (S95); null: blinded"
    )
    expected: tuple[float, ...] = Five
    observed_fb: float | None = Field(
        description=(
            "observed upper limit on the visible cross section, that is cross section times "
            "acceptance times efficiency, in fb; null: blinded, or no luminosity is given"
        )
    )
    expected_fb: tuple[float, ...] | None = Field(
        description="the expected ones; null: no luminosity is given"
    )
    clb: float | None = Field(description="CLb at the observed limit; null: blinded")
    p0: float | None = Field(
        description="p-value of the background alone, at most 0.5; null: blinded"
    )
    significance: float | None = Field(description="the same in σ; null: blinded")
    below_floor: tuple[str, ...] = Field(
        default=(), description="limits among the six that are below any CLs limit"
    )
    toys: RegionToys | None = Field(
        default=None, description="toys behind limits, CLb and p0; null: asymptotic"
    )


class RegionLimits(Product):
    """Model-independent limits of an analysis."""

    place = "region_limits.json"
    about = "model-independent limits of each signal region"
    word = "region_limits"
    tolerances = (
        P_VALUE._replace(path="*.p0"),
        Tolerance("*", 1e-6, 1e-6, False, FITS),
    )
    section = "region_limits"
    names = (("regions", "region"),)

    measurement: str = Field(description="name of the measurement, with its marks")
    level: float = Field(description="confidence level")
    luminosity_ifb: float | None = Field(
        description="luminosity for visible cross sections in fb⁻¹; null: none given"
    )
    control_regions: tuple[str, ...] = Field(description="regions that determine the backgrounds")
    regions: Mapping[str, RegionLimit] = Field(description="signal region → its limits")
    left_out: Mapping[str, str] = Field(default={}, description="region → why it has no limits")
