"""Analyses of TH1 templates in `input/templates.root`, in the place of the tiny one: their
histograms and workspaces.
"""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import hist
import yaml

from support.tiny.analysis import ANALYSIS
from support.tiny.steps import RESULTS, build_workspace, read_th1
from wollemi_likelihood.workspaces import Workspace, read_workspaces


def th1(values: Any, variances: Any, edges: Any) -> hist.Hist:
    """A histogram with these contents."""
    histogram = hist.Hist(hist.axis.Variable(edges), storage=hist.storage.Weight())
    histogram.values()[:], histogram.variances()[:] = values, variances
    return histogram


def use_templates(folder: Path, document: str, write: Callable[[Path], None]) -> None:
    """Put an analysis and its templates in the place of the tiny one.

    Args:
        folder: Folder of the tiny analysis.
        document: Text of the analysis file.
        write: Writes the file of templates.
    """
    shutil.rmtree(folder / "input")
    (folder / "input").mkdir()
    write(folder / "input/templates.root")
    (folder / ANALYSIS).write_text(document, encoding="utf-8")


def build(*names: str) -> list[Workspace]:
    """Read all histograms and build the workspaces of these names."""
    datasets = yaml.safe_load(Path(ANALYSIS).read_text(encoding="utf-8"))["datasets"]
    assert [read_th1(name) for name in datasets] == [0] * len(datasets)
    assert build_workspace(signals=names) == 0
    return read_workspaces([Path(f"{RESULTS}/workspaces/{name}.json") for name in names])
