"""`predictions.json`: the main fit's expectation in regions and variables that were not fitted."""

from collections.abc import Iterator, Mapping

from pydantic import Field

from wollemi.results.fit import RegionYields
from wollemi.results.product import FITS, TABLES, Part, Product, Tolerance


class Prediction(Part):
    """Events of a variable in a region, which the fit did not see in these bins, or in a sum of
    regions.
    """

    observed: tuple[float | None, ...] | None = Field(
        description="events of the data in each bin; null: a blinded bin, or no data at all"
    )
    prefit: RegionYields = Field(description="expected events before the fit")
    postfit: RegionYields = Field(
        description="expected events at the estimates, with the covariance of the fit"
    )
    left_out: tuple[str, ...] = Field(description="samples of the fit without this histogram")
    only_in: Mapping[str, tuple[str, ...]] = Field(
        default={},
        description=(
            "sample → those regions of the sum that have a histogram of it, where others have none"
        ),
    )
    not_fitted: tuple[str, ...] = Field(
        description=(
            "parameters that the fit does not have, factors of bins left out: at their value and "
            "uncertainty before the fit"
        )
    )

    def at(self, stage: str) -> RegionYields:
        """Expected events of one stage, `prefit` or `postfit`."""
        return self.prefit if stage == "prefit" else self.postfit

    @property
    def all_observed(self) -> float | None:
        """Events of the data in all bins; None if some are hidden, or without data."""
        known = [value for value in self.observed or () if value is not None]
        return sum(known) if self.observed and len(known) == len(self.observed) else None


class Predictions(Product):
    """The main fit in regions that were not fitted, in other variables of those that were, and in
    sums of regions.
    """

    place = "predictions.json"
    about = "the fit in regions and variables that were not fitted"
    reader = TABLES
    word = "predictions"
    tolerances = (Tolerance("*", 1e-6, 1e-6, True, f"{FITS}; in events"),)
    section = "model"
    names = (("regions", "region"),)

    measurement: str = Field(description="name of the measurement, with its marks")
    fit: str = Field(description="name of the fit")
    regions: Mapping[str, Mapping[str, Prediction]] = Field(
        description="region → variable → its events"
    )
    groups: Mapping[str, Mapping[str, Prediction]] = Field(
        default={}, description="group of regions → variable → events of their sum, fitted or not"
    )

    @property
    def places(self) -> Iterator[tuple[str, str, Prediction]]:
        """Each region and variable with its events."""
        return _places(self.regions)

    @property
    def sums(self) -> Iterator[tuple[str, str, Prediction]]:
        """Each group of regions and variable with its events."""
        return _places(self.groups)


def _places(
    found: Mapping[str, Mapping[str, Prediction]],
) -> Iterator[tuple[str, str, Prediction]]:
    for name, variables in found.items():
        for variable, prediction in variables.items():
            yield name, variable, prediction
