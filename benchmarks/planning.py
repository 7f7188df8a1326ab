"""Planning and merging of a dataset of many files: what a dry run costs, how many jobs one more
file makes, and what the merge of the parts needs.

    uv run python benchmarks/planning.py /tmp/many --files 1000 10000 --per-job 1 100

The analysis is `dimuon` with one dataset that a manifest lists. Its files are one ROOT file of
1,000 events under many names, with other headers in the first part. That part is computed; the
products of the others are copies of its products, which Snakemake takes for made (`--touch`).
"""

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import uproot
import yaml

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "scripts"))

from wollemi.base.digests import file_digest  # noqa: E402
from wollemi.inputs.manifests import describe_file, make_manifest  # noqa: E402
from wollemi.inputs.schemas import Layout  # noqa: E402
from wollemi.provenance.snakemake import _SNAKEMAKE  # noqa: E402

EVENTS, SEED = 1000, 12
LINKS = 50_000  # names of one file; ext4 allows 65,000
COPIED = ("Snakefile", "workflow", "scripts", "envs", "config/config.yaml", "uv.lock")
MANIFEST = "manifests/many.json"
PRODUCTS = "results/many"


def write_events(path: Path) -> None:
    """Write events with two muons each."""
    generator = np.random.default_rng(SEED)
    shape = (EVENTS, 2)
    branches = {
        "nMuon": np.full(EVENTS, 2, np.int32),
        "Muon_pt": generator.exponential(30, shape).astype(np.float32) + 5,
        "Muon_eta": generator.normal(0, 1, shape).astype(np.float32),
        "Muon_phi": generator.uniform(-3, 3, shape).astype(np.float32),
        "Muon_mass": np.full(shape, 0.1057, np.float32),
        "Muon_charge": generator.choice([-1, 1], shape).astype(np.int32),
    }
    with uproot.recreate(path) as file:
        file["Events"] = branches


def make_project(folder: Path, files: int, per_job: int, distinct: int = 0) -> None:
    """Write a project whose dataset has so many files, those of the first part distinct."""
    for name in COPIED:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy2
        copy(ROOT / name, folder / name)
    document = yaml.safe_load((ROOT / "config/analyses/dimuon/analysis.yaml").read_text())
    document["name"] = "many"
    document["datasets"] = {
        "many": {"tree": "Events", "manifest": MANIFEST, "files_per_job": per_job}
    }
    document["samples"]["data"]["datasets"] = ["many"]
    analysis = folder / "config/analyses/many/analysis.yaml"
    analysis.parent.mkdir(parents=True)
    analysis.write_text(yaml.safe_dump(document, sort_keys=False))
    (folder / "input").mkdir()
    write_events(folder / file_name(0))
    for number in range(1, files + 1):
        source, target = folder / file_name(number // LINKS * LINKS), folder / file_name(number)
        if number < max(per_job, distinct):
            content = bytearray((folder / file_name(0)).read_bytes())
            content[55:63] = number.to_bytes(8, "big")  # of the UUID in the header
            target.write_bytes(content)
        elif source == target:
            shutil.copy2(folder / file_name(0), target)
        else:
            os.link(source, target)
    write_manifest(folder, files, max(per_job, distinct))


def file_name(number: int) -> str:
    """Path of a file of events; in the order of the alphabet."""
    return f"input/events_{number:06}.root"


def write_manifest(folder: Path, files: int, distinct: int) -> None:
    """Write the manifest of the first files; digests of files that no job reads are numbers."""
    first = describe_file(str(folder / file_name(0)), Layout("nanoaod", "Events"), None)
    names = [file_name(number) for number in range(files)]
    digests = [file_digest(folder / name) for name in names[:distinct]]
    digests += [f"{number:064x}" for number in range(len(digests), files)]
    entries = [
        first.model_copy(update={"path": name, "sha256": digest})
        for name, digest in zip(names, digests, strict=True)
    ]
    (folder / MANIFEST).parent.mkdir(exist_ok=True)
    (folder / MANIFEST).write_text(json.dumps(make_manifest(None, entries).model_dump()))


def snakemake(folder: Path, *arguments: str) -> tuple[str, str]:
    """Run Snakemake: what it says, and what that cost."""
    command = [sys.executable, "-c", _SNAKEMAKE, "--cores", "1", *arguments]
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    began = time.monotonic()
    with (folder / "messages").open("w") as messages:
        process = subprocess.Popen(
            [*command, "--config", "analysis=many", "mirrors="],
            cwd=folder,
            stdout=messages,
            stderr=subprocess.STDOUT,
            env=os.environ | {"PATH": path},
        )
        _, status, usage = os.wait4(process.pid, 0)
    said = (folder / "messages").read_text()
    cpu, memory = usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024
    cost = f"{cpu:6.1f} s CPU, {time.monotonic() - began:6.1f} s, {memory:5.0f} MB"
    return said, cost if status == 0 else f"{cost}, failed: {last_error(said)}"


def last_error(text: str) -> str:
    """The line of an output that tells most of a failure."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    told = [line for line in lines if re.search(r"too long|Error|merge_parts: ", line)]
    return (told or lines or ["nothing was said"])[0][:200]


def jobs(text: str) -> dict[str, int]:
    """Rule → number of jobs of a dry run."""
    table = text.partition("Job stats:")[2].partition("\ntotal")[0]
    return {name: int(count) for name, count in re.findall(r"^(\w+) +(\d+)$", table, re.MULTILINE)}


def events_jobs(text: str) -> str:
    """How many jobs of the parts a dry run has."""
    found = jobs(text)
    names = ("skim_events_many", "fill_histograms_many", "merge_parts_many")
    return ", ".join(f"{found.get(name, 0)} {name.removesuffix('_many')}" for name in names)


def copy_products(folder: Path, names: Iterable[str], per_job: int) -> None:
    """Make what all jobs would make: of parts, copies of the first one; files
    without content else.
    """
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        part = re.fullmatch(r"(.*[/_])(\d+)(\.\w+)", name)
        if path.exists():
            continue
        source = folder / f"{part[1]}0{part[3]}" if part else path
        if part and "skim_" in name:
            path.write_text(renumbered(source.read_text(), int(part[2]) * per_job))
        elif part:
            os.link(source, path)
        else:
            path.write_text('{"headline": []}')


def renumbered(text: str, first: int) -> str:
    """A cutflow with other names of files."""
    return re.sub(r"input/events_(\d+)\.root", lambda m: file_name(first + int(m[1])), text)


def measure(folder: Path, files: int, per_job: int) -> None:
    """Measure a dataset of so many files, and remove its project."""
    make_project(folder, files, per_job)
    said, cost = snakemake(folder, "--dry-run", "--quiet", "rules")
    print(f"{files} files, {per_job} a job\n  dry run:       {cost}", flush=True)
    assert jobs(said), said
    first = f"{PRODUCTS}/cutflow/many/fill_0.json"
    said, cost = snakemake(folder, first, "--quiet", "all")
    assert (folder / first).is_file(), said
    said, _ = snakemake(folder, "--summary")
    lines = [line.split("\t")[0] for line in said.splitlines() if line.startswith("results/")]
    copy_products(folder, lines, per_job)
    snakemake(folder, "--touch", "--forceall", "--quiet", "all")
    merged = f"{PRODUCTS}/cutflow/many.json"
    _, cost = snakemake(folder, merged, "--forcerun", "merge_parts_many", "--quiet", "rules")
    log = folder / PRODUCTS / "logs/merge_parts/many.log"
    told = log.read_text().splitlines()[-1].removeprefix("DEBUG ") if log.is_file() else "no job"
    print(f"  merge:         {cost}\n  its job alone: {told}", flush=True)
    write_manifest(folder, files + 1, per_job)
    said, cost = snakemake(folder, "--dry-run", "--quiet", "rules")
    print(f"  one more file: {cost}: {events_jobs(said)}", flush=True)
    shutil.rmtree(folder)


def main() -> None:
    """Measure each size."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path, help="made, and removed at the end")
    parser.add_argument("--files", type=int, nargs="+", default=[1000, 10000])
    parser.add_argument("--per-job", type=int, nargs="+", default=[1, 100])
    arguments = parser.parse_args()
    for files, per_job in zip(arguments.files, arguments.per_job, strict=True):
        measure(arguments.folder, files, per_job)


if __name__ == "__main__":
    main()
