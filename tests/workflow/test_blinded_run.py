"""The leak test of `tests/physics/test_blinding.py` on runs of the whole workflow: with its logs,
records and archive.
"""

import csv
import json
import re
import shutil

import pytest
from support.archives.archives import archive, complete_project, unpack
from support.products.blinded_runs import BLINDING, data_sets, use_local_data
from support.tiny.analysis import edit_analysis, snakemake
from support.tiny.events import write_root

HIDDEN = {"first": 3257, "second": 3019}
OF_THE_EVENTS = {
    "results/tiny/events/data/0.parquet",
    "results/tiny/identifiers/data/0.parquet",
    "results/tiny/cutflow/data/skim_0.json",
    "results/tiny/records/skim_events/data_0.json",
    "results/tiny/records/fill_histograms/data_0.json",
    "results/tiny/records/merge_parts/data.json",
}
# What lists the files of the archive with their checksums and sizes.
LISTS = {"manifest-sha256.txt", "ro-crate-metadata.json", "production_files.json"}


@pytest.fixture(scope="module")
def runs(tmp_path_factory, pristine):
    found = {}
    for name, data in data_sets(HIDDEN).items():
        project = complete_project(pristine, tmp_path_factory.mktemp(name) / "project")
        edit_analysis(
            project, lambda document: use_local_data(document) or document.update(blinding=BLINDING)
        )
        write_root(project / "input/data.root", data)
        if found:  # simulation does not see the data: no need to make it twice
            shutil.copytree(found["first"] / "results", project / "results")
            shutil.copytree(found["first"] / ".snakemake", project / ".snakemake")
        done = snakemake(project)
        assert done.returncode == 0, done.stdout
        assert "[BLINDED]" in done.stdout
        found[name] = project
    return found


def contents(folder):
    """Every file, without what tells of time, memory and bytes: of the costs, the numbers of events
    of the data.
    """
    return {
        str(path.relative_to(folder)): without_clocks(path.name, path.read_bytes())
        for path in folder.rglob("*")
        if path.is_file()
    }


def without_clocks(name, content):
    if name == "costs.csv":
        lines = csv.DictReader(content.decode().splitlines())
        events = {line["job"]: line["events"] for line in lines if line["job"].endswith("/data_0")}
        assert events.keys() == {"skim_events/data_0", "fill_histograms/data_0"}
        return json.dumps(events, sort_keys=True).encode()
    if name == "costs.html":  # clocks of the same jobs
        return b""
    return re.sub(rb"(?m)^.*s wall, .*$", b"", content) if name.endswith(".log") else content


def differing(first, second):
    assert first.keys() == second.keys()
    return {name for name in first if first[name] != second[name]}


@pytest.mark.slow
def test_products_logs_and_records(runs):
    first, second = (contents(project / "results") for project in runs.values())
    assert {f"results/{name}" for name in differing(first, second)} == OF_THE_EVENTS
    number = re.compile(rb"(?<![\w.])3,?257(?!\w)")
    text = {
        name: content
        for name, content in first.items()
        if not name.endswith((".parquet", ".png", ".pdf", ".root"))
    }
    assert [name for name, content in text.items() if number.search(content)] == []


@pytest.mark.slow
def test_the_archive(runs, tmp_path):
    found = []
    for name, project in runs.items():
        assert archive(project, tmp_path / f"{name}.zip") == 0
        found.append(contents(unpack(tmp_path / f"{name}.zip", tmp_path / name)))
    assert differing(*found) - LISTS == OF_THE_EVENTS
