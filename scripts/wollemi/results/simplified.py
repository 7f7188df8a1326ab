"""`simplified/simplified_likelihood.json` and `simplified/closure.json`: a simplified likelihood,
and its agreement with the full one.
"""

from collections.abc import Mapping

from pydantic import Field

from wollemi.results.product import OF_A_FIT, Part, Product

FORMAT = (
    "simplified likelihood of CMS-NOTE-2017-001, in the words of spey's "
    "default.correlated_background"
)


class DescribedBin(Part):
    """A bin of a signal region."""

    name: str = Field(description="region and place, such as `signal_ee_12`")
    region: str = Field(description="the signal region")
    variable: str = Field(description="binned variable")
    low: float = Field(description="lower edge in `unit`")
    high: float = Field(description="upper edge in `unit`")
    unit: str = Field(description="unit of the edges; empty: none")
    blinded: bool = Field(description="whether its data are hidden")


class SpeyModel(Part):
    """Arguments of spey; every list is in the order of `bins`."""

    data: tuple[int | None, ...] = Field(description="observed events; null: blinded")
    background_yields: tuple[float, ...] = Field(description="expected events without signal")
    covariance_matrix: tuple[tuple[float, ...], ...] = Field(
        description="covariance of the expected events, in events²"
    )


class SpeySignal(Part):
    """A signal, as an argument of spey."""

    signal_yields: tuple[float, ...] = Field(
        description="events at a signal strength of 1, before the fit; order of `bins`"
    )


class ClosureSummary(Part):
    """Agreement of the limits with the full likelihood."""

    tolerance: float = Field(description="largest relative difference that is called a closure")
    closes: bool = Field(
        description="whether the observed and the median expected limits of all signals are within it"  # noqa: E501
    )
    largest_difference: float = Field(description="relative, of all signals")
    signals_outside: tuple[str, ...] = Field(description="signals that differ by more")


class SimplifiedFile(Product):
    """The simplified likelihood of an analysis."""

    place = "simplified/simplified_likelihood.json"
    about = "simplified likelihood"
    reader = "spey; see README.md beside it"
    word = "simplified_likelihood"
    tolerances = (OF_A_FIT,)

    name: str = Field(description="name of the analysis")
    title: str = Field(description="one line for people")
    measurement: str = Field(description="name of the measurement, with its marks")
    marks: tuple[str, ...] = Field(description="such as `pseudo-data`, `PREVIEW`, `BLINDED`")
    level: float = Field(description="confidence level of the limits that the closure compares")
    format: str = Field(default=FORMAT, description="the model")
    closure: ClosureSummary = Field(
        description="agreement of its limits with the full likelihood; more in closure.json"
    )
    bins: tuple[DescribedBin, ...] = Field(description="bins of the signal regions")
    model: SpeyModel = Field(description="counts, background and covariance")
    signals: Mapping[str, SpeySignal] = Field(description="signal → its events")


class FullLimits(Part):
    """Upper limits on the signal strength."""

    observed: float | None = Field(description="null: blinded")
    expected: tuple[float, ...] = Field(
        min_length=5, max_length=5, description="without signal, at -2, -1, 0, +1, +2σ"
    )


class SimplifiedLimits(FullLimits):
    """Upper limits with the simplified likelihood."""

    expected_before_fit: float = Field(
        description="median for counts equal to the expected background (`apriori` in spey)"
    )


class Ratio(Part):
    """Ratio of the limits, simplified over full likelihood."""

    observed: float | None = Field(description="null: blinded")
    expected: float = Field(description="ratio of the medians")


class SignalClosure(Part):
    """The closure of one signal."""

    point: float | None = Field(description="value on the axis of the limit plot; null: none")
    full: FullLimits = Field(description="limits of the full likelihood")
    simplified: SimplifiedLimits = Field(description="limits of the simplified likelihood")
    ratio: Ratio = Field(description="the second over the first")


class ClosureFile(Product):
    """Limits with the simplified likelihood and with the full one."""

    place = "simplified/closure.json"
    about = "limits of the simplified likelihood and of the full one"
    word = "simplified_closure"
    tolerances = (OF_A_FIT,)

    measurement: str = Field(description="name of the measurement, with its marks")
    level: float = Field(description="confidence level")
    test_statistic: str = Field(description="test statistic of all limits")
    method: str = Field(description="method of all limits")
    summary: ClosureSummary = Field(description="agreement of all signals")
    signals: Mapping[str, SignalClosure] = Field(description="signal → its limits")
