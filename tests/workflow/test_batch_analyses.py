"""A whole analysis on a real Slurm and a real HTCondor: the bytes of a run on this machine."""

import shutil
import subprocess

import pytest
from compare_runs import compare_with
from support.project.paths import ROOT
from support.services.batch import condor_pool, slurm_node
from support.services.recipes import needs_recipes
from support.tiny.analysis import COPIED, environment

from wollemi.archive.reading.comparison import EQUAL, IDENTICAL
from wollemi.history.opened import read_run

pytestmark = [pytest.mark.slow, needs_recipes]


@pytest.fixture(scope="module")
def analysis():
    """Name of an analysis whose events are generated."""
    return "ttbar_agc"


def checkout(folder, analysis):
    """A folder with what a run of an analysis needs."""
    for name in (*COPIED, f"config/analyses/{analysis}"):
        source, target = ROOT / name, folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        copy = shutil.copytree if source.is_dir() else shutil.copy
        copy(source, target)
    return folder


@pytest.fixture(scope="module")
def local(analysis, tmp_path_factory):
    """The results of a run on this machine."""
    folder = checkout(tmp_path_factory.mktemp("local") / analysis, analysis)
    command = ["python", "-m", "snakemake", "--cores", "2", "--config", f"analysis={analysis}"]
    subprocess.run(command, cwd=folder, env=environment(), check=True, capture_output=True)
    return read_run(folder / "results" / analysis)


@pytest.fixture(scope="module")
def batch():
    """A Slurm whose partition has no limit of time."""
    with slurm_node() as node:
        node.control("update", "PartitionName=main", "MaxTime=INFINITE")
        yield node


@pytest.fixture(scope="module")
def pool():
    """An HTCondor."""
    with condor_pool() as machine:
        yield machine


def run_all(system, analysis, folder):
    """The results of a run on a batch system, and its batch jobs."""
    before = len(system.jobs())
    project, done = system.run(checkout(folder, analysis), "--config", f"analysis={analysis}")
    assert done.returncode == 0, done.stdout + done.stderr
    return project / "results" / analysis, system.jobs()[before:]


def check_bytes(reference, results):
    """Products have the same bytes, and records tell of the same work.

    Args:
        reference: the local run.
        results: folder of the other one.
    """
    found = compare_with(reference, read_run(results))
    assert {name: item for name, item in found.products.items() if item.status != IDENTICAL} == {}
    assert {item.status for item in found.records.values()} <= {IDENTICAL, EQUAL}
    assert len(found.products) > len(found.records) > 50


# Two jobs for ten parts each at the most, and one for what follows.
def test_slurm_gives_the_bytes_of_this_machine(analysis, local, batch, tmp_path):
    results, jobs = run_all(batch, analysis, tmp_path / analysis)
    check_bytes(local, results)
    assert [job["JobState"] for job in jobs] == ["COMPLETED"] * 3


def test_htcondor_gives_the_bytes_of_this_machine(analysis, local, pool, tmp_path):
    results, jobs = run_all(pool, analysis, tmp_path / analysis)
    check_bytes(local, results)
    assert [job["ExitCode"] for job in jobs] == [0] * 3
