"""One job of a REANA-like workflow engine: a shell command in the workspace, or in a folder with
its declared inputs only.

REANA's own are `kubernetes_job_manager.py` of reanahub/reana-job-controller and `run_job` in
`executor.py` of reanahub/reana-workflow-engine-snakemake. Needs the standard library only.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

OPTIONS = argparse.Namespace()
JOBS: dict[str, dict[str, Any]] = {}


def clock() -> str:
    """Now, as REANA writes times."""
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime())


def describe(job: Any) -> dict[str, Any]:
    """What REANA submits of a Snakemake job, and what the job declares."""
    return {
        "rule": job.rule.name,
        "input": [str(name) for name in job.input],
        "output": [str(name) for name in job.output],
        "log": [str(name) for name in job.log],
        "command": job.shellcmd,
        "image": (job.container_img_url or "").replace("docker://", ""),
        "threads": job.threads,
        "resources": {
            name: value
            for name, value in job.resources.items()
            if name not in ("_cores", "_nodes", "tmpdir")
        },
        "shell": bool(job.is_shell),
    }


class RunningJob:
    """One submitted job: its process, its folder, and what is left of it."""

    def __init__(self, job: Any):
        self.declared = describe(job)
        self.number = str(len(JOBS) + 1)
        self.folder = self._bare_folder() if OPTIONS.isolated else OPTIONS.workspace
        self.output = tempfile.TemporaryFile()  # noqa: SIM115 (lives as long as the job)
        self.entry = JOBS[self.number] = {
            **self.declared,
            "job_name": job.name,
            "status": "running",
            "started_at": clock(),
        }
        self.process = subprocess.Popen(
            self._command(),
            env=os.environ if OPTIONS.image else self._environment(),
            cwd="/",
            stdin=subprocess.DEVNULL,
            stdout=self.output,
            stderr=subprocess.STDOUT,
        )

    def _bare_folder(self) -> Path:
        """A folder with the declared inputs, and the folders of local copies of public files, which
        are no input of a job.
        """
        folder = Path(tempfile.mkdtemp(prefix="job-", dir=OPTIONS.isolated))
        folder.chmod(0o775)
        for name in self.declared["input"]:
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            if (OPTIONS.workspace / name).is_dir():
                shutil.copytree(
                    OPTIONS.workspace / name,
                    folder / name,
                    ignore=shutil.ignore_patterns("__pycache__"),
                )
            else:
                shutil.copy2(OPTIONS.workspace / name, folder / name)
        for name in str(self.declared["resources"].get("mirrors", "")).split():
            shutil.copytree(OPTIONS.workspace / name, folder / name, copy_function=os.link)
        return folder

    def _environment(self) -> dict[str, str]:
        broken = self.declared["rule"] == OPTIONS.broken
        path = "/nonexistent" if broken else f"{OPTIONS.path}:/usr/bin:/bin"
        processor = {name: text for name, text in os.environ.items() if "OPENBLAS_" in name}
        return processor | {
            "PATH": path,
            "HOME": "/nonexistent",
            "REANA_WORKSPACE": str(self.folder),
            "REANA_WORKFLOW_UUID": "0",
        }

    def _command(self) -> list[str]:
        command = f"cd {self.folder} && {self.declared['command']}"
        if not OPTIONS.image:
            return ["/bin/sh", "-c", command]
        volume = f"{self.folder}:{self.folder}"
        variables = [
            f"--env={name}={value}" for name, value in self._environment().items() if name != "PATH"
        ]
        user = ["--user=1000:0", "--umask=0002", "--network=none", "--rm"]
        return [
            "/usr/bin/env",
            "podman",
            "run",
            *user,
            *variables,
            f"--volume={volume}",
            OPTIONS.image,
            "bash",
            "-c",
            command,
        ]

    def poll(self) -> bool | None:
        """None while it runs; then whether it succeeded."""
        if self.process.poll() is None:
            return None
        if self.entry["status"] == "running":
            self._finish()
        return bool(self.entry["status"] == "finished")

    def _finish(self) -> None:
        self.output.seek(0)
        problems = self._take_outputs() if OPTIONS.isolated else []
        success = self.process.returncode == 0 and not problems
        text = self.output.read().decode(errors="replace") + "".join(
            f"{problem}\n" for problem in problems
        )
        self.entry.update(
            status="finished" if success else "failed",
            finished_at=clock(),
            logs=text,
            code=self.process.returncode,
        )
        if not success:
            print(
                f"{self.declared['rule']}: exit code {self.process.returncode}\n{text}",
                file=sys.stderr,
            )

    def _take_outputs(self) -> list[str]:
        """Move the declared files into the workspace; what was made beside them is a problem."""
        declared = {*self.declared["output"], *self.declared["log"]}
        known = {*declared, *self.declared["input"]}
        mirrors = tuple(
            f"{name}/" for name in str(self.declared["resources"].get("mirrors", "")).split()
        )
        found = [
            str(path.relative_to(self.folder)) for path in self.folder.rglob("*") if path.is_file()
        ]
        for name in declared & set(found):
            (OPTIONS.workspace / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.move(self.folder / name, OPTIONS.workspace / name)
        # Machine code kept for the next job only saves time, as Python's bytecode does.
        kept = ("__pycache__", ".wollemi/compiled")
        given = (*mirrors, *(f"{name}/" for name in self.declared["input"]))
        others = [name for name in found if name not in known and not name.startswith(given)]
        others = [name for name in others if not any(folder in name for folder in kept)]
        shutil.rmtree(self.folder)
        return [f"{name}: made, but not declared as an output" for name in sorted(others)]


def submit(job: Any) -> RunningJob:
    """Start a job.

    Raises:
        ValueError: it is not a shell command, the only kind that REANA runs.
    """
    if not job.is_shell:
        raise ValueError(f"{job.rule.name}: only shell commands can be submitted")
    return RunningJob(job)
