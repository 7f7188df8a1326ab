"""Mistakes with the datasets of samples: parts of a sample that are missing, or there twice."""

from collections.abc import Callable
from inspect import isfunction
from pathlib import Path

from support.tiny.analysis import edit_analysis
from support.tiny.mistakes import Run, check_run, set_value


def signal_without_histograms_of_a_region() -> Run:
    set_value("datasets", "signal_300", "histograms", value={"search": ["search/mass_search"]})
    return check_run


def sample_without_histograms() -> Run:
    set_value("datasets", "signal_300", "histograms", value={})
    return check_run


def background_of_histograms_without_a_variable() -> Run:
    set_value("samples", "signal_300", "role", value="background")
    set_value("limits", "points", value={"signal_200": 200})
    edit_analysis(Path.cwd(), lambda document: document.pop("discovery"))
    return check_run


def regions_of_a_sample_with_events() -> Run:
    set_value("samples", "dy", "regions", value=["search"])
    return check_run


def histogram_in_a_region_without_the_sample() -> Run:
    set_value("samples", "signal_300", "regions", value=["search"])
    return check_run


CASES: dict[str, Callable[[], Run]] = {
    name: case
    for name, case in globals().items()
    if isfunction(case) and case.__module__ == __name__ and name[0] != "_"
}
