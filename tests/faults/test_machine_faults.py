"""Runs on a machine with faults: after each, the same command ends with the bytes of an undisturbed
run.
"""

import re
import subprocess

import numpy as np
import pytest
from support.project.faults import (
    advance_clock,
    has_small_disks,
    kill_after,
    run_on_small_disk,
)
from support.tiny.analysis import (
    digests,
    snakemake_command,
    wollemi,
    wollemi_command,
    wollemi_environment,
)

RUN = ("run", "tiny", "--config", "mirrors=mirror")
needs_disks = pytest.mark.skipif(not has_small_disks(), reason="no disk may be mounted here")


def size_of(folder):
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


@needs_disks
@pytest.mark.slow
@pytest.mark.parametrize("share", np.random.default_rng(10).uniform(0.05, 0.95, 3))
def test_a_full_disk(project, finished, share):
    size = int(share * size_of(finished / "results"))
    done = run_on_small_disk(
        project / "results", size, wollemi_command(*RUN), wollemi_environment(project)
    )
    assert done.returncode in (1, 2), done.stdout
    assert "the disk is full" in done.stdout
    again = wollemi(project, *RUN)
    assert again.returncode == 0, again.stdout
    assert digests(project) == digests(finished)


@pytest.mark.slow
@pytest.mark.parametrize("folder", ["results", "config", "."])
def test_a_clock_that_was_ahead_until_it_was_set(project, finished, finished_seconds, folder):
    """Files of the first half of a run are from the future."""
    assert kill_after(project, 0.5 * finished_seconds, snakemake_command())
    advance_clock(project / folder)
    done = wollemi(project, *RUN)
    assert done.returncode == 0, done.stdout
    assert digests(project) == digests(finished)
    assert "nothing to be done" in wollemi(project, *RUN).stdout.lower()


@pytest.mark.slow
def test_two_runs_at_once(project, finished):
    """One of them runs; the other one says who does, or has nothing left to do."""
    streams = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True}
    runs = [
        subprocess.Popen(
            wollemi_command(*RUN), cwd=project, env=wollemi_environment(project), **streams
        )
        for _ in range(2)
    ]
    texts = [run.communicate()[0] for run in runs]
    codes = sorted(run.returncode for run in runs)
    assert codes in ([0, 0], [0, 2]), texts
    if codes == [0, 2]:
        refused = texts[[run.returncode for run in runs].index(2)]
        assert re.search("another run is starting|has been running since", refused)
    assert digests(project) == digests(finished)
