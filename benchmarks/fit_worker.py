"""Works off the tasks of `fit_and_limit.py`: each line of the input is a task in JSON, each line of
the output its CPU time in seconds and its result.

    python fit_worker.py PROGRAM [FOLDER]

PROGRAM is `wollemi` (of the folder's `scripts`), `pyhf` (numpy), `pyhf-jax`, `cabinetry` or `root`.
"""

import json
import sys
import tempfile
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

Task = Callable[[], float]
TOYS = 200
SHORTEST = 0.05  # seconds


def wollemi_tasks(workspace: dict[str, Any]) -> dict[str, Task]:
    """Fit with covariance, limit with its band, ranking, and fits of toys."""
    from wollemi_likelihood.fit import fit
    from wollemi_likelihood.inference.ranking import ranking
    from wollemi_likelihood.likelihood import Likelihood
    from wollemi_likelihood.limits import upper_limit
    from wollemi_likelihood.objective import Objective
    from wollemi_likelihood.search import find_minimum

    likelihood = Likelihood.from_workspace(workspace)
    best = fit(likelihood).values

    def toys() -> float:
        random = np.random.default_rng(1)
        for _ in range(TOYS):
            toy = likelihood.toy(best, random)
            minimum = find_minimum(Objective(likelihood, toy), {}, best)
        return float(minimum.point.objective)

    return {
        "fit": lambda: fit(likelihood).minus_two_log_likelihood,
        # The curve is for plots: with two points there is next to none.
        "limit": lambda: upper_limit(likelihood, points=2).observed,
        "ranking": lambda: ranking(likelihood)[0].largest,
        "toys": toys,
    }


def pyhf_tasks(workspace: dict[str, Any], backend: str) -> dict[str, Task]:
    """Fit with MINUIT and its covariance, and the limit by pyhf's own search."""
    import pyhf

    pyhf.set_backend(backend, pyhf.optimize.minuit_optimizer(), precision="64b")
    specification = pyhf.Workspace(workspace)
    model = specification.model()
    data = specification.data(model)
    low, high = model.config.suggested_bounds()[model.config.poi_index]

    def fit() -> float:
        options = {"return_fitted_val": True, "return_uncertainties": True}
        return float(pyhf.infer.mle.fit(data, model, **options)[1])

    def limit() -> float:
        return float(pyhf.infer.intervals.upper_limits.toms748_scan(data, model, low, high)[0])

    return {"fit": fit, "limit": limit}


def cabinetry_tasks(workspace: dict[str, Any]) -> dict[str, Task]:
    """The ranking, without the fit that it starts from."""
    import cabinetry

    model, data = cabinetry.model_utils.model_and_data(workspace)
    best = cabinetry.fit.fit(model, data)

    def ranking() -> float:
        found = cabinetry.fit.ranking(model, data, fit_results=best)
        return float(np.max(np.abs([found.postfit_up, found.postfit_down])))

    return {"ranking": ranking}


def root_tasks(workspace: dict[str, Any]) -> dict[str, Task]:
    """Fit with MINUIT 2 and its covariance of HistFactory's model, by RooFit's vectorized code.

    The result is Wollemi's -2 ln L at ROOT's estimates: RooFit's own has other constants.
    """
    import ROOT
    from pyhf.writexml import writexml

    sys.path.append(str(Path(__file__).resolve().parents[1] / "tests"))
    from support.oracles.histfactory import for_histfactory, root_names
    from support.oracles.root_inference import read_measurement

    from wollemi_likelihood.likelihood import Likelihood

    ROOT.RooMsgService.instance().setGlobalKillBelow(ROOT.RooFit.ERROR)
    content = for_histfactory(workspace)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "config").mkdir()
        xml = writexml(content, str(folder / "config"), name, "model")
        (folder / "model.xml").write_bytes(xml)
        measurement = read_measurement(ROOT, str(folder / "model.xml"))
        space = ROOT.RooStats.HistFactory.MakeModelAndMeasurementFast(measurement)
    model, data = space.obj("ModelConfig"), space.data("obsData")
    options = [
        ROOT.RooFit.Constrain(model.GetNuisanceParameters()),
        ROOT.RooFit.GlobalObservables(model.GetGlobalObservables()),
        ROOT.RooFit.Offset("initial"),
        ROOT.RooFit.EvalBackend("cpu"),
    ]
    objective = model.GetPdf().createNLL(data, *options)
    parameters = model.GetPdf().getParameters(data)
    start = parameters.snapshot()
    names, likelihood = root_names(content), Likelihood.from_workspace(content)

    def fit() -> float:
        parameters.assign(start)
        search = ROOT.RooMinimizer(objective)
        search.setPrintLevel(-1)
        search.minimize("Minuit2", "migrad")
        search.hesse()
        search.save().covarianceMatrix()
        found = [space.var(names[name]) for name in likelihood.names]
        values = [
            item.getVal() if item else init
            for item, init in zip(found, likelihood.inits, strict=True)
        ]
        return -2 * likelihood.logpdf(np.array(values))

    return {"fit": fit}


def tasks_of(program: str, workspace: dict[str, Any]) -> dict[str, Task]:
    """Tasks of a program by their names."""
    if program == "wollemi":
        return wollemi_tasks(workspace)
    if program == "cabinetry":
        return cabinetry_tasks(workspace)
    if program == "root":
        return root_tasks(workspace)
    return pyhf_tasks(workspace, "jax" if program == "pyhf-jax" else "numpy")


def timed(task: Task) -> tuple[float, float]:
    """CPU seconds of a call and its result; short ones are repeated, as caches of the processor are
    cold after another program's turn.
    """
    count, start = 0, time.process_time()
    while count == 0 or time.process_time() - start < SHORTEST:
        value = task()
        count += 1
    return (time.process_time() - start) / count, value


def main() -> None:
    """Answer until the input ends."""
    program, *folder = sys.argv[1:]
    sys.path[:0] = [str(Path(name) / "scripts") for name in folder]
    warnings.simplefilter("ignore")
    np.seterr(all="ignore")
    answers = sys.stdout
    sys.stdout = sys.stderr  # peers print what they do
    tasks: dict[str, Task] = {}
    for line in sys.stdin:
        asked = json.loads(line)
        if "workspace" in asked:
            tasks = tasks_of(program, json.loads(Path(asked["workspace"]).read_text()))
            continue
        seconds, value = timed(tasks[asked["task"]])
        print(json.dumps([seconds, value]), file=answers, flush=True)


if __name__ == "__main__":
    main()
