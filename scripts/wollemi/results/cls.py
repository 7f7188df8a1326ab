"""`likelihood/cls.json`: CLs of each signal at its nominal cross section."""

from collections.abc import Mapping

from pydantic import Field

from wollemi.results.product import OF_A_FIT, Five, Part, Product


class SignalCls(Part):
    """CLs of a signal; one of `observed` and `asimov` is given."""

    observed: float | None = Field(default=None, description="CLs of the data")
    asimov: float | None = Field(
        default=None,
        description="CLs of the workspace's data, with Asimov data in blinded bins",
    )
    expected: tuple[float, ...] = Five


class Cls(Product):
    """CLs of the signals of an analysis."""

    place = "likelihood/cls.json"
    about = "CLs of each signal at a signal strength of 1"
    word = "cls"
    tolerances = (OF_A_FIT,)
    section = "limits"
    names = (("signals", "signal"),)

    measurement: str = Field(description="name of the measurement, with its marks")
    signal_strength: float = Field(description="tested signal strength, 1")
    test_statistic: str = Field(description="`qtilde`")
    method: str = Field(description="`asymptotic`")
    signals: Mapping[str, SignalCls] = Field(description="signal → its CLs")
