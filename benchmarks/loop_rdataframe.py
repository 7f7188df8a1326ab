"""The work of `event_loop.py` and `programs.py` with RDataFrame, see `rdataframe/`; ROOT comes from
the `root` wheel, a pre-release, and correctionlib's C++ from its wheel.
"""

import warnings
from pathlib import Path
from typing import Any

import correctionlib
import numpy as np

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import ROOT

ROOT.gROOT.SetBatch(True)
HEADERS = Path(__file__).with_name("rdataframe")
CORRECTED = ("t5", "t8", "t9")


def run(task: str, path: Path, start: int, stop: int) -> dict[str, Any]:
    """Histograms of a range of entries: name → sums of weights and of squared weights (2, bins)."""
    if task in CORRECTED:
        correctionlib.register_pyroot_binding()
    ROOT.gInterpreter.Declare(f'#include "{HEADERS / task}.h"')
    results = getattr(ROOT.loops, task)(str(path), start, stop)
    return {str(name): as_array(str(name), values) for name, values in results}


def as_array(name: str, values: Any) -> Any:
    """Sums of weights and of squared weights (2, bins); Σw of the members of a set (members,)."""
    array = np.array(values)
    return array if name.startswith("sums/") else array.reshape(2, -1)
