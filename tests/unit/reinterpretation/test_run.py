"""What is changed in a run with new signals while it goes on."""

import json
from concurrent.futures import Future
from contextlib import nullcontext
from pathlib import Path
from types import SimpleNamespace

import pytest

from wollemi.reinterpretation.models import NewSignal
from wollemi.reinterpretation.run import SignalRun, check_analysis, make_checked, raise_bounds
from wollemi_likelihood.base.errors import WollemiError

RAISED = "a limit is above 10, the upper bound of the signal strength in the archive: raised to 100"


def signal_run(folder: Path, signals: dict[str, NewSignal]) -> SignalRun:
    """A run of which nothing but its folder of results is there."""
    archive = SimpleNamespace(run="results/tiny", description={"analysis": "tiny"}, digests={})
    return SignalRun(archive, signals, folder, "signal.yaml", {"model": {"poi": "mu"}})


def test_the_bound_in_the_workspaces_of_patches_is_raised(tmp_path):
    run = signal_run(
        tmp_path, {name: NewSignal(patch=f"{name}.json") for name in ("light", "heavy")}
    )
    paths = [run.results / f"workspaces/{name}.json" for name in run.signals]
    paths[0].parent.mkdir(parents=True)
    parameters = [{"name": "lumi", "bounds": [[0.5, 1.5]]}, {"name": "mu", "bounds": [[0.0, 10.0]]}]
    for path in paths:
        path.write_text(
            json.dumps({"measurements": [{"config": {"poi": "mu", "parameters": parameters}}]})
        )
    assert raise_bounds(run) == RAISED
    for path in paths:
        found = json.loads(path.read_text())["measurements"][0]["config"]["parameters"]
        assert [item["bounds"] for item in found] == [[[0.5, 1.5]], [[0.0, 100.0]]]


def test_the_bound_in_the_analysis_file_is_raised(tmp_path):
    run = signal_run(tmp_path, {"light": NewSignal(like="signal", datasets={"signal": {}})})
    (tmp_path / run.analysis).parent.mkdir(parents=True)
    assert raise_bounds(run) == RAISED
    assert json.loads((tmp_path / run.analysis).read_text())["model"] == {
        "poi": "mu",
        "poi_bounds": [0.0, 100.0],
    }


@pytest.mark.parametrize(
    ("said", "message"),
    [
        (
            (
                "a.yaml: 2 problems\n  - datasets.heavy_low.era: unknown\n  - "
                "datasets.data.era: unknown\n  → fix these lines\n"
            ),
            ["  - heavy.datasets.low.era: unknown", "  - datasets.data.era: unknown"],
        ),
        ("ImportError: no such module\n", ["ImportError: no such module"]),
    ],
)
def test_what_the_archived_program_says_of_the_analysis(tmp_path, said, message):
    """Its lines are those of the file of signals; where it stopped for another reason, all that it
    said.
    """
    run = signal_run(
        tmp_path, {"heavy": NewSignal(like="signal", datasets={"low": {}, "high": {}})}
    )
    python = tmp_path / "environment/bin/python"
    python.parent.mkdir(parents=True)
    for code in (2, 0):
        python.write_text(f"#!/bin/sh\ncat >&2 <<'EOF'\n{said}EOF\nexit {code}\n")
        python.chmod(0o755)
        if not code:
            check_analysis(run, tmp_path / "environment")
            continue
        with pytest.raises(
            WollemiError, match="the archived analysis does not take these signals:"
        ) as error:
            check_analysis(run, tmp_path / "environment")
        assert str(error.value).splitlines()[1:-1] == message


@pytest.mark.parametrize("product", [None, WollemiError("snakemake.log", "stopped", "look")])
@pytest.mark.parametrize("problems", [[None, None], [None, "era"], ["weight", "era"]])
def test_the_problem_of_the_analysis_comes_before_that_of_a_product(product, problems):
    """It explains the other one, and counts if the workflow ended before it was known."""
    checks = [Future() for _ in problems]
    asked = []

    def make(targets, goes_on):
        asked.append(targets)
        for check, problem in zip(checks, problems, strict=True):
            error = WollemiError("signal.yaml", problem, "correct it") if problem else None
            check.set_exception(error) if error else check.set_result(None)
        assert goes_on() == (problems == [None, None])
        if product:
            raise product

    expected = next(filter(None, problems), product and "stopped")
    with pytest.raises(WollemiError, match=expected) if expected else nullcontext():
        make_checked(checks, make, ["limits.json"])
    assert asked == [["limits.json"]]
