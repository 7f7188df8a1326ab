"""Where `archive_analysis` refuses, and what it says."""

import shutil
from pathlib import Path

import pytest
import verify_results
from support.archives.archives import RUN, archive
from support.project.folders import copied


@pytest.fixture
def here(tmp_path, whole, monkeypatch):
    """A copy that a test may change, as the working folder."""
    monkeypatch.chdir(copied(whole, tmp_path / "project"))
    return Path.cwd()


def test_a_stale_run_is_refused(here, capsys):
    with Path("config/analyses/tiny/hooks.py").open("a") as file:
        file.write("# Edited.\n")
    refused(
        here,
        capsys,
        "only an intact run is archived, and this one is stale",
        "hooks.py has changed",
        "verify_results.py",
    )


def test_a_broken_run_is_refused(here, capsys):
    Path(f"{RUN}/limits.json").write_text("{}")
    refused(
        here,
        capsys,
        "this one is broken",
        f"{RUN}/limits.json has changed since it was made",
        "verify_results.py",
    )


def test_an_unfinished_run_is_refused(here, capsys):
    for name in (
        "index.html",
        "overview.rst",
        "summary.json",
        "records/summarize_results.json",
        "records/write_tables.json",
    ):
        Path(f"{RUN}/{name}").unlink()
    shutil.rmtree(f"{RUN}/tables")
    refused(
        here,
        capsys,
        "not complete",
        "summary.json is not there",
        "--config analysis=tiny max_events=0",
    )


def test_what_only_snakemake_knows_of_is_missed(here, capsys):
    """The records cannot tell of a product that nothing has made yet and nothing is made from."""
    rule = (
        'rule extra:\n    output:\n        f"results/{RUN}/extra.json",\n    shell:\n        '
        '"touch {output}"\n'
    )
    text = Path("Snakefile").read_text()
    last = "plan.targets,"
    assert last in text
    Path("Snakefile").write_text(
        text.replace(last, f'{last} f"results/{{RUN}}/extra.json",') + "\n\n" + rule
    )
    refused(here, capsys, "not complete", f"{RUN}/extra.json is not there")


def test_an_archive_inside_of_the_results_is_refused(here, capsys):
    assert archive(here, f"{RUN}/tiny.zip") == 2
    assert "cannot lie in it" in capsys.readouterr().err
    assert verify_results.main([RUN, "--without-snakemake"]) == 0


def test_without_uv_it_says_how_to_get_it(here, capsys, monkeypatch):
    monkeypatch.setattr("wollemi.archive.writing.requirements.shutil.which", lambda name: None)
    refused(here, capsys, "uv: it is not installed", "pip install uv")


def test_a_checkout_that_is_not_whole_is_named(here, capsys):
    Path("LICENSE").unlink()
    refused(here, capsys, "LICENSE: an archive needs it")


def refused(project, capsys, *texts):
    """Exit code 2, the message, nothing written."""
    before = sorted(project.rglob("*"))
    assert archive(project, "archives/tiny.zip") == 2
    message = capsys.readouterr().err
    assert all(text in message for text in texts), message
    assert [
        path
        for path in sorted(project.rglob("*"))
        if path not in before and ".snakemake" not in path.parts
    ] == []


@pytest.mark.parametrize(
    ("place", "problem"),
    [("LICENSE/tiny.zip", "a part of this path is a file"), ("docs", "this is a folder")],
)
def test_a_place_where_no_file_can_be(here, capsys, place, problem):
    assert archive(here, place) == 2
    assert capsys.readouterr().err.startswith(f"{place}: {problem}")
