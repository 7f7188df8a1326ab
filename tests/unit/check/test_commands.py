"""Files that the lines and scripts of a command name by their own path."""

from pathlib import Path

import pytest

from wollemi.check.commands import hidden_paths


@pytest.fixture
def place(tmp_path, monkeypatch):
    for name in ("home/cut.txt", "other/cut.txt", "here/data/events.root", "here/code/script.py"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path / "here")
    return tmp_path


def problems(run):
    document = {
        "datasets": {"events": {"files": ["data/events.root"]}},
        "commands": {
            "masses": {
                "run": run,
                "inputs": "events",
                "files": ["code/script.py"],
                "outputs": ["out.root"],
            }
        },
    }
    return hidden_paths(document)


@pytest.mark.parametrize(
    "name", ["{place}/other/cut.txt", "$HOME/cut.txt", "${{HOME}}/cut.txt", "~/cut.txt"]
)
@pytest.mark.parametrize("text", ["cat {}", "x='{}'", 'open("{}")', "run --cut={}", "cat <{}"])
@pytest.mark.parametrize("where", ["run", "files: code/script.py"])
def test_a_hidden_file_is_named(place, where, text, name):
    named = name.format(place=place)
    line = text.format(named)
    if where == "run":
        found = problems(line)
    else:
        Path("code/script.py").write_text(f"import os\n{line}\n")
        found = problems("python script.py")
    assert found == [
        f"commands.masses.{where}: names '{named}', which is not declared: list it in "
        "commands.masses.files or in a dataset of its inputs"
    ]


@pytest.mark.parametrize(
    "line",
    [
        "cat {place}/here/data/events.root",
        "python {place}/here/code/script.py",
        "python script.py",
        "source /etc/profile; /usr/bin/env python3",
        "cat {place}/other/missing.txt; ls {place}/other",
        "cp https://example.org/etc/passwd out.root",
        "sum=$((1/2)); echo a/b",
    ],
)
def test_what_a_command_may_name(place, line):
    assert problems(line.format(place=place)) == []
