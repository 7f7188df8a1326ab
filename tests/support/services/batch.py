"""Runs on a real Slurm and a real HTCondor, with the profiles, and what batch jobs these were."""

import contextlib
import json
import os
import re
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from support.project.paths import ROOT
from support.services.recipes import htcondor, slurm

SLURM_PLUGIN = "snakemake-executor-plugin-slurm==2.8.0"
# Services on one machine: nothing to wait for.
PATIENCE = ["--seconds-between-status-checks", "2", "--latency-wait", "5"]
WITHOUT_ACCOUNTING = ["--slurm-no-account", "--slurm-status-command", "squeue"]
WITHOUT_ACCOUNTING += ["--slurm-init-seconds-before-status-checks", "2"]

_FIRST_LINE = "    part = read_common_part(job.together)\n"
_SLOW_ONCE = """    import os, time
    if os.path.exists("slow"):
        os.remove("slow")
        time.sleep({seconds})
"""

Done = subprocess.CompletedProcess[str]


class Slurm:
    """A Slurm of one node.

    Args:
        environment: for its commands.
    """

    def __init__(self, environment: Mapping[str, str]) -> None:
        self.environment = environment
        self._seen: dict[int, dict[str, Any]] = {}  # Slurm forgets jobs after ten minutes

    def command(self, *arguments: str) -> list[str]:
        """Snakemake with the profile, in an environment that has the plugin."""
        python = ["uv", "run", "--quiet", "--no-sync", "--project", str(ROOT)]
        python += ["--with", SLURM_PLUGIN, "python", "-m", "snakemake"]
        return [*python, *arguments, "--profile", "profiles/slurm", *PATIENCE, *WITHOUT_ACCOUNTING]

    def run(self, project: Path, *arguments: str) -> tuple[Path, Done]:
        """Run in a project; its folder, and what was said."""
        return project, self._call(self.command(*arguments), cwd=project)

    def jobs(self) -> list[dict[str, Any]]:
        """What Slurm knows, or knew when it was asked before, of each batch job: its state, working
        folder, memory and others.
        """
        listing = self.control("-o", "show", "jobs").splitlines()
        fields = (re.findall(r"(\w+)=(\S*)", line) for line in listing if line.startswith("JobId="))
        self._seen |= {int(job["JobId"]): job for job in map(dict, fields)}
        return [job for _, job in sorted(self._seen.items())]

    def control(self, *arguments: str) -> str:
        """What `scontrol` says."""
        done = self._call(["scontrol", *arguments])
        assert done.returncode == 0, done.stderr
        return done.stdout

    def lose_machine(self) -> None:
        """Kill the node's daemon and all that its jobs run, and start the daemon again, as a
        machine that comes back does.
        """
        daemon = Path(self.environment["SLURM_CONF"]).with_name("slurmd.pid")
        steps = [pid for pid, _, name in processes() if name == "slurmstepd"]
        kill_all([int(daemon.read_text()), *steps])
        # Until `BatchStartTimeout`, 10 s after its start, Slurm does not miss a batch job.
        time.sleep(15)
        self._call(["slurmd", "-f", self.environment["SLURM_CONF"]])

    def _call(self, command: Sequence[str], cwd: Path | None = None) -> Done:
        return subprocess.run(
            command, cwd=cwd, env=self.environment, capture_output=True, text=True, check=False
        )


class Pool:
    """An HTCondor of one machine.

    Args:
        services: folder that its user can enter.
        as_user: beginning of a command that runs as that user.
    """

    def __init__(self, services: Path, as_user: Sequence[str]) -> None:
        self.services, self.as_user = services, as_user
        self.environment = os.environ | {"CONDOR_CONFIG": f"{services}/condor/condor_config"}

    def command(self, *arguments: str) -> list[str]:
        """Snakemake with the profile, as the user."""
        # Nothing of the tests' own environment, which that user may not enter.
        path = f"PATH={self.services}/venv-htc/bin:/usr/bin:/bin"
        python = [*self.as_user, "env", path, "python", "-m", "snakemake"]
        return [*python, *arguments, "--profile", "profiles/htcondor", *PATIENCE]

    def copy(self, project: Path) -> Path:
        """A copy of a project that is the user's, in a folder of its own: where the plugin finds
        the log of a run before, it may read it before it is ready, and stand still.
        """
        folder = Path(tempfile.mkdtemp(dir=self.services, prefix=project.name))
        shutil.copytree(project, folder, dirs_exist_ok=True)
        subprocess.run(["chown", "-R", "hepjob", str(folder)], check=True)
        return folder

    def run(self, project: Path, *arguments: str) -> tuple[Path, Done]:
        """Run in a copy of a project; its folder, and what was said."""
        return self.run_copy(self.copy(project), *arguments)

    def run_copy(self, folder: Path, *arguments: str) -> tuple[Path, Done]:
        """Run in the folder that `copy` has made."""
        command = self.command(*arguments)
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
        said = [*folder.rglob(".snakemake/htcondor/**/*"), *folder.rglob("results/**/*.log")]
        for log in filter(Path.is_file, said):  # for who reads a failure
            done.stderr += f"\n{log.name}:\n{log.read_text()[-900:]}"
        return folder, done

    def jobs(self) -> list[dict[str, Any]]:
        """What HTCondor remembers of each batch job, of those that it holds, too."""
        listings = [self.query(command) for command in ("condor_history", "condor_q -allusers")]
        jobs = [job for text in listings if text.strip() for job in json.loads(text)]
        return sorted(jobs, key=lambda job: job["ClusterId"])

    def lose_machine(self) -> None:
        """Kill the machine's daemon and all that its jobs run; the master starts another daemon."""
        master = int((self.services / "condor/run/master.pid").read_text())
        kill_all(
            [
                pid
                for pid, parent, name in processes()
                if (parent, name) == (master, "condor_startd")
            ]
        )

    def query(self, command: str) -> str:
        """What a command of HTCondor lists, as JSON."""
        return subprocess.run(
            [*command.split(), "-json"],
            env=self.environment,
            check=True,
            capture_output=True,
            text=True,
        ).stdout


def make_slow_once(project: Path, seconds: int) -> None:
    """Let the first skim of a project do nothing for some time: batch systems look at what a job
    uses every few seconds.
    """
    (project / "slow").touch()
    program = project / "scripts/skim_events.py"
    text = program.read_text()
    assert _FIRST_LINE in text
    slow = _SLOW_ONCE.format(seconds=seconds) + _FIRST_LINE
    program.write_text(text.replace(_FIRST_LINE, slow))


def wait_until_slow(project: Path) -> None:
    """Wait until the first skim of a project does nothing.

    Args:
        project: where it runs, after `make_slow_once`.
    """
    end = time.monotonic() + 300
    while (project / "slow").exists():
        assert time.monotonic() < end
        time.sleep(1)


def processes() -> list[tuple[int, int, str]]:
    """Id, parent and name of each process of this machine."""
    listing = subprocess.run(
        ["ps", "-eo", "pid=,ppid=,comm="], check=True, capture_output=True, text=True
    )
    fields = (line.split(maxsplit=2) for line in listing.stdout.splitlines())
    return [(int(pid), int(parent), name) for pid, parent, name in fields]


def kill_all(roots: Sequence[int]) -> None:
    """Kill processes, their children and the children of these."""
    children: dict[int, list[int]] = {}
    for pid, parent, _ in processes():
        children.setdefault(parent, []).append(pid)
    found = list(roots)
    for pid in found:  # grows
        found += children.get(pid, [])
    for pid in found:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


@contextmanager
def slurm_node() -> Iterator[Slurm]:
    """A Slurm that runs."""
    with slurm() as environment:
        yield Slurm(environment)


@contextmanager
def condor_pool() -> Iterator[Pool]:
    """A pool that runs, whose Python has the locked packages and the plugin."""
    with htcondor() as (services, as_user):
        packages = services / "requirements.txt"
        export = ["uv", "export", "--frozen", "--no-emit-project", "--no-hashes", "--quiet"]
        packages.write_text(
            subprocess.run(export, cwd=ROOT, check=True, capture_output=True, text=True).stdout
        )
        python = str(services / "venv-htc/bin/python")
        install = ["uv", "pip", "install", "--quiet", "--python", python, "-r", str(packages)]
        subprocess.run(install, check=True)
        yield Pool(services, as_user)
