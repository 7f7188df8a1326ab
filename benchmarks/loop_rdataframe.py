"""The work of `event_loop.py` with RDataFrame, see `loop_rdataframe.h`; ROOT comes from the `root`
wheel, a pre-release.
"""

import warnings
from pathlib import Path
from typing import Any

import numpy as np

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import ROOT

ROOT.gROOT.SetBatch(True)
ROOT.gInterpreter.Declare(f'#include "{Path(__file__).with_suffix(".h")}"')


def run(task: str, path: Path, start: int, stop: int) -> dict[str, Any]:
    """Histograms of a range of entries: name → sums of weights and of squared weights (2, bins)."""
    results = getattr(ROOT.loops, task)(str(path), start, stop)
    return {str(name): np.array(values).reshape(2, -1) for name, values in results}
