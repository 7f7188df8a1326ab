"""Faults of machines: a process that is killed, a disk with little room, a clock that was ahead."""

import os
import shlex
import signal
import subprocess
from collections.abc import Sequence
from pathlib import Path

from support.tiny.analysis import environment

DAY = 86_400


def kill_after(
    project: Path, seconds: float, command: Sequence[str], variables: dict[str, str] | None = None
) -> bool:
    """Run a command, and kill it with all its children after a while; whether it was running."""
    silence = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    with subprocess.Popen(
        command, cwd=project, env=variables or environment(), start_new_session=True, **silence
    ) as process:
        try:
            process.wait(timeout=seconds)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
    return process.returncode == -signal.SIGKILL


def has_small_disks() -> bool:
    """Whether this user may mount a disk in a namespace of its own."""
    try_it = ["unshare", "-rm", "mount", "-t", "tmpfs", "tmpfs", "/mnt"]
    try:
        return subprocess.run(try_it, check=False, capture_output=True).returncode == 0
    except FileNotFoundError:
        return False


def run_on_small_disk(
    folder: Path, size: int, command: Sequence[str], variables: dict[str, str]
) -> subprocess.CompletedProcess[str]:
    """Run a command in the folder above one that is a disk of its own; what is on the disk stays.

    Args:
        folder: Mount point. Its content is on the disk, too.
        size: Size of the disk, bytes.
        command: The command.
        variables: Its environment.
    """
    inside, outside = folder.with_name("inside"), folder.with_name("outside")
    script = f"""
mkdir -p {folder} && cp -a {folder} {outside} && mount -t tmpfs -o size={size} tmpfs {folder}
cp -a {outside}/. {folder} && {shlex.join(command)}
code=$?
cp -a {folder} {inside} && exit $code
"""
    done = subprocess.run(
        ["unshare", "-rm", "sh", "-c", script],
        cwd=folder.parent,
        env=variables,
        check=False,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    for path in (folder, outside):
        subprocess.run(["rm", "-rf", path], check=True)
    inside.rename(folder)
    return done


def advance_clock(folder: Path) -> None:
    """Let the clock have been a day ahead when the files of a folder were written."""
    for path in folder.rglob("*"):
        times = path.stat()
        os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns + DAY * 10**9))
