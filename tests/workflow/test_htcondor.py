"""The jobs of a chain on a real HTCondor: the same bytes as on this machine, with the memory
of their rules; a job that was held for using more is tried with twice as much.
"""

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest
from support.project.paths import ROOT
from support.services.recipes import htcondor, needs_recipes
from support.tiny.analysis import digests, snakemake_command

SITE = ["--seconds-between-status-checks", "2", "--latency-wait", "5"]
# One part of each kind: from real data through a merge.
TARGET = "results/tiny/histograms/data.json"
FIRST_LINE = "    settings, part = job.settings, read_part(job)\n"
SLOW_ONCE = """    import os, time
    if os.path.exists("slow"):
        os.remove("slow")
        time.sleep(60)
"""


@pytest.fixture(scope="module")
def pool():
    """Folder and command of a pool whose Python has the locked packages and the plugin."""
    with htcondor() as (services, as_user):
        packages = services / "requirements.txt"
        export = ["uv", "export", "--frozen", "--no-emit-project", "--no-hashes", "--quiet"]
        packages.write_text(
            subprocess.run(export, cwd=ROOT, check=True, capture_output=True, text=True).stdout
        )
        python = str(services / "venv-htc/bin/python")
        install = ["uv", "pip", "install", "--quiet", "--python", python, "-r", str(packages)]
        subprocess.run(install, check=True)
        yield services, as_user


def submit(pool, project, *arguments):
    """Run with the profile as the user of the pool, in a copy of a project that is theirs."""
    services, as_user = pool
    folder = Path(shutil.copytree(project, services / "project", dirs_exist_ok=True))
    subprocess.run(["chown", "-R", "hepjob", str(folder)], check=True)
    _, *arguments = snakemake_command(*arguments, "--profile", "profiles/htcondor", *SITE)
    # Nothing of the tests' own environment, which that user may not enter.
    path = f"PATH={services}/venv-htc/bin:/usr/bin:/bin"
    command = [*as_user, "env", path, "python", *arguments]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    said = [*folder.rglob(".snakemake/htcondor/**/*"), *folder.rglob("results/**/*.log")]
    for log in filter(Path.is_file, said):  # for who reads a failure
        done.stderr += f"\n{log.name}:\n{log.read_text()[-900:]}"
    return folder, done


def pool_jobs(pool):
    """What HTCondor remembers of each job, of those that it holds, too."""
    services, _ = pool
    environment = os.environ | {"CONDOR_CONFIG": f"{services}/condor/condor_config"}
    listings = [
        subprocess.run(
            [*command, "-json"], env=environment, check=True, capture_output=True, text=True
        ).stdout
        for command in (["condor_history"], ["condor_q", "-allusers"])
    ]
    jobs = [job for listing in listings if listing.strip() for job in json.loads(listing)]
    return sorted(jobs, key=lambda job: job["ClusterId"])


@needs_recipes
def test_jobs_of_the_pool_give_the_bytes_of_this_machine(pool, project, finished):
    folder, done = submit(pool, project, TARGET)
    assert done.returncode == 0, done.stdout + done.stderr
    found, expected = digests(folder), digests(finished)
    assert {"events/data/0.parquet", "histograms/data.json"} <= found.keys()
    # Records name the version of Python, which is another one there.
    products = [name for name in found if not name.startswith("records/")]
    assert [name for name in products if found[name] != expected[name]] == []
    jobs = pool_jobs(pool)
    assert len(jobs) == len(found) - len(products)  # nothing has run here instead
    assert {job["RequestMemory"] for job in jobs} == {1024}
    assert {job["ExitCode"] for job in jobs} == {0}


@pytest.mark.slow
@needs_recipes
def test_a_job_held_for_its_memory_is_tried_with_more(pool, project):
    before = len(pool_jobs(pool))
    # The pool looks at memory every few seconds: the first attempt has to last longer.
    (project / "slow").touch()
    program = project / "scripts/skim_events.py"
    text = program.read_text()
    assert FIRST_LINE in text
    program.write_text(text.replace(FIRST_LINE, SLOW_ONCE + FIRST_LINE))
    events = "results/tiny/events/data/0.parquet"
    small = "skim_events_data:htcondor_request_mem_mb=64*16**(attempt-1)"
    folder, done = submit(pool, project, events, "--set-resources", small)
    assert done.returncode == 0, done.stdout + done.stderr
    assert (folder / events).is_file()
    _, first, second = pool_jobs(pool)[before:]
    assert [job["RequestMemory"] for job in (first, second)] == [64, 1024]
    assert "memory usage exceeded" in first["HoldReason"]
    assert second["ExitCode"] == 0
