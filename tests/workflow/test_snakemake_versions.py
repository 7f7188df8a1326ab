"""Snakemake 7.32.4, which REANA 0.9 runs, makes the same jobs of the same files as the locked
version.
"""

import shutil
import sys
from pathlib import Path

import pytest
from support.project.folders import ANALYSES
from support.project.paths import SHARED_DATA, needs_shared_data
from support.project.seeds import slow_but
from support.services.reana_workspace import (
    PROJECT,
    digests_of,
    execute,
    make_environment,
    parameters,
    upload,
    upload_shipped,
)

# pulp and setuptools (`pkg_resources`) have dropped what Snakemake 7 needs.
OLD = ("snakemake==7.32.4", "pulp<2.8", "setuptools<81")
COMPARED = ("rule", "input", "output", "log", "command", "image", "threads", "shell")


@pytest.fixture(scope="module")
def old_python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_environment(tmp_path_factory.mktemp("snakemake7"), *OLD)


def jobs(workspace, python, **parameters):
    """The jobs that make everything, each as its declarations and its resources in the words of
    REANA.
    """
    found = execute(workspace, "--plan", python=python, **parameters)
    assert found["status"] == "finished", found["messages"]
    for job in found["jobs"]:
        # What runs nothing, the rule `all`, has the image of all rules in Snakemake 9 alone.
        job["image"] = job["image"] if job["shell"] else None
    planned = [{key: job[key] for key in COMPARED} | reana_resources(job) for job in found["jobs"]]
    return found["snakemake"], sorted(planned, key=lambda job: (job["rule"], job["output"]))


def reana_resources(job):
    return {
        name: value for name, value in job["resources"].items() if name.startswith("kubernetes_")
    }


def compare_plans(workspace, old_python, **parameters):
    old_version, old = jobs(workspace, old_python, **parameters)
    shutil.rmtree(workspace / ".snakemake", ignore_errors=True)
    new_version, new = jobs(workspace, sys.executable, **parameters)
    assert (old_version, new_version[0]) == ("7.32.4", "9")
    assert len(new) > 5
    assert old == new
    return old


@pytest.mark.parametrize("analysis", slow_but(["hzz4l"], ANALYSES))
def test_the_same_jobs(tmp_path, old_python, analysis):
    workspace = upload_shipped(analysis, tmp_path / "workspace")
    compare_plans(workspace, old_python, **parameters(analysis))


def test_the_same_jobs_of_every_kind(tmp_path, project, old_python):
    """The tiny analysis uses every rule; and another command is seen."""
    workspace = upload(project, [*PROJECT, "config/analyses/tiny", "input"], tmp_path / "workspace")
    planned = compare_plans(workspace, old_python, analysis="tiny")
    _, others = jobs(workspace, old_python, analysis="tiny", max_events=100)
    assert planned != others


@pytest.mark.slow
@needs_shared_data
def test_a_whole_run_gives_the_same_products(tmp_path, old_python):
    runs = {}
    for name, python in (("old", old_python), ("new", sys.executable)):
        workspace = upload_shipped("hzz4l", tmp_path / name, SHARED_DATA / "h4l")
        done = execute(workspace, python=python, **parameters("hzz4l"))
        assert done["status"] == "finished", done["messages"]
        runs[name] = digests_of(workspace / "results/hzz4l")
    assert runs["old"] == runs["new"]
