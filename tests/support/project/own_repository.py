"""Repositories that `wollemi new` writes, and the tools that they are used with."""

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from support.project.paths import ROOT
from support.tiny.analysis import environment, wollemi_environment
from wollemi.commands.carried import WORKFLOW
from wollemi.commands.programs import copy_files, workflow_files

# `uv` of the repository, with the packages of the tests.
UV = """#!/bin/sh
[ "$1" = run ] || exit 0
program="$2"
shift 2
export PYTHONPATH="$PWD/scripts"
[ "$program" = python ] || set -- -m wollemi.commands.main "$@"
exec "{python}" "$@"
"""
# Wollemi as it was before: other limits, another picture, a module that has gone.
LAST = {
    "pyproject.toml": ('version = "0.2.0"', 'version = "0.1.9"'),
    "scripts/compute_limits.py": (
        "likelihood, settings.level)",
        "likelihood, settings.level - 0.05)",
    ),
    "scripts/wollemi/plots/parameters.py": ("+ error + 0.3", "+ error + 0.4"),
}
TOLD = ("--luminosity", "10", "--energy", "13", "--title", "My search", "--author", "A. Student")


def wollemi(
    folder: Path, *arguments: object, scripts: Path = ROOT / "scripts", answers: str = ""
) -> subprocess.CompletedProcess[str]:
    """Run `wollemi` of a package in a folder, with answers to what it asks."""
    return subprocess.run(
        [sys.executable, "-m", "wollemi.commands.main", *map(str, arguments)],
        cwd=folder,
        env=environment() | {"PYTHONPATH": str(scripts)},
        input=answers,
        capture_output=True,
        text=True,
        check=False,
    )


def checkout(folder: Path) -> Path:
    """A copy of Wollemi, to be made another version of it."""
    copy_files(folder, workflow_files(ROOT, ROOT / "scripts/wollemi", WORKFLOW, ("analyses",)))
    return folder


def last_version(folder: Path) -> Path:
    """Wollemi as it was before, in a folder."""
    checkout(folder)
    for name, (now, then) in LAST.items():
        text = (folder / name).read_text()
        assert text.count(now) == 1, name
        (folder / name).write_text(text.replace(now, then))
    (folder / "scripts/wollemi/plots/gone.py").touch()
    return folder


class OwnRepository:
    """A repository of git that `wollemi new` wrote, with the first commit on `main`.

    Args:
        folder: of which it becomes `own`, and `tools` has its `uv`.
        arguments: files and options of `wollemi new`.
        scripts: of the version that writes it.
    """

    def __init__(
        self, folder: Path, *arguments: object, scripts: Path = ROOT / "scripts", **variables: str
    ) -> None:
        done = wollemi(folder, "new", "own", *arguments, *TOLD, scripts=scripts)
        assert done.returncode == 0, done.stdout + done.stderr
        self.folder, tools = folder / "own", folder / "tools"
        tools.mkdir()
        (tools / "uv").write_text(UV.format(python=sys.executable))
        (tools / "uv").chmod(0o755)
        names = ("GIT_AUTHOR_NAME", "GIT_AUTHOR_EMAIL", "GIT_COMMITTER_NAME", "GIT_COMMITTER_EMAIL")
        self.variables = (
            wollemi_environment(self.folder) | dict.fromkeys(names, "student") | variables
        )
        self.variables["PATH"] = f"{tools}{os.pathsep}{self.variables['PATH']}"
        self.run("git", "init", "--quiet", "--initial-branch", "main")
        self.commit("Begin")

    def call(self, *command: object) -> subprocess.CompletedProcess[str]:
        """Run a command there; all that it says is in `stdout`."""
        streams: dict[str, Any] = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
        return subprocess.run(
            [*map(str, command)],
            cwd=self.folder,
            env=self.variables,
            text=True,
            check=False,
            **streams,
        )

    def run(self, *command: object, code: int = 0) -> str:
        """What a command says that ends with an exit code."""
        done = self.call(*command)
        assert done.returncode == code, done.stdout
        return done.stdout

    def wollemi(self, *arguments: object, code: int = 0) -> str:
        """What `wollemi` of the repository says."""
        return self.run(sys.executable, "-m", "wollemi.commands.main", *arguments, code=code)

    def commit(self, message: str) -> None:
        """Commit all that is there."""
        self.run("git", "add", "--all")
        self.run("git", "commit", "--quiet", "-m", message)


def copied_files(folder: Path, *paths: Path) -> list[Path]:
    """Copies of files in a folder."""
    return [Path(shutil.copy2(path, folder / path.name)) for path in paths]
