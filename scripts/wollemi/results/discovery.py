"""`discovery.json`: local p-values of all signals, and the global one of the largest excess."""

from collections.abc import Mapping

from pydantic import Field

from wollemi.results.product import FITS, P_VALUE, Part, Product, Tolerance

# Method for a global p-value, a key of `Discovery.global_p_values` → its name in texts.
WAYS = {
    "toys": "toys",
    "gross_vitells": "Gross–Vitells, upcrossings of toys",
    "gross_vitells_observed": "Gross–Vitells, upcrossings of the data",
}


class ScannedSignal(Part):
    """The excess at one signal."""

    point: float = Field(description="value on the axis of the limit plot")
    q0: float | None = Field(description="test statistic of the data; null: blinded")
    p_value: float | None = Field(description="local p-value, at most 0.5; null: blinded")
    significance: float | None = Field(description="the same in σ; null: blinded")
    expected: float = Field(description="median significance for a signal strength of 1, in σ")


class GlobalPValue(Part):
    """The probability of such an excess anywhere in the scan, without any signal."""

    p_value: float = Field(description="global p-value, at most 1")
    p_value_error: float = Field(description="its standard deviation, from the number of toys")
    significance: float = Field(description="the same in σ; 0 above a p-value of 0.5")


class Upcrossings(Part):
    """How often q0 rises through a low level along the scan."""

    level: float = Field(description="level of q0")
    observed: int | None = Field(description="upcrossings of the data; null: blinded")
    mean: float = Field(description="mean upcrossings of toys without signal")
    mean_error: float = Field(description="its standard deviation")


class Discovery(Product):
    """The scan of an analysis for an excess."""

    place = "discovery.json"
    about = "local p-values along the signals, and the global p-value"
    word = "discovery"
    tolerances = (P_VALUE, Tolerance("*", 1e-6, 1e-6, False, FITS))
    section = "discovery"
    names = (("signals", "signal"),)

    measurement: str = Field(description="name of the measurement, with its marks")
    signals: Mapping[str, ScannedSignal] = Field(description="signal → its excess")
    largest: str | None = Field(description="signal of the largest excess; null: blinded")
    global_p_values: Mapping[str, GlobalPValue] = Field(
        description="`toys`, `gross_vitells`, `gross_vitells_observed` → of the largest excess; "
        "empty: blinded"
    )
    upcrossings: Upcrossings = Field(description="upcrossings for Gross–Vitells")
    toys: tuple[float, ...] = Field(description="largest q0 of each toy")
    seed: int = Field(description="seed of the random numbers")
    failed: int = Field(description="toys without a fit")

    @property
    def ordered(self) -> dict[str, ScannedSignal]:
        """The signals along the axis; a JSON file sorts them by name."""
        return dict(sorted(self.signals.items(), key=lambda item: item[1].point))

    @property
    def trials(self) -> float | None:
        """Global over local p-value, from toys; None without toys."""
        found = self.global_p_values.get("toys")
        local = self.signals[self.largest].p_value if self.largest else None
        return found.p_value / local if found and local else None
