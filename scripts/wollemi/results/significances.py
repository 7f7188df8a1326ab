"""`significances.json`: the significance of each signal."""

from collections.abc import Mapping

from pydantic import Field

from wollemi.results.product import FITS, P_VALUE, Part, Product, Tolerance


class Significance(Part):
    """The discovery significance of a signal."""

    observed: float | None = Field(description="observed one, in σ; null: blinded")
    observed_p_value: float | None = Field(
        description="its p-value of the background-only hypothesis"
    )
    expected: float = Field(description="median for a signal strength of 1, or for `asimov`, in σ")
    expected_p_value: float = Field(description="its p-value")


class Significances(Product):
    """The significances of an analysis."""

    place = "significances.json"
    about = "observed and expected significances"
    word = "significances"
    tolerances = (P_VALUE, Tolerance("*", 1e-6, 1e-6, False, FITS))
    section = "model"
    names = (("significances", "signal"),)

    measurement: str = Field(description="name of the measurement, with its marks")
    significances: Mapping[str, Significance] = Field(description="signal → its significance")
    asimov: Mapping[str, float] | None = Field(
        default=None,
        description="parameter → value in the Asimov data, where the analysis gives values",
    )
