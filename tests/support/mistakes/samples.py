"""Mistakes with the datasets of samples: parts of a sample that are missing, or there twice."""

import shutil
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


def file_and_its_copy() -> Run:
    """Under another name, and in another dataset of the backgrounds."""
    shutil.copy("input/dy_low_0.root", "input/more.root")
    shutil.copy("input/dy_low_1.root", "input/dy_high_9.root")
    low, high = (f"input/dy_low_{index}.root" for index in range(2)), ["input/dy_high_0.root"]
    set_value("datasets", "dy_low", "files", value=[*low, "input/more.root"])
    set_value("datasets", "dy_high", "files", value=[*high, "input/dy_high_9.root"])
    return check_run


def data_as_background() -> Run:
    """A local copy of the public file of the data, and a sample of their dataset."""
    shutil.copy("mirror/data.root", "input/fakes.root")
    fakes = {"files": ["input/fakes.root"], "tree": "Events", "normalization": "none"}
    set_value("datasets", "fakes", value=fakes)
    set_value("samples", "fakes", value={"role": "background", "datasets": "fakes"})
    return check_run


def dataset_in_two_samples() -> Run:
    set_value("samples", "z", value={"role": "background", "datasets": ["dy_high"]})
    set_value("samples", "w", value={"role": "background", "datasets": ["data"]})
    return check_run


CASES: dict[str, Callable[[], Run]] = {
    name: case
    for name, case in globals().items()
    if isfunction(case) and case.__module__ == __name__ and name[0] != "_"
}
