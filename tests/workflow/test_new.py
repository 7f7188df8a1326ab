"""`wollemi new`: a repository of its own that runs to a limit, and what its CI says of a change."""

import json
import os
import sys

import pytest
import yaml
from support.project.own_repository import TOLD, OwnRepository, copied_files, wollemi
from support.services.html_pages import HtmlPage, bare

GIVEN = ("--cross-section", "dy_high_0.root=2", "--cross-section", "signal_200_0.root=0.3")


@pytest.fixture
def files(tiny, tmp_path):
    names = ("dy_high_0.root", "signal_200_0.root")
    return copied_files(tmp_path, *(tiny / "input" / name for name in names))


def new(folder, files, *more):
    return wollemi(folder, "new", "own", *files, *TOLD, *more)


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
    steps = yaml.safe_load(workflow)["jobs"]["check"]["steps"]
    assert "bash ci/check" in [step.get("run") for step in steps]
    assert (
        "bash ci/check"
        in yaml.safe_load((own / ".gitlab-ci.yml").read_text())["analysis"]["script"]
    )
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
    own = OwnRepository(tmp_path, *files, *GIVEN, "--signal", "signal_200_0.root", MAIN="main")
    assert "Nothing differs from the main branch." in own.run("bash", "ci/check")
    limits = json.loads((own.folder / "results/own/limits.json").read_text())["limits"]
    assert limits["signal_200_0"]["expected"][2] > 0
    own.run(sys.executable, "-m", "pytest", "tests")
    own.run("git", "checkout", "--quiet", "-b", "cut")
    path = own.folder / "config/analyses/own/analysis.yaml"
    path.write_text(path.read_text().replace("count(muon) >= 2", "count(muon) == 2"))
    own.commit("Cut")
    said = own.run("bash", "ci/check")
    assert "regions.search.selection" in said
    assert "jobs came back from state" in said, "the main branch was made once"
    comment = (own.folder / "comment.md").read_text()
    assert comment.startswith("## My search\n")
    assert "| what | then | now | change |" in comment
    assert "| yield: search" in comment
    assert "Plots that moved:\n\n- `" in comment
    assert "SHA-256" not in comment
    page = HtmlPage(own.folder / "changes.html")
    assert bare(page) == []
    assert page.images
