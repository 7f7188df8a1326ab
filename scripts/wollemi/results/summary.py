"""`summary.json`: the numbers of the summary page."""

from collections.abc import Mapping

from pydantic import Field

from wollemi.results.confidence_intervals import BriefIntervals
from wollemi.results.cutflow import Blinded, FailedFile, Split, StitchedSlice
from wollemi.results.discovery import Discovery
from wollemi.results.extrapolation import BriefExtrapolation
from wollemi.results.fit import FitStatus, FittedParameter, GoodnessOfFit, OtherMinimum
from wollemi.results.imported import Imported
from wollemi.results.limits import BriefLimit, Exclusion, Interpolation
from wollemi.results.lint import TemplateLint
from wollemi.results.product import P_VALUE, Part, Product, Tolerance
from wollemi.results.region_limits import RegionLimits
from wollemi.results.scans import BriefProfile
from wollemi.results.significances import Significance
from wollemi.results.toy_fits import BriefToyStudy
from wollemi.results.toy_goodness import Chi2Test, ToyTest
from wollemi.results.uncertainties import SignalUncertainties


class Absence(Part):
    """Why no model could be built."""

    where: str = Field(description="place of the problem")
    problem: str = Field(description="description of the problem")
    remedy: str = Field(description="advice")


class Strength(Part):
    """The fitted strength of a signal, with errors as in fit.json."""

    name: str = Field(description="name of the parameter")
    value: float | None = Field(description="its estimate; null: blinded")
    error: float | None = Field(description="standard deviation; null: not known")
    error_down: float | None = Field(description="error downward of MINOS")
    error_up: float | None = Field(description="error upward of MINOS")
    at_bound: str | None = Field(default=None, description="the bound where the estimate is")
    regime: str | None = Field(
        default=None, description="why MINOS replaces the error, inside the bounds"
    )


class SignalResult(Part):
    """The results for a signal; null: not requested."""

    strength: Strength | None = Field(description="its fitted strength")
    limit: BriefLimit | None = Field(description="its upper limit")
    significance: Significance | None = Field(description="its significance")


class MainFit(Part):
    """The fit that is shown: the fit of the only signal, or the background-only fit of several
    signals.
    """

    name: str = Field(description="name of the fit in fit.json")
    measurement: str = Field(description="name of the measurement, with its marks")
    status: FitStatus = Field(description="outcome of the fit")
    minus_two_log_likelihood: float = Field(description="-2 ln L at the estimates")
    parameters: tuple[FittedParameter, ...] = Field(description="without those that act on one bin")
    factors_of_bins: int = Field(description="number of factors on one bin")
    deviance: float | None = Field(default=None, description="-2 ln(L / L of the saturated model)")
    goodness_of_fit: GoodnessOfFit | None = Field(
        default=None, description="none where bins are blinded"
    )
    other_minima: tuple[OtherMinimum, ...] = Field(default=(), description="further minima")


class Comparison(Part):
    """The comparison of the likelihood with pyhf, or with plain arithmetic."""

    pyhf: str = Field(description="version of pyhf")
    plain_arithmetic: bool = Field(
        default=False, description="whether plain arithmetic took the place of pyhf"
    )
    points: int = Field(description="points of each model")
    tolerance: float = Field(description="largest relative difference that is allowed")


class Yield(Part):
    """Expected events with their uncertainty."""

    sum: float = Field(description="events")
    error: float = Field(description="their uncertainty")


class SampleYields(Part):
    """The yields of one sample, if it has any."""

    sample: str = Field(description="its name")
    prefit: Yield | None = Field(default=None, description="before the fit")
    postfit: Yield | None = Field(default=None, description="after it")


class TotalYields(Part):
    """The yields of all samples."""

    prefit: Yield = Field(description="before the fit")
    postfit: Yield = Field(description="after it")


class YieldCovariances(Part):
    """The covariances of the samples' yields in a region, in the order of the rows."""

    prefit: tuple[tuple[float, ...], ...] = Field(description="before the fit")
    postfit: tuple[tuple[float, ...], ...] = Field(description="after it")


class RegionTable(Part):
    """The yields of a region."""

    rows: tuple[SampleYields, ...] = Field(description="a row a sample")
    total: TotalYields = Field(description="yields of all samples")
    covariances: YieldCovariances | None = Field(
        default=None,
        description="covariances of the rows, for the uncertainty of a sum of samples",
    )
    observed: float | None = Field(description="events of the data; null: blinded")
    fitted: bool = Field(
        default=True, description="false: the fit did not use the region, and predicts it"
    )


class WeightedLine(Part):
    """A line of a cutflow, normalized; null: blinded."""

    cut: str = Field(description="the cut, or the region")
    events: int | None = Field(description="events that pass; null as well: histograms count none")
    sum: float | None = Field(description="expected events")
    error: float | None = Field(description="statistical error of these")


class GroupTables(Part):
    """The sum of a group of regions."""

    regions: tuple[str, ...] = Field(description="its regions")
    selected: Mapping[str, WeightedLine] = Field(
        description="sample → events that pass all cuts of one of them"
    )
    yields: RegionTable | None = Field(
        default=None,
        description=(
            "events before and after the fit; not given: no model, or its regions have different "
            "variables"
        ),
    )
    in_several: int | None = Field(
        default=None,
        description="events that are in several of its regions, and count in each of them",
    )


class EfficiencyLine(WeightedLine):
    """A cutflow line with its efficiencies; null: blinded, or no events before."""

    relative: float | None = Field(description="fraction of the line before")
    cumulative: float | None = Field(description="fraction of the first line")


class CutTable(Part):
    """The cutflow of the samples with the same cuts."""

    cuts: tuple[str, ...] = Field(description="the cuts")
    samples: Mapping[str, tuple[EfficiencyLine, ...]] = Field(description="sample → a line a cut")


class DatasetCounts(Part):
    """The cutflow of a dataset."""

    normalization: float = Field(description="factor on the weights")
    sum_of_weights: float | None = Field(description="Σw that it is normalized with")
    skim: tuple[WeightedLine, ...] = Field(description="lines before the regions")
    regions: Mapping[str, tuple[WeightedLine, ...]] = Field(description="region → its lines")


class AccountRow(Part):
    """The account of the events of a dataset."""

    entries: int = Field(description="events of its files")
    counts: tuple[int | None, ...] = Field(description="events of each category; null: not counted")
    selected: Mapping[str, int] = Field(
        description="regions, with ` + ` between them → events in exactly these"
    )


class AccountTable(Part):
    """The account of the events of all datasets."""

    categories: tuple[str, ...] = Field(description="categories of `counts`")
    datasets: Mapping[str, AccountRow] = Field(description="dataset → its account")
    without_events: tuple[str, ...] = Field(description="datasets that enter as histograms")


class CertifiedRow(Part):
    """The certified blocks of an era."""

    era: str = Field(description="its name; empty: no eras")
    datasets: tuple[str, ...] = Field(description="its datasets")
    blocks: int = Field(description="certified blocks")
    without_events: int | None = Field(description="blocks in which no dataset has events")
    luminosity_ifb: float | None = Field(
        default=None, description="their luminosity in fb⁻¹, where it is measured"
    )
    declared_ifb: float | None = Field(
        default=None, description="luminosity in the analysis file, in fb⁻¹"
    )
    blocks_without_luminosity: int | None = Field(
        default=None, description="blocks that are missing in the table"
    )


class InputFile(Part):
    """A file that events come from."""

    name: str = Field(description="its name")
    url: str | None = Field(default=None, description="URL from which it was fetched")
    size: int | None = Field(default=None, description="bytes")
    sha256: str | None = Field(default=None, description="SHA-256 of its content")


class InputRow(Part):
    """Where the events of a dataset come from."""

    dataset: str = Field(description="its name")
    origin: str = Field(description="`files`, `generated`, `drawn`, `estimated`")
    record: str | None = Field(description="record of open data")
    files: tuple[InputFile, ...] = Field(description="its files")
    parts: int | None = Field(default=None, description="files that were generated")
    events: int | None = Field(default=None, description="events that were generated")
    drawn_from: tuple[str, ...] = Field(
        default=(), description="datasets that pseudo-data were drawn from"
    )
    regions: tuple[str, ...] = Field(default=(), description="regions that an estimate is made of")


class LostFiles(Part):
    """Files of a dataset that could not be used."""

    dataset: str = Field(description="its name")
    files: int = Field(description="all its files")
    share: float = Field(description="lost ones of all, in %")
    failed: tuple[FailedFile, ...] = Field(description="the lost ones")


class SplitRow(Split):
    """How the events of files that several datasets share are divided, in words as well."""

    remarks: tuple[str, ...] = Field(description="events in several datasets, or in none")


class StitchedRow(StitchedSlice):
    """A slice of an inclusive dataset, in words as well."""

    remarks: tuple[str, ...] = Field(description="a cross section that does not fit")


class ScanRow(Part):
    """A profile likelihood scan of one signal in brief."""

    signal: str = Field(description="its name")
    scan: str = Field(description="name of the scan")
    parameters: tuple[str, ...] = Field(description="one, or two")
    observed: BriefProfile | None = Field(
        description="profile of the data; null: blinded, or left out"
    )
    expected: BriefProfile | None = Field(description="profile of Asimov data; null: left out")
    failed: int = Field(description="points without a fit")
    left_out: str | None = Field(default=None, description="why the model has no such scan")


class ToyGoodness(Part):
    """The goodness of the main fit by toys, in brief."""

    fit: str = Field(description="name of the fit in fit.json")
    tests: Mapping[str, ToyTest] | None = Field(
        description="test statistic → its outcome; null: no_observed says why"
    )
    no_observed: str | None = Field(description="why observed ones are missing")
    asymptotic: Chi2Test | None = Field(description="test of the saturated model, from χ²")
    thrown: int = Field(description="toys that have a fit")
    failed: int = Field(description="toys without a fit")


class PlotRow(Part):
    """A plot of the page."""

    name: str = Field(description="its name")
    base: str = Field(description="path of its files without suffix, relative to the page")
    caption: str = Field(description="one line")
    alt: str = Field(description="content of the plot, in words")


class Summary(Product):
    """The numbers of the summary page."""

    place = "summary.json"
    about = "numbers of the summary page"
    word = "summary"
    tolerances = (
        P_VALUE,
        Tolerance("*", 1e-5, 0, True, "rounded to six digits: one unit of the last one"),
    )
    section = ""
    names = (
        ("results", "signal"),
        ("yields", "region"),
        ("selected", "region"),
        ("cutflow", "region"),
    )

    analysis: str = Field(description="name of the analysis")
    title: str = Field(description="one line for people")
    description: str = Field(description="description of the analysis")
    beam: str = Field(description="luminosity and energy of the collisions")
    marks: tuple[str, ...] = Field(description="such as `pseudo-data`, `PREVIEW`, `BLINDED`")
    blinding: Blinded | None = Field(description="hidden regions and ranges; null: nothing")
    results: Mapping[str, SignalResult] = Field(description="signal → its results")
    level: float | None = Field(description="confidence level of the limits")
    exclusion: Exclusion | None = Field(description="excluded range")
    left_out: Mapping[str, str] = Field(default={}, description="signal → why it has no limit")
    result_lines: Mapping[str, tuple[str, ...]] = Field(
        default={}, description="signal → lines of results without a table"
    )
    extrapolation: BriefExtrapolation | None = Field(
        default=None, description="results at other luminosities; shown signals"
    )
    scans: tuple[ScanRow, ...] = Field(
        default=(), description="profile likelihood scans, a signal after another"
    )
    toy_goodness: ToyGoodness | None = Field(
        default=None, description="goodness of the main fit by toys"
    )
    uncertainties: Mapping[str, SignalUncertainties] = Field(
        default={},
        description="signal → uncertainty of the parameter of interest by sources; shown signals",
    )
    asimov: Mapping[str, float] | None = Field(
        default=None,
        description="parameter → value in the Asimov data of expected results, if given",
    )
    interpolation: Interpolation | None = Field(
        default=None, description="limits between the generated signals, if they are asked for"
    )
    region_limits: RegionLimits | None = Field(
        default=None, description="model-independent limits of each signal region"
    )
    discovery: Discovery | None = Field(
        default=None, description="scan of the signals for an excess"
    )
    intervals: BriefIntervals | None = Field(
        default=None, description="confidence intervals of Feldman and Cousins"
    )
    toy_fits: Mapping[str, BriefToyStudy] = Field(
        default={}, description="signal, or parameter of interest → fits of its toys"
    )
    imported: Imported | None = Field(
        default=None, description="the published model; not given: none"
    )
    lint: TemplateLint | None = Field(
        default=None, description="flaws of the templates; not given: no model"
    )
    fit: MainFit | None = Field(description="the main fit")
    model_check: Comparison | None = Field(description="the comparison with pyhf")
    yields: Mapping[str, RegionTable] = Field(
        description="region → events before and after the fit"
    )
    selected: Mapping[str, Mapping[str, WeightedLine]] = Field(
        description="region → sample → events that pass all cuts"
    )
    region_groups: Mapping[str, GroupTables] = Field(
        default={}, description="group of regions → the same of their sum"
    )
    cutflow: Mapping[str, tuple[CutTable, ...]] = Field(
        description="region → tables, one for all samples with the same cuts"
    )
    datasets: Mapping[str, DatasetCounts] = Field(description="dataset → what it counted")
    account: AccountTable = Field(description="the account of events")
    certified: tuple[CertifiedRow, ...] = Field(description="an era each")
    inputs: tuple[InputRow, ...] = Field(description="a dataset each")
    lost_files: tuple[LostFiles, ...] = Field(description="datasets that have lost files")
    splits: tuple[SplitRow, ...] = Field(
        default=(), description="division of the events of files that several datasets share"
    )
    stitched: tuple[StitchedRow, ...] = Field(
        default=(), description="slices of inclusive datasets to which others add events"
    )
    headline: tuple[str, ...] = Field(description="last lines of a run")
    lines: tuple[str, ...] = Field(description="every number, rounded")
    plots: tuple[PlotRow, ...] = Field(description="plots, in the order of the page")
    no_model: Absence | None = Field(default=None, description="why no model could be built")

    @property
    def negative_note(self) -> str:
        """Addition to the captions of yields: negative bins that the model keeps, if any."""
        kept = self.lint.kept_negative if self.lint else ""
        return f"; negative bins kept in the model: {kept}" if kept else ""
