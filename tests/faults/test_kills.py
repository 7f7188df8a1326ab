"""A command that is killed at a random moment leaves nothing half written that is taken for whole:
given again, it ends with the bytes of an undisturbed one.

`WOLLEMI_MOMENTS=50` tries fifty moments of each command instead of a few.
"""

import os
import shutil
import time

import numpy as np
import pytest
from support.project.faults import kill_after
from support.project.folders import copied
from support.tiny.analysis import (
    digests,
    edit_analysis,
    wollemi,
    wollemi_command,
    wollemi_environment,
)

from wollemi.base.digests import file_digest
from wollemi.history.states import read_states
from wollemi.history.store import Store

MOMENTS = int(os.environ.get("WOLLEMI_MOMENTS", "4"))


def made(project):
    """Products and the files of the folder itself, with their digests."""
    beside = {path.name: file_digest(path) for path in project.iterdir() if path.is_file()}
    return digests(project) | beside


def earlier_state(project):
    """After a run of another title, the arguments that restore the first."""
    edit_analysis(project, lambda document: document.update(title="Another"))
    done = wollemi(project, "run", "tiny", "--config", "mirrors=mirror")
    assert done.returncode == 0, done.stdout
    # The oldest is the last.
    return ["restore", read_states(Store(project / ".wollemi/store"), "tiny")[-1].name]


# Command → its arguments, in a project that it prepares.
COMMANDS = {
    "run": lambda project: (
        shutil.rmtree(project / "results"),
        ["run", "tiny", "--config", "mirrors=mirror"],
    )[1],
    "publish": lambda project: ["publish", "tiny", "--config", "mirrors=mirror"],
    "archive": lambda project: ["archive", "tiny"],
    "restore": earlier_state,
}


def again(project, arguments):
    """The same command, until the jobs of the one that was killed have ended."""
    for _ in range(60):
        done = wollemi(project, *arguments)
        if "its jobs are still ending" not in done.stdout:
            break
        assert done.returncode == 2
        time.sleep(1)
    return done


@pytest.mark.slow
@pytest.mark.parametrize("name", COMMANDS)
def test_any_moment(name, whole, tmp_path):
    prepared = copied(whole, tmp_path / "prepared")
    arguments = COMMANDS[name](prepared)
    undisturbed = copied(prepared, tmp_path / "undisturbed")
    began = time.monotonic()
    done = wollemi(undisturbed, *arguments)
    seconds = time.monotonic() - began
    assert done.returncode == 0, done.stdout
    expected, killed = made(undisturbed), 0
    for share in np.random.default_rng([9, *name.encode()]).uniform(0, 1, MOMENTS):
        project = copied(prepared, tmp_path / "project")
        command, variables = wollemi_command(*arguments), wollemi_environment(project)
        killed += kill_after(project, share * seconds, command, variables)
        if name == "archive":
            assert digests(project) == digests(prepared)
            assert made(project).get("tiny.zip") in (None, expected["tiny.zip"])
        done = again(project, arguments)
        assert done.returncode == 0, done.stdout
        assert made(project) == expected, share
        shutil.rmtree(project)
    print(f"{name}: killed at {killed} moments of {seconds:.1f} s")
    assert killed > MOMENTS // 2
