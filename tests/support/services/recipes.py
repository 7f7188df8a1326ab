"""Real services on this machine, from the recipes beside the project: started for some tests, then
stopped and removed.
"""

import fcntl
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from support.project.paths import SHARED_RECIPES

_LACKING = [
    text
    for text, there in {
        "the recipes (../shared/recipes) are not on this machine": SHARED_RECIPES.is_dir(),
        "installing needs root": os.geteuid() == 0,
        "installing needs apt-get": shutil.which("apt-get") is not None,
    }.items()
    if not there
]
needs_recipes = pytest.mark.skipif(bool(_LACKING), reason="; ".join(_LACKING) or "all is there")


def run_recipe(script: str, *arguments: str, services: Path, **variables: str) -> None:
    """Run a script of the recipes; only one at a time installs packages.

    Args:
        script: relative to the recipes.
        arguments: of the script.
        services: folder for all that it writes.
        variables: further environment variables.
    """
    environment = os.environ | {"SERVICES": str(services)} | variables
    with (Path(tempfile.gettempdir()) / "wollemi-recipes.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        command = ["bash", str(SHARED_RECIPES / script), *arguments]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def recipe_environment(script: str, services: Path) -> dict[str, str]:
    """Environment variables after a script was sourced.

    Args:
        script: its path.
        services: as for `run_recipe`.
    """
    environment = os.environ | {"SERVICES": str(services)}
    done = subprocess.run(
        ["bash", "-c", f". {script} && env -0"],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    return dict(item.split("=", 1) for item in done.stdout.split("\0") if item)


@contextmanager
def only_one(name: str) -> Iterator[None]:
    """Wait until no other tests on this machine use a service, whose ports are always the same."""
    with (Path(tempfile.gettempdir()) / f"wollemi-{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@contextmanager
def service_folder() -> Iterator[Path]:
    """A folder for services; daemons take no long paths for their sockets, and munge none that
    others cannot enter.
    """
    with tempfile.TemporaryDirectory(prefix="wollemi-", ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o711)
        yield Path(folder)


@contextmanager
def podman() -> Iterator[dict[str, str]]:
    """Podman with a base image, `localhost/base:py313`, of its own storage.

    Yields:
        The environment for podman and for the stand-in of Apptainer.
    """
    with service_folder() as services:
        try:
            run_recipe("podman/podman.sh", "install", services=services)
            run_recipe("podman/podman.sh", "base", services=services)
            yield recipe_environment(str(SHARED_RECIPES / "podman/env.sh"), services)
        finally:
            run_recipe("podman/podman.sh", "stop", services=services, PURGE="1")


@contextmanager
def slurm() -> Iterator[dict[str, str]]:
    """A Slurm of one node, without accounting. Its partition takes no job longer than an hour.

    Yields:
        The environment for its commands.
    """
    with only_one("slurm"), service_folder() as services:
        try:
            run_recipe("slurm/slurm.sh", "start", services=services)
            yield recipe_environment(str(services / "slurm/env.slurm"), services)
        finally:
            run_recipe("slurm/slurm.sh", "stop", services=services, PURGE="1")


@contextmanager
def storage(files: Path) -> Iterator[tuple[str, str]]:
    """A folder behind XRootD and behind a web server, both of this machine.

    Args:
        files: what others may read; below a folder that they can enter.

    Yields:
        The addresses of the folder, `root://…/` and `http://…/`.
    """
    script = "xrootd/xrootd.sh"
    with only_one("xrootd"), service_folder() as services:
        try:
            run_recipe(script, "start", str(files), services=services)
            yield "root://localhost:11094//", "http://127.0.0.1:18080/"
        finally:
            run_recipe(script, "stop", services=services, PURGE="1")


@contextmanager
def htcondor() -> Iterator[tuple[Path, list[str]]]:
    """An HTCondor of one machine, which refuses the jobs of root.

    Yields:
        A folder that its user can enter, with its Python in `venv-htc`; the beginning of a command
        that runs as that user.
    """
    script = "htcondor/htcondor.sh"
    with only_one("htcondor"), service_folder() as services:
        try:
            try:
                run_recipe(script, "start", services=services)
            except AssertionError:
                # Its package may be configured only at the second try where no service may start.
                subprocess.run(["dpkg", "--configure", "-a"], check=True, capture_output=True)
                run_recipe(script, "start", services=services)
            as_user = ["env", f"SERVICES={services}", "bash", str(SHARED_RECIPES / script)]
            yield services, [*as_user, "as-user"]
        finally:
            run_recipe(script, "stop", services=services, PURGE="1")
