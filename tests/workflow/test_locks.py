"""A run that was killed does not lock the folder; a run that is alive does."""

import fcntl
import os

import pytest
from support.tiny.analysis import snakemake

TARGET = "results/tiny/histograms/signal_300.json"


@pytest.fixture
def left_locks(project):
    """The locks of a run that makes the target."""
    folder = project / ".snakemake/locks"
    folder.mkdir(parents=True)
    (folder / "0.output.lock").write_text(f"{TARGET}\n")
    return project


def test_a_dead_run_locks_nothing(left_locks):
    done = snakemake(left_locks, TARGET)
    assert done.returncode == 0, done.stdout
    assert (left_locks / TARGET).is_file()
    assert not list((left_locks / ".snakemake/locks").glob("*"))


def test_a_running_one_keeps_others_out(left_locks):
    folder = os.open(left_locks / ".snakemake", os.O_RDONLY)
    fcntl.flock(folder, fcntl.LOCK_SH)
    done = snakemake(left_locks, TARGET)
    os.close(folder)
    assert done.returncode == 1
    assert "Directory cannot be locked" in done.stdout
    assert not (left_locks / TARGET).exists()
