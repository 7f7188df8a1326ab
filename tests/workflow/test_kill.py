"""Equal work gives equal bytes: in another folder, and after the run was killed at any moment."""

import shutil
import subprocess
import sys
import time

import numpy as np
import pytest
from support.project.faults import kill_after
from support.project.folders import run_shipped
from support.tiny.analysis import digests, environment, snakemake, snakemake_command


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
    assert kill_after(project, moments[0], snakemake_command())
    assert 0 < len(digests(project)) < len(digests(finished))
    kill_after(project, moments[1], snakemake_command())
    finish(project)
    check_equal(project, finished)


@pytest.mark.slow
def test_two_runs_give_equal_bytes(project, finished):
    finish(project)
    check_equal(project, finished)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3))
def test_any_moment(project, finished, finished_seconds, seed):
    moment = np.random.default_rng([6, seed]).uniform(0.05, 1.0) * finished_seconds
    kill_after(project, moment, snakemake_command())
    finish(project)
    check_equal(project, finished)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(2))
def test_again_and_again(project, finished, finished_seconds, seed):
    """Ten times in a row, also while Snakemake starts and while it plans what is left."""
    for share in np.random.default_rng([7, seed]).uniform(0.02, 0.4, 10):
        kill_after(project, share * finished_seconds, snakemake_command())
    finish(project)
    check_equal(project, finished)


LIMITS = ("toy_limits", "limits.json", "records/throw_toys", "records/compute_limits.json")


def limits_of(folder):
    """Limits and their records: name → content."""
    found = (path for name in LIMITS for path in sorted(folder.glob(f"{name}*")))
    files = (file for path in found for file in ([path] if path.is_file() else path.iterdir()))
    return {str(file.relative_to(folder)): file.read_bytes() for file in files}


LIMITS_COMMAND = [
    *(sys.executable, "-m", "snakemake", "--cores", "2"),
    *("results/zprime/limits.json", "--config", "analysis=zprime"),
]


def make_limits(folder):
    """Make what is missing of the limits; how long it took."""
    start = time.monotonic()
    subprocess.run(LIMITS_COMMAND, cwd=folder, env=environment(), check=True, capture_output=True)
    return time.monotonic() - start


def remove_limits(folder):
    for name in LIMITS:
        path = folder / "results/zprime" / name
        shutil.rmtree(path) if path.is_dir() else path.unlink()


def toys_done(folder):
    """Signals whose toys are thrown: file → when it was written."""
    return {path: path.stat().st_mtime_ns for path in folder.glob("results/zprime/toy_limits/*")}


@pytest.fixture(scope="module")
def with_limits(tmp_path_factory):
    """`zprime` up to its limits, of which some are from toys, and how long these take."""
    folder = tmp_path_factory.mktemp("zprime")
    run_shipped(folder, "zprime", ["limits.json"])
    expected = limits_of(folder / "results/zprime")
    remove_limits(folder)
    seconds = make_limits(folder)
    assert limits_of(folder / "results/zprime") == expected
    return folder, expected, seconds


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(2))
def test_limits_from_toys(with_limits, tmp_path, seed):
    """Ten kills of runs that throw toys, 20 in all, and more until signals that were done have
    stayed: each run that comes to its end has the bytes of an undisturbed one. It then begins anew.
    """
    made, expected, seconds = with_limits
    assert len(expected) > 10
    folder = shutil.copytree(made, tmp_path / "zprime")
    remove_limits(folder)
    random, done = np.random.default_rng([8, seed]), {}
    killed = ended = kept = 0
    while killed < 10 or not kept:
        assert killed + ended < 60
        ran_on = kill_after(folder, random.uniform(0.3, 0.95) * seconds, LIMITS_COMMAND)
        found = toys_done(folder)
        kept += len(found.items() & done.items())
        if ran_on:
            killed, done = killed + 1, found
        else:
            ended, done = ended + 1, {}
            assert limits_of(folder / "results/zprime") == expected
            remove_limits(folder)
    make_limits(folder)
    assert limits_of(folder / "results/zprime") == expected
