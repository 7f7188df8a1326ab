"""`wollemi new`: a repository of its own that runs to a limit, and what its CI says of a change."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from support.project.paths import ROOT
from support.services.html_pages import HtmlPage, bare
from support.tiny.analysis import environment, wollemi_environment

# `uv` of the repository's CI, with the packages of the tests.
UV = """#!/bin/sh
[ "$1" = run ] || exit 0
shift 2
PYTHONPATH="$PWD/scripts" exec "{python}" -m wollemi.commands.main "$@"
"""
GIVEN = ("--cross-section", "dy_high_0.root=2", "--cross-section", "signal_200_0.root=0.3")


@pytest.fixture
def files(tiny, tmp_path):
    names = ("dy_high_0.root", "signal_200_0.root")
    return [Path(shutil.copy2(tiny / "input" / name, tmp_path / name)) for name in names]


def wollemi(folder, *arguments, scripts=ROOT / "scripts"):
    return subprocess.run(
        [sys.executable, "-m", "wollemi.commands.main", *map(str, arguments)],
        cwd=folder,
        env=environment() | {"PYTHONPATH": str(scripts)},
        capture_output=True,
        text=True,
        check=False,
    )


def new(folder, files, *more):
    told = ("--luminosity", 10, "--energy", 13, "--title", "My search", "--author", "A. Student")
    return wollemi(folder, "new", "own", *files, *told, *more)


def test_a_repository_is_written(files, tmp_path):
    """The workflow without the analyses that ship, and what is the user's own."""
    done = new(tmp_path, files, *GIVEN, "--signal", "signal_200_0.root")
    assert done.returncode == 0, done.stderr
    assert "dy_high_0 (background), signal_200_0 (signal)" in done.stdout
    own = tmp_path / "own"
    assert [path.name for path in (own / "config/analyses").iterdir()] == ["own"]
    assert "analysis: own" in (own / "config/config.yaml").read_text()
    for path in ("Snakefile", "uv.lock", "LICENSE", "scripts/fit_model.py", "ci/check"):
        assert (own / path).is_file(), path
    assert os.access(own / "ci/check", os.X_OK)
    assert "A. Student" in (own / "CITATION.cff").read_text()
    workflow = (own / ".github/workflows/analysis.yml").read_text()
    assert "store-${{ github.sha }}" in workflow
    checked = wollemi(own, "check", scripts=own / "scripts")
    assert checked.returncode == 0, checked.stdout + checked.stderr
    again = new(tmp_path, files, *GIVEN)
    assert again.returncode == 2
    assert "own has files in it" in again.stderr


@pytest.mark.parametrize(
    ("more", "message"),
    [
        (("--cross-section", "dy.root=2"), "dy.root: is none of the files"),
        (("--cross-section", "dy_high_0.root=x"), "'dy_high_0.root=x' is no cross section"),
    ],
)
def test_what_is_refused(files, tmp_path, more, message):
    done = new(tmp_path, files, *more)
    assert done.returncode == 2
    assert message in done.stderr
    assert not (tmp_path / "own").exists()


@pytest.mark.slow
def test_it_runs_to_a_limit_and_ci_tells_what_a_change_moves(files, tmp_path):
    """The steps of both CI templates, `ci/check`, on a branch with another cut."""
    assert new(tmp_path, files, *GIVEN, "--signal", "signal_200_0.root").returncode == 0
    own, tools = tmp_path / "own", tmp_path / "tools"
    tools.mkdir()
    (tools / "uv").write_text(UV.format(python=sys.executable))
    (tools / "uv").chmod(0o755)
    variables = wollemi_environment(own)
    variables |= {"PATH": f"{tools}{os.pathsep}{variables['PATH']}", "MAIN": "main"}

    def run(*command):
        done = subprocess.run(
            command, cwd=own, env=variables, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def commit(message):
        run("git", "add", "--all")
        run("git", "-c", "user.name=s", "-c", "user.email=s@x", "commit", "--quiet", "-m", message)

    run("git", "init", "--quiet", "--initial-branch", "main")
    commit("Begin")
    assert "Nothing differs from the main branch." in run("bash", "ci/check")
    limits = json.loads((own / "results/own/limits.json").read_text())["limits"]
    assert limits["signal_200_0"]["expected"][2] > 0
    run(sys.executable, "-m", "pytest", "tests")
    run("git", "checkout", "--quiet", "-b", "cut")
    path = own / "config/analyses/own/analysis.yaml"
    path.write_text(path.read_text().replace("count(muon) >= 2", "count(muon) == 2"))
    commit("Cut")
    said = run("bash", "ci/check")
    assert "regions.search.selection" in said
    assert "jobs came back from state" in said, "the main branch was made once"
    comment = (own / "comment.md").read_text()
    assert comment.startswith("## My search\n")
    assert "| what | then | now | change |" in comment
    assert "| yield: search" in comment
    assert "Plots that moved:\n\n- `" in comment
    assert "SHA-256" not in comment
    page = HtmlPage(own / "changes.html")
    assert bare(page) == []
    assert page.images
