"""Fits to toys as text."""

from collections.abc import Iterator, Mapping

from wollemi.base.rounding import with_error
from wollemi.results.parameter_text import NOTHING
from wollemi.results.toy_fits import BriefToyStudy, Line, Measured, ToySummary

METHOD = (
    "Toys: main and auxiliary data thrown from the model at the true value, other parameters as "
    "fitted to the data with it. Pull: (estimate − true value) / error; coverage: share of toys "
    "whose profile likelihood interval has the true value"
)


def measured_text(item: Measured | None) -> str:
    """Text such as `0.98 ± 0.02`; a dash if missing."""
    return NOTHING if item is None else with_error(item.value, item.error)


def summary_texts(item: ToySummary) -> dict[str, str]:
    """Title of a column → number, for one true value."""
    notes = [f"{item.failed} without a fit"] if item.failed else []
    notes += [f"{item.at_bound} at a bound"] if item.at_bound else []
    notes += [f"{item.without_error} without an error"] if item.without_error else []
    toys = f"{item.toys:,}" + (f" ({', '.join(notes)})" if notes else "")
    return {
        "toys": toys,
        "bias": measured_text(item.bias),
        "mean pull": measured_text(item.pull_mean),
        "width of pulls": measured_text(item.pull_width),
        **{f"coverage, {level} %": measured_text(one) for level, one in item.coverage.items()},
    }


def line_text(line: Line) -> str:
    """The straight line of mean estimates: `slope 0.99 ± 0.01, intercept 0.02 ± 0.03`."""
    return f"slope {measured_text(line.slope)}, intercept {measured_text(line.intercept)}"


def toy_lines(found: Mapping[str, BriefToyStudy]) -> Iterator[str]:
    """The fits to toys, one line per true value."""
    for signal, study in found.items():
        for item in study.summaries:
            summary = ", ".join(f"{title} {text}" for title, text in summary_texts(item).items())
            yield f"{signal}: toys at {study.poi} = {item.injected:.4g}: {summary}"
        if study.line:
            yield f"{signal}: toys: {line_text(study.line)}"
