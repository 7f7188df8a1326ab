"""A command that is killed at a random moment leaves nothing half written that is taken for whole:
given again, it ends with the bytes of an undisturbed one.

`WOLLEMI_MOMENTS=50` tries fifty moments of each command instead of a few.
"""

import os
import shutil
import subprocess
import time
from pathlib import Path

import numpy as np
import pytest
from support.events.layouts import write_flat
from support.project.faults import kill_after
from support.project.folders import copied
from support.project.own_repository import TOLD, OwnRepository, last_version
from support.project.paths import ROOT
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

SECTION = ("--cross-section", "signal.root=0.3")
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
    return ["restore", read_states(Store(project / ".wollemi/store"), "tiny")[0].name]


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
    assert expected != made(prepared)
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


def tree(folder):
    """Files of a folder, without those of git and Python."""
    return {
        path.relative_to(folder): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and not {".git", "__pycache__"} & {*path.parts}
    }


def check_moments(name, folder, command, variables):
    """Kill a command in copies of a folder; what each then leaves, and has in the end."""
    undisturbed = copied(folder, folder.with_name("undisturbed"))
    began = time.monotonic()
    subprocess.run(command, cwd=undisturbed, env=variables, check=True, capture_output=True)
    seconds, expected = time.monotonic() - began, tree(undisturbed)
    left = []
    for share in np.random.default_rng([11, *name.encode()]).uniform(0.3, 1, 2 * MOMENTS):
        project = copied(folder, folder.with_name("project"))
        kill_after(project, share * seconds, command, variables)
        left.append({path.relative_to(project) for path in project.iterdir()})
        subprocess.run(command, cwd=project, env=variables, check=True, capture_output=True)
        assert tree(project) == expected, share
        shutil.rmtree(project)
    return left


@pytest.mark.slow
def test_a_new_repository_is_whole_or_not_there(tmp_path):
    folder = tmp_path / "folder"
    folder.mkdir()
    events = tmp_path / "signal.root"
    write_flat(events)
    command = wollemi_command("new", "own", str(events), "--signal", "signal.root", *SECTION)
    left = check_moments("new", folder, [*command, *TOLD], wollemi_environment(ROOT))
    # Some were killed while they wrote, and none of these has left a part under the name.
    partial = [names for names in left if Path(".partial.own") in names]
    assert partial
    assert not any(Path("own") in names for names in partial)


@pytest.mark.slow
def test_an_upgrade_begins_anew(tmp_path):
    write_flat(tmp_path / "signal.root")
    scripts = last_version(tmp_path / "last") / "scripts"
    files = (tmp_path / "signal.root", "--signal", "signal.root", *SECTION)
    own = OwnRepository(tmp_path, *files, scripts=scripts)
    command = wollemi_command("upgrade", "--from", str(ROOT), "--apply")
    check_moments("upgrade", own.folder, command, own.variables)
