"""Equal work gives equal bytes: in another folder, and after the run was killed at any moment."""

import os
import shutil
import signal
import subprocess
import sys

import numpy as np
import pytest
from support.project.folders import run_shipped
from support.tiny.analysis import digests, environment, snakemake, snakemake_command


def kill_after(project, seconds, command=None):
    """Run, and kill the run with all its jobs after a while; whether it was still running."""
    silence = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    command = command or snakemake_command()
    with subprocess.Popen(
        command, cwd=project, env=environment(), start_new_session=True, **silence
    ) as run:
        try:
            run.wait(timeout=seconds)
        except subprocess.TimeoutExpired:
            os.killpg(run.pid, signal.SIGKILL)
    return run.returncode == -signal.SIGKILL


def finish(project):
    """The README's command, again."""
    done = snakemake(project)
    assert done.returncode == 0, done.stdout


def check_equal(project, undisturbed):
    expected, found = digests(undisturbed), digests(project)
    assert found.keys() == expected.keys()
    assert [name for name in expected if found[name] != expected[name]] == []


@pytest.mark.slow
def test_a_killed_run_ends_like_an_undisturbed_one(project, finished, finished_seconds):
    moments = np.random.default_rng(5).uniform([0.3, 0.2], [0.6, 0.4]) * finished_seconds
    assert kill_after(project, moments[0])
    assert 0 < len(digests(project)) < len(digests(finished))
    kill_after(project, moments[1])
    finish(project)
    check_equal(project, finished)


@pytest.mark.slow
def test_two_runs_give_equal_bytes(project, finished):
    finish(project)
    check_equal(project, finished)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(20))
def test_any_moment(project, finished, finished_seconds, seed):
    kill_after(project, np.random.default_rng([6, seed]).uniform(0.05, 1.0) * finished_seconds)
    finish(project)
    check_equal(project, finished)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(8))
def test_again_and_again(project, finished, finished_seconds, seed):
    """Ten times in a row, also while Snakemake starts and while it plans what is left."""
    for share in np.random.default_rng([7, seed]).uniform(0.02, 0.4, 10):
        kill_after(project, share * finished_seconds)
    finish(project)
    check_equal(project, finished)


LIMITS = ("toy_limits", "limits.json", "records/throw_toys", "records/compute_limits.json")


def limits_of(folder):
    """Limits and their records: name → content."""
    found = (path for name in LIMITS for path in sorted(folder.glob(f"{name}*")))
    files = (file for path in found for file in ([path] if path.is_file() else path.iterdir()))
    return {str(file.relative_to(folder)): file.read_bytes() for file in files}


@pytest.fixture(scope="module")
def with_limits(tmp_path_factory):
    """`zprime` up to its limits, of which some are from toys."""
    folder = tmp_path_factory.mktemp("zprime")
    run_shipped(folder, "zprime", ["limits.json"])
    return folder


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(5))
def test_limits_from_toys(with_limits, tmp_path, seed):
    """Ten kills in a row while toys are thrown: signals that are done stay, and all ends as in an
    undisturbed run.
    """
    folder = shutil.copytree(with_limits, tmp_path / "zprime")
    expected = limits_of(folder / "results/zprime")
    assert len(expected) > 10
    for name in LIMITS:
        path = folder / "results/zprime" / name
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    target = ["results/zprime/limits.json", "--config", "analysis=zprime"]
    command = [sys.executable, "-m", "snakemake", "--cores", "2", *target]
    killed = [
        kill_after(folder, seconds, command)
        for seconds in np.random.default_rng([8, seed]).uniform(2, 12, 10)
    ]
    assert killed[0]
    subprocess.run(command, cwd=folder, env=environment(), check=True, capture_output=True)
    assert limits_of(folder / "results/zprime") == expected
