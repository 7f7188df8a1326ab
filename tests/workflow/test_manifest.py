"""A manifest in the workflow: its files are those of the dataset, an edit of it reruns what reads
it, a missing one is named.
"""

import json
import re
import subprocess

import make_manifest
import pytest
from support.tiny.analysis import environment, snakemake, use_manifest

MANIFEST = "manifests/dy_high.json"


@pytest.fixture
def manifested(project, monkeypatch):
    monkeypatch.chdir(project)
    assert (
        make_manifest.main(
            [MANIFEST, "input/dy_high_*.root", "--weight", "genWeight", "--processes", "1"]
        )
        == 0
    )
    use_manifest(project, "dy_high", MANIFEST)
    return project


def test_an_edit_of_the_manifest_reruns_what_reads_it(manifested):
    cutflow = "results/tiny/cutflow/dy_high/skim_0.json"
    done = snakemake(manifested, cutflow)
    assert done.returncode == 0, done.stdout
    manifest = json.loads((manifested / MANIFEST).read_text())
    assert (
        json.loads((manifested / cutflow).read_text())["files"][0]["events"] == manifest["entries"]
    )
    assert "Nothing to be done" in snakemake(manifested, cutflow, "--dry-run").stdout
    for item in (manifest, manifest["files"][0]):
        item["entries"] += 1
    (manifested / MANIFEST).write_text(json.dumps(manifest))
    again = snakemake(manifested, cutflow)
    assert again.returncode != 0
    assert "input/dy_high_0.root: has 1500 events, but 1501 in the manifest" in again.stdout


def test_a_manifest_that_contradicts_itself_ends_the_plan(manifested):
    manifest = json.loads((manifested / MANIFEST).read_text())
    manifest["files"] *= 2
    (manifested / MANIFEST).write_text(json.dumps(manifest))
    done = snakemake(manifested, "--dry-run")
    assert done.returncode != 0
    assert f"{MANIFEST}: names input/dy_high_0.root 2 times" in done.stdout


def test_a_manifest_that_changes_in_the_middle_of_a_run_stops_its_jobs(manifested):
    """The content of a file differs from the planned one."""
    done = snakemake(manifested, "results/tiny/cutflow/dy_high/skim_0.json", "-n", "-p")
    (command,) = re.findall(r"^python scripts/skim_events.py (?:.*\\\n)*.*$", done.stdout, re.M)
    manifest = json.loads((manifested / MANIFEST).read_text())
    manifest["files"][0]["sha256"] = "0" * 64
    (manifested / MANIFEST).write_text(json.dumps(manifest))
    ended = subprocess.run(
        ["bash", "-c", command], check=False, capture_output=True, text=True, env=environment()
    )
    assert ended.returncode == 2
    assert "changed since this run was planned, in what this job depends on: 'part_files'" in (
        ended.stderr
    )


@pytest.mark.parametrize(
    ("content", "problem"),
    [(None, "this manifest does not exist"), ('{"files": []}', "is not a manifest")],
)
def test_a_manifest_that_is_none(manifested, content, problem):
    (manifested / MANIFEST).unlink()
    if content:
        (manifested / MANIFEST).write_text(content)
    done = snakemake(manifested, "--dry-run")
    assert done.returncode != 0
    assert f"{MANIFEST}: {problem}" in done.stdout
    assert "make_manifest" in done.stdout
