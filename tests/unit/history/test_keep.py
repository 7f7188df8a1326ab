"""The analysis beside the logs of a run."""

import json
import subprocess
from pathlib import Path

import pytest

from wollemi.history.keep import PlannedAnalysis, commit, copy_analysis

FILES = {
    "config/analyses/zee/analysis.yaml": b"name: zee # a comment\n",
    "config/analyses/zee/tools/hooks.py": b"A = 1\n",
    "config/analyses/common/samples.yaml": b"samples: {}\n",
}
FOLDER = Path("results/zee/logs/analysis")


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))


def planned(**more):
    return PlannedAnalysis("config/analyses/zee/analysis.yaml", FILES | more, {})


def copied():
    return {
        path.relative_to(FOLDER).as_posix(): path.read_bytes()
        for path in FOLDER.rglob("*")
        if path.is_file()
    }


def test_its_files_are_there_as_they_were():
    copy_analysis("zee", planned())
    found = copied()
    state = json.loads(found.pop("commit.json"))
    assert state == {
        "analysis": "config/analyses/zee/analysis.yaml",
        "commit": None,
        "clean": None,
    }
    assert found == {
        "analysis.yaml": b"name: zee # a comment\n",
        "tools/hooks.py": b"A = 1\n",
        "config/analyses/common/samples.yaml": b"samples: {}\n",
    }


@pytest.mark.parametrize(
    ("file", "clean"),
    [("notes.txt", True), ("config/analyses/zee/hooks.py", False), ("Snakefile", False)],
)
def test_a_run_is_clean_where_nothing_it_is_made_of_was_changed(file, clean):
    own = ("-c", "user.name=s", "-c", "user.email=s@x")
    Path("Snakefile").write_text("")
    for command in (("init", "-q"), ("add", "."), (*own, "commit", "-q", "-m", "Begin")):
        subprocess.run(["git", *command], check=True)
    assert commit()["clean"] is True
    Path(file).parent.mkdir(parents=True, exist_ok=True)
    Path(file).write_text("x")
    assert commit()["clean"] is clean


def test_an_address_that_gives_access_is_not_copied():
    signed = b"files: [https://x.org/a.root?X-Amz-Signature=0123456789abcdef]\n"
    copy_analysis("zee", planned(**{"config/analyses/zee/signed.yaml": signed}))
    assert "signed.yaml" not in copied()
    assert len(copied()) == 4


def test_what_cannot_be_written_is_left_out():
    FOLDER.parent.mkdir(parents=True)
    FOLDER.write_text("a file in its place")
    copy_analysis("zee", planned())
    assert FOLDER.is_file()
