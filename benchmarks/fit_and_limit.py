"""Fit and upper limit of pyhf workspaces: Wollemi against pyhf with MINUIT, on the same model, in
turn.

    uv run python benchmarks/fit_and_limit.py results/zprime/workspaces/zprime_3000.json
    results/hzz4l/workspaces/higgs.json

Prints the median time of each in ms, the ratio of the pairs with its spread, and by how much the
results differ. Repetitions alternate, so that a machine whose speed drifts does not favor one side.
pyhf's limit is its own root search at level 0.05.
"""

import argparse
import json
import statistics
import sys
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "scripts"))

import numpy as np
import pyhf

from wollemi.statistics.fit import fit
from wollemi.statistics.likelihood import Likelihood
from wollemi.statistics.limits import upper_limit


def timed(work: Callable[[], Any]) -> tuple[float, Any]:
    """Seconds and result of one call."""
    start = time.perf_counter()
    result = work()
    return time.perf_counter() - start, result


def compare(
    name: str, ours: Callable[[], float], theirs: Callable[[], float], repetitions: int
) -> None:
    """Run both in turn and print a line."""
    ours()
    pairs = [(timed(ours), timed(theirs)) for _ in range(repetitions)]
    times = [[1000 * side[0] for side in pair] for pair in pairs]
    ratios = sorted(their / our for our, their in times)
    our, their = (statistics.median(column) for column in zip(*times, strict=True))
    difference = abs(pairs[-1][0][1] - pairs[-1][1][1])
    spread = f"{ratios[0]:.0f}–{ratios[-1]:.0f}"
    print(
        f"{name:40s} {our:10.2f} {their:12.1f} {statistics.median(ratios):8.0f} "
        f"({spread:>9s}) {difference:12.2e}"
    )


def benchmark(path: Path, repetitions: int, limit_repetitions: int) -> None:
    """Compare fit and limit on one workspace."""
    workspace = json.loads(path.read_text(encoding="utf-8"))
    likelihood = Likelihood.from_workspace(workspace)
    model = pyhf.Workspace(workspace).model()
    data = pyhf.Workspace(workspace).data(model)
    poi = model.config.suggested_bounds()[model.config.poi_index]
    size = f"{path.stem}, {len(likelihood.parameters)} parameters"

    def pyhf_fit() -> float:
        return float(pyhf.infer.mle.fit(data, model, return_fitted_val=True)[1])

    def pyhf_limit() -> float:
        return float(pyhf.infer.intervals.upper_limits.toms748_scan(data, model, poi[0], poi[1])[0])

    compare(f"{size}: fit", lambda: fit(likelihood).minus_two_log_likelihood, pyhf_fit, repetitions)
    compare(
        f"{size}: limit", lambda: upper_limit(likelihood).observed, pyhf_limit, limit_repetitions
    )


def main() -> None:
    """Benchmark each workspace of the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("workspaces", type=Path, nargs="+")
    parser.add_argument("--repetitions", type=int, default=7, help="of the fit")
    parser.add_argument(
        "--limit-repetitions",
        type=int,
        default=1,
        help="of the limit, which takes pyhf a minute and more",
    )
    arguments = parser.parse_args()
    warnings.simplefilter("ignore")
    np.seterr(all="ignore")
    pyhf.set_backend("numpy", pyhf.optimize.minuit_optimizer())
    print(
        f"{'model':40s} {'Wollemi ms':>10s} {'pyhf ms':>12s} {'ratio':>8s} "
        f"{'(spread)':>11s} {'difference':>12s}"
    )
    for path in arguments.workspaces:
        benchmark(path, arguments.repetitions, arguments.limit_repetitions)


if __name__ == "__main__":
    main()
