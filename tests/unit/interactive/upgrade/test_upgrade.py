"""What `wollemi upgrade` does with a repository without results, and what it refuses."""

from pathlib import Path

import pytest
from support.project.versions import FIRST, commit, git, write, write_last, write_newer, write_own

from wollemi.commands.vendored import checkout_source
from wollemi_interactive.upgrade import upgrade
from wollemi_interactive.upgrade.upgrade import Wanted, upgrade_repository

KEPT = "envs/analyses.yaml"


@pytest.fixture
def newer(tmp_path):
    return write_newer(tmp_path / "newer")


@pytest.fixture
def own(tmp_path, monkeypatch):
    """A repository with Wollemi 1.0.0 and a local change; without uv."""
    folder = write_own(tmp_path / "own", write_last(tmp_path / "last"))
    write(folder, {KEPT: FIRST[KEPT] + "mine\n"})
    commit(folder)
    monkeypatch.chdir(folder)
    for name in ("AUTHOR_NAME", "AUTHOR_EMAIL", "COMMITTER_NAME", "COMMITTER_EMAIL"):
        monkeypatch.setenv(f"GIT_{name}", "student")
    monkeypatch.setattr(upgrade, "_prepare", lambda copy: None)
    return folder


def upgraded(source, tag=None, run=False, apply=False, page=None):
    return upgrade_repository(Wanted(source and str(source), tag, run, apply, 1, page))


def test_it_reports_and_changes_nothing(own, newer, capsys):
    head = git(own, "rev-parse", "HEAD")
    assert upgraded(newer) == 0
    assert capsys.readouterr().out.splitlines() == [
        "Wollemi 1.0.0 → Wollemi 1.1.0",
        "files of the workflow: 1 new, 1 removed, 4 changed",
        f"local change kept: {KEPT}",
        "",
        *upgrade.NEXT.splitlines(),
    ]
    assert (git(own, "rev-parse", "HEAD"), git(own, "status", "--porcelain")) == (head, "")


def test_it_becomes_one_commit(own, newer, capsys):
    head = git(own, "rev-parse", "HEAD")
    assert upgraded(newer, apply=True) == 0
    assert git(own, "rev-parse", "HEAD^@") == head
    assert git(own, "rev-parse", "HEAD").startswith(capsys.readouterr().out.split("\n")[-2][:10])
    assert git(own, "status", "--porcelain") == ""
    assert not (own / "scripts/wollemi/plots/old.py").exists()
    assert (own / KEPT).read_text().endswith("mine\n")
    assert upgraded(newer) == 0
    assert "nothing to upgrade" in capsys.readouterr().out


def test_a_tag_of_a_repository(own, newer, capsys):
    """As an address of git; what is there now is another version."""
    git(newer, "init", "--quiet")
    commit(newer)
    git(newer, "tag", "v1.1.0")
    write(newer, {"pyproject.toml": '[project]\nversion = "1.2.0"\n'})
    commit(newer)
    assert upgraded(newer.as_uri(), tag="v1.1.0") == 0
    tagged = git(newer, "rev-parse", "v1.1.0^{commit}")
    assert f"→ Wollemi 1.1.0 ({tagged[:10]})\n" in capsys.readouterr().out
    assert upgraded(newer.as_uri()) == 0
    assert "→ Wollemi 1.2.0 (" in capsys.readouterr().out
    assert upgraded(newer.as_uri(), tag="v1.3.0") == 2
    assert "v1.3.0: git fails" in capsys.readouterr().err


def test_what_is_refused(own, newer, tmp_path, monkeypatch, capsys):
    (tmp_path / "empty").mkdir()
    monkeypatch.setattr(upgrade, "this_source", lambda: checkout_source(own))
    refused = [
        (Wanted(None, None, False, False, 1, None), "which is already here\n  → name a checkout"),
        (Wanted(str(tmp_path / "empty"), None, False, False, 1, None), "it has no Snakefile"),
        (Wanted(str(tmp_path / "nowhere"), None, False, False, 1, None), "nowhere: git fails"),
        (Wanted(str(newer), None, False, False, 1, Path("x.html")), "--page: it is on one run"),
    ]
    for wanted, message in refused:
        assert upgrade_repository(wanted) == 2
        assert message in capsys.readouterr().err
    assert git(own, "worktree", "list").count("\n") == 0


def test_files_of_events_that_git_does_not_have(own, newer, tmp_path):
    """Those that jobs have read here are linked in the copy; products are not."""
    records = own / "results/own/records"
    content = '{"inputs": {"data/a.root": "", "results/own/fit.json": "", "data/gone.root": ""}}'
    write(
        own, {"data/a.root": "", "results/own/fit.json": "", "results/own/records/x.json": content}
    )
    assert records.is_dir()
    upgrade.link_inputs(tmp_path / "copy", ["own"])
    linked = [path for path in (tmp_path / "copy").rglob("*") if path.is_symlink()]
    assert linked == [tmp_path / "copy/data/a.root"]
    assert linked[0].resolve() == own / "data/a.root"
