"""The merge of another version of the workflow into a repository, in git alone."""

from pathlib import Path

import pytest
from support.project.versions import (
    FIRST,
    LINES,
    commit,
    git,
    write,
    write_last,
    write_newer,
    write_own,
)

from wollemi.commands.vendored import RECORD, Source, checkout_source, read_record
from wollemi_interactive.upgrade.upgrade_merge import check_clean, merge_workflow, work_tree
from wollemi_likelihood.base.errors import WollemiError


@pytest.fixture
def last(tmp_path):
    return write_last(tmp_path / "last")


@pytest.fixture
def newer(tmp_path):
    return write_newer(tmp_path / "newer")


@pytest.fixture
def own(last, tmp_path, monkeypatch):
    folder = write_own(tmp_path / "own", last)
    monkeypatch.chdir(folder)
    monkeypatch.setenv("GIT_AUTHOR_NAME", "A. Student")
    for name in ("GIT_AUTHOR_EMAIL", "GIT_COMMITTER_NAME", "GIT_COMMITTER_EMAIL"):
        monkeypatch.setenv(name, "student@lab")
    return folder


def upgraded(root: Path):
    """What an upgrade does, and file → text of the repository that comes out."""
    with work_tree() as copy:
        merged = merge_workflow(copy, checkout_source(root))
    assert not copy.exists()
    assert git(Path(), "worktree", "list").count("\n") == 0
    names = git(Path(), "ls-tree", "-r", "--name-only", merged.commit).splitlines()
    texts = {name: git(Path(), "show", f"{merged.commit}:{name}") + "\n" for name in names}
    return merged, texts


def test_what_is_vendored(own, last):
    """The workflow, whose package has folders of any name, but what a repository has of its own."""
    record = read_record(own)
    ours = {"README.md", "config/analyses/zprime/analysis.yaml"}
    assert record.files.keys() == FIRST.keys() - ours
    assert (record.version, record.commit) == ("1.0.0", None)
    assert (own / "config/config.yaml").read_text() == f"analysis: own\n{LINES}"
    git(last, "init", "--quiet")
    commit(last)
    assert Source(last, last / "scripts/wollemi").commit() == git(last, "rev-parse", "HEAD")
    assert Source(last / "envs", last).commit() is None, "a folder of another repository"


def test_a_workflow_that_nobody_changed_becomes_the_new_one(own, newer):
    head = git(own, "rev-parse", "HEAD")
    merged, texts = upgraded(newer)
    assert merged.then.name, merged.now.name == ("Wollemi 1.0.0", "Wollemi 1.1.0")
    assert merged.changed == []
    assert merged.changes["A"] == ["scripts/wollemi/plots/new.py"]
    assert merged.changes["D"] == ["scripts/wollemi/plots/old.py"]
    assert set(merged.changes["M"]) == {
        *("config/config.yaml", "pyproject.toml", "scripts/fit_model.py", "uv.lock")
    }
    assert texts["scripts/fit_model.py"] == (newer / "scripts/fit_model.py").read_text()
    assert texts["config/config.yaml"].startswith("analysis: own\n")
    assert "line nineteen" in texts["config/config.yaml"]
    assert texts["config/analyses/own/analysis.yaml"] == "name: own\n"
    assert '"1.1.0"' in texts[RECORD]
    assert git(own, "rev-parse", "HEAD") == head, "nothing has changed here"
    assert git(own, "rev-parse", f"{merged.commit}^@") == head, "one commit"
    assert git(own, "log", "-1", "--format=%an: %s", merged.commit) == (
        "A. Student: Upgrade to Wollemi 1.1.0"
    )


def test_the_same_version_changes_nothing(own, last):
    assert upgraded(last)[0].touched() == set()


def test_changes_of_both_are_merged(own, newer):
    """In other lines, in a file that is new there, and in one that the new version leaves alone."""
    edits = {
        "scripts/fit_model.py": LINES.replace("line 17\n", "line seventeen\n"),
        "envs/analyses.yaml": LINES.replace("line 5\n", "line five\n"),
    }
    write(own, edits | {"scripts/own_step.py": "mine\n"})
    (own / "scripts/skim_events.py").unlink()
    commit(own)
    merged, texts = upgraded(newer)
    assert merged.changed == [
        "envs/analyses.yaml",
        "scripts/fit_model.py",
        "scripts/skim_events.py",
    ]
    assert "line three\n" in texts["scripts/fit_model.py"]
    assert "line seventeen\n" in texts["scripts/fit_model.py"]
    assert texts["envs/analyses.yaml"] == edits["envs/analyses.yaml"]
    assert texts["scripts/own_step.py"] == "mine\n"
    assert "scripts/skim_events.py" not in texts
    assert "- envs/analyses.yaml" in git(own, "log", "-1", "--format=%b", merged.commit)
    git(own, "merge", "--quiet", "--ff-only", merged.commit)
    assert upgraded(newer)[0].touched() == set(), "upgraded once, nothing is left"
    path = newer / "scripts/fit_model.py"
    path.write_text(path.read_text().replace("line 10\n", "line ten\n"))
    merged, texts = upgraded(newer)
    assert merged.touched() == {"scripts/fit_model.py"}
    assert texts["scripts/fit_model.py"].count("line t") == 2, "the next one begins where it ended"
    assert "line seventeen\n" in texts["scripts/fit_model.py"]


def test_a_conflict_has_its_names_and_a_way_back(own, newer):
    write(own, {"scripts/fit_model.py": LINES.replace("line 3\n", "line 3, mine\n")})
    commit(own)
    head = git(own, "rev-parse", "HEAD")
    with pytest.raises(
        WollemiError, match=r"conflict with the new version: scripts/fit_model\.py\n"
    ) as error:
        upgraded(newer)
    assert (git(own, "rev-parse", "HEAD"), git(own, "status", "--porcelain")) == (head, "")
    assert not Path(".wollemi/upgrade").exists()
    way = error.value.remedy.partition("`")[2].partition("`")[0].split()
    git(own, *[word.replace("FILE", "scripts/fit_model.py") for word in way[1:]])
    assert (own / "scripts/fit_model.py").read_text() == LINES
    commit(own)
    upgraded(newer)


def test_a_file_that_was_changed_before_the_first_commit(last, newer, tmp_path, own):
    """The history of Wollemi knows it, if the commit is known there."""
    git(last, "init", "--quiet")
    commit(last)
    git(tmp_path, "clone", "--quiet", str(last), "clone")
    clone = write(tmp_path / "clone", {"scripts/fit_model.py": LINES.replace("3\n", "three\n")})
    edits = {"envs/analyses.yaml": "mine\n", "config/config.yaml": "analysis: own\nmine\n"}
    other = write_own(tmp_path / "other", last, edits)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(other)
        merged, texts = upgraded(clone)
        assert merged.changed == ["config/config.yaml", "envs/analyses.yaml"]
        assert texts["envs/analyses.yaml"] == "mine\n"
        with pytest.raises(
            WollemiError, match=r"no commit has the original file of Wollemi 1\.0\.0"
        ):
            upgraded(newer)


def test_locked_packages_of_both_are_locked_again(own, newer, tmp_path, monkeypatch):
    """Lines of two lock files are never mixed."""
    write(own, {"uv.lock": f"of 1.0.0\n{LINES}with mine\n"})
    commit(own)
    tools = write(tmp_path / "tools", {"uv": '#!/bin/sh\necho "$@" >> uv.lock\n'})
    (tools / "uv").chmod(0o755)
    monkeypatch.setenv("PATH", str(tools), prepend=":")
    _, texts = upgraded(newer)
    assert texts["uv.lock"] == f"of 1.1.0\n{LINES}lock --quiet\n"
    write(tools, {"uv": "#!/bin/sh\necho no solution >&2\nexit 1\n"})
    with pytest.raises(WollemiError, match="no solution"):
        upgraded(newer)


def test_what_is_no_clean_repository(own, tmp_path, monkeypatch):
    check_clean()
    write(own, {"notes.txt": ""})
    with pytest.raises(WollemiError, match=r"uncommitted changes: notes\.txt"):
        check_clean()
    monkeypatch.chdir(own / "envs")
    with pytest.raises(WollemiError, match="not the top of its repository"):
        check_clean()
    monkeypatch.chdir(tmp_path)
    with pytest.raises(WollemiError, match="not a git repository with a commit"):
        check_clean()
