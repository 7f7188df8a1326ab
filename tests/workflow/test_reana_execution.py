"""The analyses under an engine like REANA's: each job a shell command in a folder with its declared
inputs and nothing else.
"""

import json
import math
import os
import shutil
import subprocess
from pathlib import Path

import pytest
from support.project.folders import run_project
from support.project.paths import ROOT, SHARED_DATA, needs_shared_data
from support.services.reana_workspace import (
    PROJECT,
    SERVICES,
    digests_of,
    execute,
    make_environment,
    parameters,
    specification,
    upload,
    upload_shipped,
)
from support.tiny.analysis import environment, planned_rules, snakemake

from wollemi.plan.registry import PRODUCTS

TINY = {"analysis": "tiny", "mirrors": ["mirror"]}
TINY_INPUTS = (*PROJECT, "config/analyses/tiny", "input", "mirror")
COMMONS = ("reana-commons>=0.95.0a20",)  # the parser of Gherkin came with 0.95
# the others generate theirs
DATA = {"hzz4l": SHARED_DATA / "h4l", "dimuon": SHARED_DATA / "dimuon_2012"}


def run_isolated(workspace, *options, **parameters):
    folder = workspace.with_name("jobs")
    folder.mkdir(exist_ok=True)
    return execute(workspace, "--isolated", str(folder), *options, **parameters)


def shipped_run(folder, analysis):
    """A run of a shipped analysis: its workspace and what the engine says of it."""
    workspace = upload_shipped(analysis, folder / "workspace", DATA.get(analysis))
    return workspace, run_isolated(workspace, **parameters(analysis))


def host_run(folder, analysis):
    """The ordinary run, in a folder of its own."""
    upload(ROOT, [f"config/analyses/{analysis}"], folder)
    if DATA.get(analysis) is not None:
        shutil.copytree(DATA[analysis], folder / "mirror")
    return run_project(folder, analysis, [], mirrors="mirror")


@pytest.fixture(scope="module")
def hzz4l(tmp_path_factory):
    return shipped_run(tmp_path_factory.mktemp("hzz4l"), "hzz4l")


def compare_with_host(folder, run, analysis):
    workspace, done = run
    assert done["status"] == "finished", done["messages"]
    here = digests_of(host_run(folder / "host", analysis))
    there = digests_of(workspace / f"results/{analysis}")
    assert there.keys() == here.keys()
    assert [name for name in here if here[name] != there[name]] == []


# One of the last jobs, so that little is left to do after it.
BROKEN = "summarize_results"


@pytest.fixture(scope="module")
def failed_run(tmp_path_factory, pristine):
    """A run of the tiny analysis, which uses every rule, that failed: its workspace and what the
    engine says of it.
    """
    workspace = upload(pristine, TINY_INPUTS, tmp_path_factory.mktemp("failed") / "workspace")
    return workspace, run_isolated(workspace, "--broken", BROKEN, **TINY)


# Several jobs of one rule, of which the run that failed may have finished some.
BATCHES = {"throw_toys", *(item.batches for item in PRODUCTS if item.batches)}


def finished_rules(done):
    return {job["rule"] for job in done["jobs"].values() if job["status"] == "finished"}


@pytest.mark.slow
def test_a_job_without_its_tools_fails_the_run(failed_run):
    _, done = failed_run
    assert done["status"] == "failed"
    (job,) = (job for job in done["jobs"].values() if job["status"] == "failed")
    assert job["rule"] == BROKEN
    assert "not found" in job["logs"]


@pytest.mark.slow
def test_a_restart_in_the_same_workspace_makes_the_rest(tmp_path, failed_run, finished):
    """`reana-client restart` keeps the workspace, with Snakemake's memory. The products are those
    of an ordinary run.
    """
    workspace = Path(shutil.copytree(failed_run[0], tmp_path / "workspace"))
    done = run_isolated(workspace, **TINY)
    assert done["status"] == "finished", done["messages"]
    assert BROKEN in finished_rules(done)
    assert (finished_rules(done) - BATCHES).isdisjoint(finished_rules(failed_run[1]))
    assert digests_of(workspace / "results/tiny") == digests_of(finished / "results/tiny")
    assert not list((tmp_path / "jobs").iterdir())
    # What records tell beside: the lock file and the conda environments were no inputs of the jobs.
    records = [
        json.loads(path.read_text())
        for path in (workspace / "results/tiny/records").rglob("*.json")
    ]
    assert records
    assert {str(record["environment"]) for record in records} == {"{}"}


def download(workspace, checkout):
    """Put the products of a run into a checkout as a download does: without Snakemake's memory, and
    with other times.
    """
    shutil.copytree(workspace / "results", checkout / "results", copy_function=shutil.copyfile)
    for number, path in enumerate(sorted((checkout / "results").rglob("*"), reverse=True)):
        os.utime(path, (10**9 + number, 10**9 + number))


@pytest.mark.slow
def test_a_failed_run_goes_on_in_a_checkout(failed_run, project, finished):
    workspace, done = failed_run
    everything = planned_rules(project).keys()
    download(workspace, project)
    command = ["python", "scripts/verify_results.py", "results/tiny", "--adopt"]
    adopted = subprocess.run(
        command, cwd=project, env=environment(), check=False, capture_output=True, text=True
    )
    assert adopted.returncode in (0, 1), adopted.stdout + adopted.stderr
    left = planned_rules(project).keys() - {"all"} - BATCHES
    assert left == everything - finished_rules(done) - {"all"} - BATCHES
    again = snakemake(project)
    assert again.returncode == 0, again.stdout
    assert digests_of(project / "results/tiny") == digests_of(finished / "results/tiny")


@pytest.mark.slow
@needs_shared_data
def test_hzz4l(tmp_path, hzz4l):
    compare_with_host(tmp_path, hzz4l, "hzz4l")


@pytest.mark.slow
@needs_shared_data
@pytest.mark.parametrize("analysis", ["charged_higgs", "dimuon"])
def test_other_analyses(tmp_path, analysis):
    """With `hzz4l` and the tiny analysis they have nearly every rule."""
    run = shipped_run(tmp_path, analysis)
    compare_with_host(tmp_path, run, analysis)
    assert_accepted(accept(make_environment(tmp_path / "environment", *COMMONS), *run, analysis))


SUMMARY = "workflow/rules/plots.smk"
UNDECLARED = {
    "input": (
        '"workflow/report/summary.html.j2",',
        "",
        "summary.html.j2: this input file does not exist",
    ),
    "output": (
        'parts/*")',
        'parts/*") + " && date > notes.txt"',
        "notes.txt: made, but not declared",
    ),
}


@pytest.mark.parametrize(("old", "new", "message"), UNDECLARED.values(), ids=UNDECLARED)
def test_what_is_not_declared_is_found(finished_copy, old, new, message):
    named = (
        "workflow/report/summary.html.j2 workflow/report/overview.rst.j2 workflow/report/parts/*"
    )
    command = f'command("summarize_results").replace("{{input.templates:q}}", "{named}")'
    rules = (finished_copy / SUMMARY).read_text().replace('command("summarize_results")', command)
    (finished_copy / SUMMARY).write_text(new.join(rules.rsplit(old, 1)))
    (finished_copy / "results/tiny/summary.json").unlink()
    done = run_isolated(finished_copy, **TINY)
    assert done["status"] == "failed"
    (job,) = done["jobs"].values()
    assert message in job["logs"]


# Acceptance tests

SCENARIOS = {"the run is whole", "signal strength, significance and limit", "yields", "cutflow"}


@pytest.fixture(scope="module")
def commons(tmp_path_factory):
    return make_environment(tmp_path_factory.mktemp("reana_commons"), *COMMONS)


def accept(commons, workspace, done, analysis):
    """Scenario → what the parser of reana-commons says of it."""
    result = workspace.with_name("run.json")
    result.write_text(json.dumps(done))
    specified = json.dumps(specification(analysis))
    feature = ROOT / f"tests/reana/{analysis}.feature"
    command = [commons, SERVICES / "reana_acceptance.py", workspace, result, specified, feature]
    checked = subprocess.run(command, check=False, capture_output=True, text=True)
    assert checked.returncode == 0, checked.stderr
    return {item["scenario"]: item["result"] for item in json.loads(checked.stdout)}


def assert_accepted(outcomes):
    assert outcomes
    assert set(outcomes.values()) == {"passed"}


def scaled(*keys):
    """An edit: the number at the end of a path of keys grows by five percent, a count by one at
    least.
    """

    def change(content):
        for key in keys[:-1]:
            content = content[key]
        last = keys[-1]
        content[last] = (
            math.ceil(content[last] * 1.05)
            if isinstance(content[last], int)
            else content[last] * 1.05
        )

    return change


def more_strength(content):
    scaled("value")(
        next(item for item in content["fits"]["higgs"]["parameters"] if item["name"] == "mu")
    )


# Product, edit, the scenario that must fail.
ALTERED = {
    "strength": ("fit.json", more_strength, "signal strength, significance and limit"),
    "significance": (
        "significances.json",
        scaled("significances", "higgs", "observed"),
        "signal strength, significance and limit",
    ),
    "observed limit": (
        "limits.json",
        scaled("limits", "higgs", "observed"),
        "signal strength, significance and limit",
    ),
    "expected limit": (
        "limits.json",
        scaled("limits", "higgs", "expected", 2),
        "signal strength, significance and limit",
    ),
    "yield": (
        "fit.json",
        scaled("fits", "higgs", "yields", "postfit", "four_leptons", "sample_sums", "zz"),
        "yields",
    ),
    "cutflow": (
        "cutflow/data_2012.json",
        scaled("regions", "four_leptons", -1, "events"),
        "cutflow",
    ),
}


@pytest.mark.slow
@needs_shared_data
def test_the_numbers_are_accepted(commons, hzz4l):
    outcomes = accept(commons, *hzz4l, "hzz4l")
    assert outcomes.keys() == SCENARIOS
    assert_accepted(outcomes)


@pytest.mark.slow
@needs_shared_data
@pytest.mark.parametrize(("product", "change", "scenario"), ALTERED.values(), ids=ALTERED)
def test_another_number_is_refused(tmp_path, commons, hzz4l, product, change, scenario):
    """The last job is done again with a product whose number was changed."""
    workspace, done = hzz4l
    copy = Path(shutil.copytree(workspace, tmp_path / "workspace"))
    path = copy / "results/hzz4l" / product
    content = json.loads(path.read_text())
    change(content)
    path.write_text(json.dumps(content))
    (command,) = (
        job["command"] for job in done["jobs"].values() if job["rule"] == "summarize_results"
    )
    subprocess.run(
        ["/bin/sh", "-c", command], cwd=copy, env=environment(), check=True, capture_output=True
    )
    outcomes = accept(commons, copy, done, "hzz4l")
    assert {name for name, result in outcomes.items() if result == "failed"} == {scenario}


@pytest.mark.slow
def test_a_failed_run_is_refused(commons, failed_run):
    outcomes = accept(commons, *failed_run, "hzz4l")
    assert outcomes["the run is whole"] == "failed"
    assert set(outcomes.values()) == {"failed", "skipped"}
