"""Mistakes with the datasets of samples: parts of a sample that are missing, or there twice."""

import shutil
from pathlib import Path

from support.tiny.analysis import edit_analysis
from support.tiny.mistakes import Run, check_run, set_value


def background_of_histograms_without_a_variable() -> Run:
    set_value("samples", "signal_300", "role", value="background")
    set_value("limits", "points", value={"signal_200": 200})
    edit_analysis(Path.cwd(), lambda document: document.pop("discovery"))
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
