"""Branches of one analysis in a small repository of git."""

import subprocess
from pathlib import Path

import check_merge
import pytest

ANALYSIS = "config/analyses/tiny/analysis.yaml"
TEXT = """\
luminosity_ifb: 36.1
objects:
  jet: {collection: Jet, cuts: pt > 30}
regions:
  SR:
    selection: count(jet) > 1
    variable: mass
systematics:
  lumi:
    kind: normalization
    up: 1.02
  theory:
    kind: normalization
    up: 1.1
"""


def git(*arguments):
    command = ["git", "-c", "user.name=A", "-c", "user.email=a@example.org", *arguments]
    return subprocess.run(command, check=False, capture_output=True, text=True)


def commit(branch, *edits, start="base", **files):
    """A branch with edits of the analysis, each a text and what replaces it."""
    git("checkout", "-q", "-b", branch, start)
    text = Path(ANALYSIS).read_text()
    for old, new in edits:
        assert old in text
        text = text.replace(old, new)
    Path(ANALYSIS).write_text(text)
    for name, content in files.items():
        Path(ANALYSIS).with_name(f"{name}.py").write_text(content)
    git("add", "-A")
    git("commit", "-q", "-m", branch)


@pytest.fixture(autouse=True)
def repository(tmp_path, monkeypatch):
    """With a branch `base`."""
    monkeypatch.chdir(tmp_path)
    Path(ANALYSIS).parent.mkdir(parents=True)
    Path(ANALYSIS).write_text(TEXT)
    Path(ANALYSIS).with_name("hooks.py").write_text("A = 1\n")
    git("init", "-q", "-b", "base")
    git("add", "-A")
    git("commit", "-q", "-m", "base")


def check(capsys, *arguments):
    """Exit code, and the lines below the title."""
    code = check_merge.main([ANALYSIS, *arguments])
    lines = capsys.readouterr().out.splitlines()
    assert not lines or lines[0].startswith(f"{ANALYSIS}: what both changed since ")
    return code, lines[2:]


def test_branches_that_do_not_meet(capsys):
    commit("ours", ("36.1", "36.2"))
    commit("theirs", ("1.1", "1.2"))
    assert check(capsys, "ours", "theirs") == (
        0,
        [
            "ours:",
            "  luminosity_ifb: 36.1 → 36.2",
            "theirs:",
            "  systematics.theory.up: 1.1 → 1.2",
            "",
            "Neither changed what the other did, or uses.",
        ],
    )


def test_a_conflict_and_what_git_merges_without_a_word(capsys):
    commit("ours", ("1.02", "1.03"), ("count(jet) > 1", "count(jet) > 2"), hooks="A = 2\n")
    commit("theirs", ("1.02", "1.04"), ("pt > 30", "pt > 40"), ("mass", "mt"), hooks="A = 3\n")
    code, lines = check(capsys, "ours", "theirs")
    assert code == 1
    assert lines[lines.index("") + 1 :] == [
        "CONFLICT systematics.lumi.up: ours set it to 1.03, theirs set it to 1.04: choose",
        "LOOK regions.SR: ours changed selection, theirs variable",
        "LOOK regions.SR, changed by ours, uses objects.jet, which theirs changed",
        "LOOK hooks.py: both edited this file, which git merges as text",
    ]


def test_what_one_removed_and_the_other_uses_is_a_conflict(capsys):
    commit("ours", ("  jet: {collection: Jet, cuts: pt > 30}", "  muon: {collection: Muon}"))
    commit("theirs", ("count(jet) > 1", "count(jet) > 2"))
    code, lines = check(capsys, "ours", "theirs")
    assert code == 1
    assert lines[-1] == (
        "CONFLICT regions.SR, changed by theirs, uses objects.jet, which ours removed"
    )


def test_a_merge_that_lost_a_change(capsys):
    """The conflict was resolved with the whole file of one side."""
    commit("ours", ("1.02", "1.03"))
    commit("theirs", ("1.02", "1.04"), ("1.1", "1.2"))
    commit("merged", ("36.1", "36.3"), start="ours")
    code, lines = check(capsys, "ours", "theirs", "--merged", "merged")
    assert code == 1
    assert lines[-3:] == [
        "LOST theirs: systematics.theory.up: 1.1 → 1.2; the merge has 1.1",
        "CHOSEN systematics.lumi.up: as in ours",
        "OWN luminosity_ifb: 36.1 → 36.3, which neither changed",
    ]


def test_a_good_merge_in_the_working_tree(capsys):
    commit("ours", ("1.02", "1.03"), ("36.1", "36.2"))
    commit("theirs", ("1.02", "1.04"), ("1.1", "1.2"), start="base")
    assert git("merge", "ours").returncode != 0
    text = TEXT.replace("1.02", "1.04").replace("1.1", "1.2").replace("36.1", "36.2")
    Path(ANALYSIS).write_text(text)
    code, lines = check(capsys, "HEAD", "MERGE_HEAD", "--merged", ANALYSIS)
    assert code == 0
    assert lines[-2:] == [
        "CHOSEN systematics.lumi.up: as in HEAD",
        f"{ANALYSIS} has all other changes of both: 2 of HEAD, 2 of MERGE_HEAD.",
    ]


def test_files_without_git(capsys, tmp_path):
    for name, value in (("one", "1.2"), ("two", "1.1")):
        (tmp_path / name).mkdir()
        (tmp_path / name / "a.yaml").write_text(TEXT.replace("1.1", value))
    code, lines = check(capsys, "one/a.yaml", "two/a.yaml", "--base", ANALYSIS)
    assert code == 0
    theirs = ["two/a.yaml:", "  nothing"]
    assert lines[:4] == ["one/a.yaml:", "  systematics.theory.up: 1.1 → 1.2", *theirs]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["basis", "base"], "basis: is neither a git revision nor a file"),
        ([ANALYSIS, "base"], "a file does not record its origin"),
        (["base", "alone"], "base, alone: they have no commit in common"),
        (["empty", "base"], f"empty: {ANALYSIS}: the revision has no such file"),
        (["broken", "base"], f"broken: {ANALYSIS}, line 10, column 9: mapping values are not"),
    ],
)
def test_errors_of_the_user(capsys, arguments, message):
    commit("broken", ("lumi:", "<<<<<<< ours"))
    commit("empty")
    git("rm", "-q", ANALYSIS)
    git("commit", "-q", "-m", "empty")
    git("checkout", "-q", "--orphan", "alone")
    git("commit", "-q", "-m", "alone", "--allow-empty")
    git("checkout", "-q", "-f", "base")
    assert check_merge.main([ANALYSIS, *arguments]) == 2
    assert message in capsys.readouterr().err


def test_no_repository(capsys, tmp_path, monkeypatch):
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path))
    assert check_merge.main([ANALYSIS, "ours", "theirs"]) == 2
    assert "this folder is not in a git repository" in capsys.readouterr().err
