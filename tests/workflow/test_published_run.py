"""A run with what `snakemake publish` makes: judged, archived, and made again from the archive."""

import json
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest
import reexecute_archive
import verify_results
from support.archives.archives import archive, unpack
from support.products.hepdata_texts import describe
from support.products.overlays import TABLE, give_overlays
from support.tiny.analysis import snakemake
from support.tiny.mistakes import set_value

from wollemi.archive.reading.archive import Archive, open_source, read_description, read_manifest
from wollemi.archive.reading.run import (
    archived_targets,
    prepare_run,
    process_variables,
    run_snakemake,
)
from wollemi.provenance.present_state import PresentState
from wollemi.provenance.snakemake import ask_snakemake, compare_plan
from wollemi.provenance.verify import verify_run

RUN = "results/tiny"
SUBMISSION, RECORD = f"{RUN}/hepdata/submission.tar.gz", f"{RUN}/records/write_hepdata.json"
ENVIRONMENT = Path(sys.executable).parent.parent


@pytest.fixture(scope="module")
def published(tmp_path_factory, whole):
    """A project in which the tiny analysis was run and published."""
    folder = Path(shutil.copytree(whole, tmp_path_factory.mktemp("published") / "project"))
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        describe()
    done = snakemake(folder, "publish")
    assert done.returncode == 0, done.stdout
    return folder


@pytest.fixture(scope="module")
def archived(tmp_path_factory, published):
    path = tmp_path_factory.mktemp("archive") / "tiny.zip"
    assert archive(published, path, "--production-files") == 0
    return path


def test_it_is_judged(published, tmp_path, monkeypatch, capsys):
    project = Path(shutil.copytree(published, tmp_path / "project"))
    monkeypatch.chdir(project)
    assert verify_results.main([RUN]) == 0
    with Path(SUBMISSION).open("ab") as file:
        file.write(b"0")
    assert verify_results.main([RUN, "--without-snakemake"]) == 2
    assert f"{SUBMISSION} has changed since it was made" in capsys.readouterr().out


@pytest.mark.slow
def test_without_snakemake_s_memory_it_can_be_adopted(published, tmp_path, monkeypatch):
    project = Path(shutil.copytree(published, tmp_path / "project"))
    monkeypatch.chdir(project)
    shutil.rmtree(".snakemake")
    assert verify_results.main([RUN, "--adopt"]) == 0
    chain = verify_run(Path(RUN), PresentState())
    plan = ask_snakemake(chain)
    assert plan.target == "publish"
    assert SUBMISSION in plan.status
    assert compare_plan(chain, plan).remade == compare_plan(chain, plan).new == ()


def test_an_archive_holds_it(archived, published, tmp_path):
    folder = unpack(archived, tmp_path / "unpacked")
    assert (folder / SUBMISSION).read_bytes() == (published / SUBMISSION).read_bytes()
    assert RECORD in {path.relative_to(folder).as_posix() for path in folder.rglob("*.json")}
    assert "submission to HEPData" in (folder / "README.md").read_text()


def opened(path, folder):
    with open_source(path) as source:
        description, digests = read_description(path, source), read_manifest(path, source)
    return Archive(unpack(path, folder), description, digests)


@pytest.mark.slow
def test_curves_of_others_are_found_offline(published, tmp_path, monkeypatch):
    """Beside the analysis file, and fetched from an address that no longer answers."""
    project = Path(shutil.copytree(published, tmp_path / "project"))
    monkeypatch.chdir(project)
    fetched = give_overlays().fetched_overlays
    near = Path("config/analyses/tiny/others.csv")
    near.write_bytes(TABLE)
    set_value("overlays", "near", value={"label": "near", "y": "observed", "path": str(near)})
    done = snakemake(project, "all", "publish")
    assert done.returncode == 0, done.stdout
    assert archive(project, tmp_path / "tiny.zip") == 0
    source = opened(tmp_path / "tiny.zip", tmp_path / "archive")
    assert {*fetched, str(near)} <= source.digests.keys()

    plot, records = f"{RUN}/plots/limits", f"{RUN}/records"
    again = (*fetched, f"{plot}.json", f"{plot}.pdf", f"{plot}.png")
    again += (f"{records}/fetch_overlays.json", f"{records}/plot_limits.json")
    kept = [name for name in source.digests if name.startswith(RUN) and name not in again]
    run = tmp_path / "work/run"
    prepare_run(source, run, kept, time.time())
    variables = process_variables(tmp_path / "work")
    run_snakemake(source, run, ENVIRONMENT, 1, variables, lambda text: None, [f"{plot}.json"])
    for name in again:
        assert (run / name).read_bytes() == (project / name).read_bytes(), name
    drawn = json.loads((run / f"{plot}.json").read_text())["overlays"]
    assert [item["label"] for item in drawn] == ["observed", "expected", "near"]


def test_what_was_published_is_made_again(archived, published, tmp_path):
    """Taken over is everything else: a whole re-execution is a slow test."""
    source = opened(archived, tmp_path / "archive")
    again = (SUBMISSION, RECORD, f"{RUN}/records/write_site.json")
    kept = [
        name
        for name in source.digests
        if name.startswith(RUN) and name not in again and f"{RUN}/site/" not in name
    ]
    run = tmp_path / "work/run"
    prepare_run(source, run, kept, time.time())
    targets = archived_targets(source, source.records())
    assert targets[0] == "all"
    assert f"{RUN}/site/index.html" in targets
    run_snakemake(
        source,
        run,
        ENVIRONMENT,
        1,
        process_variables(tmp_path / "work"),
        lambda text: None,
        targets,
    )
    assert (run / SUBMISSION).read_bytes() == (published / SUBMISSION).read_bytes()
    assert json.loads((run / RECORD).read_text()) == json.loads((published / RECORD).read_text())
    for page in (published / RUN / "site").glob("*.html"):
        assert (run / RUN / "site" / page.name).read_bytes() == page.read_bytes()


@pytest.mark.slow
def test_the_whole_archive_is_executed_again(archived, tmp_path):
    report = tmp_path / "report.json"
    command = [
        str(archived),
        "--work",
        str(tmp_path / "work"),
        "--environment",
        str(ENVIRONMENT),
        "--report",
        str(report),
    ]
    assert reexecute_archive.main(command) == 0
    content = json.loads(report.read_text())
    assert content["jobs"]["taken_over"] == []
    assert content["files"][SUBMISSION]["status"] == "identical"


@pytest.mark.slow
def test_it_is_made_again_and_verified_in_the_archive_s_own_environment(published, tmp_path):
    """Where nothing of the tests is importable, and without a registry: the wheels are in the
    archive.
    """
    path, work = tmp_path / "tiny.zip", tmp_path / "work"
    assert archive(published, path, "--production-files", "--wheels") == 0
    assert reexecute_archive.main([str(path), "--work", str(work)]) == 0
    files = json.loads((work / "report.json").read_text())["files"]
    assert {item["status"] for name, item in files.items() if "/records/" not in name} == {
        "identical"
    }
    python = work / "environment/bin/python"
    assert (
        subprocess.run([python, "-c", "import pytest"], check=False, capture_output=True).returncode
        == 1
    )
    for folder in (work / "archive", work / "run"):
        command = [python, "scripts/verify_results.py", RUN, "--without-snakemake"]
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
        assert (done.returncode, "0 stale, 0 broken" in done.stdout) == (0, True), (
            done.stdout + done.stderr
        )
