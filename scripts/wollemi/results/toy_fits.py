"""`toy_fits.json`: fits to toys of the model: bias, pulls and coverage."""

from collections.abc import Mapping

from pydantic import Field

from wollemi.results.product import FITS, Part, Product, Tolerance


class ThrownFits(Part):
    """Fits of the toys of one true value."""

    injected: float = Field(description="true value of the parameter of interest")
    estimates: tuple[float, ...] = Field(description="estimate of each toy that has a fit")
    errors: tuple[float | None, ...] = Field(
        description="theirs; null: the estimate is at a bound, or one of `without_error`"
    )
    rises: tuple[float, ...] = Field(
        description="-2 ln L at the true value above its minimum, of each of them"
    )
    failed: int = Field(description="toys without a fit")
    without_error: int = Field(
        default=0,
        description="toys inside the bounds without a pull, because the second derivatives give no "
        "error: at a wall, flat, or quartic",
    )


class Measured(Part):
    """A number with its standard deviation."""

    value: float = Field(description="the number")
    error: float = Field(description="its standard deviation, from the number of toys")


class ToySummary(Part):
    """What the fits of the toys of one true value say."""

    injected: float = Field(description="true value of the parameter of interest")
    mean: Measured = Field(description="mean estimate")
    bias: Measured = Field(description="mean estimate minus the true value")
    pull_mean: Measured | None = Field(
        description="mean of (estimate - true value) / error; null: fewer than two toys have one"
    )
    pull_width: Measured | None = Field(
        description="standard deviation of the pull; null: fewer than two toys have an error"
    )
    coverage: Mapping[str, Measured] = Field(
        description="confidence level in %, `68` (68.27) or `95` → share of toys whose interval "
        "(where -2 ln L has risen by 1, or 3.84) has the true value"
    )
    at_bound: int = Field(description="toys whose estimate is at a bound; without a pull")
    toys: int = Field(description="toys with a fit")
    failed: int = Field(description="toys without a fit")
    without_error: int = Field(
        default=0,
        description="toys inside the bounds without a pull, because the second derivatives give no "
        "error: at a wall, flat, or quartic",
    )


class Line(Part):
    """The straight line of mean estimates against true values."""

    slope: Measured = Field(description="1 without bias")
    intercept: Measured = Field(description="bias at a true value of 0")


class BriefToyStudy(Part):
    """What the fits of the toys of one parameter of interest say."""

    poi: str = Field(description="the parameter of interest")
    summaries: tuple[ToySummary, ...] = Field(description="summary of each true value")
    line: Line | None = Field(description="through the mean estimates; null: one true value")


class ToyStudy(BriefToyStudy):
    """The fits of the toys of one parameter of interest."""

    fits: tuple[ThrownFits, ...] = Field(description="fits of each true value")

    @property
    def brief(self) -> BriefToyStudy:
        """The study without its toys."""
        return BriefToyStudy(poi=self.poi, summaries=self.summaries, line=self.line)


class ToyBatch(Product):
    """The fits of one batch of toys."""

    place = "toy_fits/*.json"
    about = "fits of a batch of toys"
    word = "toy_batch"
    tolerances = (Tolerance("*", 1e-6, 1e-6, False, FITS),)
    section = None

    measurement: str = Field(description="name of the measurement, with its marks")
    pois: Mapping[str, str] = Field(description="signal → parameter of interest")
    fits: Mapping[str, tuple[ThrownFits, ...]] = Field(
        description="signal, or parameter of interest → fits of each true value"
    )


class ToyFits(Product):
    """The fits of toys of an analysis."""

    place = "toy_fits.json"
    about = "fits of toys: bias, pulls, coverage and linearity"
    word = "toy_fits"
    tolerances = (Tolerance("*", 1e-6, 1e-6, False, FITS),)
    section = "toy_fits"
    names = (("studies", "signal"),)

    measurement: str = Field(description="name of the measurement, with its marks")
    seed: int = Field(description="seed of the random numbers")
    studies: Mapping[str, ToyStudy] = Field(
        description="signal, or parameter of interest → fits of its toys"
    )

    @property
    def brief(self) -> dict[str, BriefToyStudy]:
        """The studies without their toys."""
        return {name: study.brief for name, study in self.studies.items()}
