"""A dataset of many small files, run for real: what it costs, what one more file runs, and whether
a run that was killed twice ends with the same products.

    uv run python benchmarks/many_files.py /tmp/many --files 2000 --per-job 10

The project is that of `planning.py`.
"""

import argparse
import hashlib
import json
import os
import resource
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import NamedTuple

from planning import _SNAKEMAKE, PRODUCTS, jobs, make_project, snakemake, write_manifest

CORES = 2
KILLS = (0.25, 0.35)  # of the time of the undisturbed run


class Cost(NamedTuple):
    """What a run and all its jobs took: wall and CPU time in s, largest process in MB."""

    wall: float
    cpu: float
    memory: float

    def __str__(self) -> str:
        return f"{self.wall:.0f} s, {self.cpu:.0f} CPU s, largest process {self.memory:.0f} MB"


def run(folder: Path, killed_after: float | None = None) -> Cost:
    """Run the analysis; kill it and its jobs after a while, if that is given."""
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    with (folder / "run.log").open("w") as log:
        process = subprocess.Popen(
            [
                *(sys.executable, "-c", _SNAKEMAKE, "--cores", str(CORES)),
                *("--config", "analysis=many", "mirrors="),
            ],
            cwd=folder,
            stdout=log,
            stderr=subprocess.STDOUT,
            env=os.environ | {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"},
            start_new_session=True,
        )
        try:
            code = process.wait(killed_after)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            code = process.wait()
    expected = 0 if killed_after is None else -signal.SIGKILL
    assert code == expected, (folder / "run.log").read_text()[-2000:]
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Cost(time.monotonic() - began, cpu, after.ru_maxrss / 1024)


def digests(folder: Path) -> dict[str, str]:
    """Product → SHA-256, without logs, whose clocks differ."""
    paths = (path for path in (folder / PRODUCTS).rglob("*") if path.is_file())
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in paths
        if "logs" not in path.parts
    }


def kept(folder: Path) -> str:
    """What Snakemake keeps of a run."""
    files = [path for path in (folder / ".snakemake/metadata").rglob("*") if path.is_file()]
    size, log = sum(path.stat().st_size for path in files), (folder / "run.log").stat().st_size
    each = size / len(files)
    return f"metadata {size / 1e6:.2f} MB, {each:.0f} bytes a product; log {log / 1000:.0f} kB"


def measure(folder: Path, files: int, per_job: int) -> None:
    """Measure a dataset of so many files, and remove its project."""
    undisturbed, killed = folder / "undisturbed", folder / "killed"
    make_project(undisturbed, files, per_job, files + 1)
    shutil.copytree(undisturbed, killed)
    cost = run(undisturbed)
    expected = digests(undisturbed)
    print(f"{files} files, {per_job} a job, {CORES} cores\n  run: {cost}; {kept(undisturbed)}")
    print(f"  nothing to do: {run(undisturbed)}", flush=True)
    for share in KILLS:
        run(killed, share * cost.wall)
    print(f"  the rest of a run killed twice: {run(killed)}", flush=True)
    found = digests(killed)
    differing = [
        name for name in expected.keys() | found.keys() if expected.get(name) != found.get(name)
    ]
    print(f"  products: {len(expected)}, of which differ: {differing or 0}", flush=True)
    write_manifest(undisturbed, files + 1, files + 1)
    said, _ = snakemake(undisturbed, "--dry-run", "--quiet", "rules")
    print(f"  one more file: {run(undisturbed)}; {json.dumps(jobs(said))}", flush=True)
    shutil.rmtree(folder)


def main() -> None:
    """Measure one size."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path, help="made, and removed at the end")
    parser.add_argument("--files", type=int, default=2000)
    parser.add_argument("--per-job", type=int, default=10)
    arguments = parser.parse_args()
    measure(arguments.folder, arguments.files, arguments.per_job)


if __name__ == "__main__":
    main()
