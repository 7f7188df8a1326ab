"""Which catalogue a name is of, and what is wrong in one."""

from pathlib import Path

import pytest
from support.project.paths import ROOT

from wollemi_interactive.catalogue.lookup import (
    catalogue_files,
    entry_of,
    matching,
    read_catalogue,
    read_catalogues,
)
from wollemi_likelihood.base.errors import ConfigurationError, WollemiError


def write(path, title, name="dy"):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(
        f"datasets:\n  {name}:\n    title: {title}\n    kind: data\n    files: [a.root]\n"
    )
    return path


def test_the_order(tmp_path, monkeypatch):
    """The one that is named, that of the folder, that of the group, the one that ships."""
    monkeypatch.chdir(tmp_path)
    shipped = write(tmp_path / "shipped/config/catalogue.yaml", "shipped")
    group = write(tmp_path / "group.yaml", "group")
    monkeypatch.setenv("WOLLEMI_CATALOGUE", str(group))
    own = write(Path("config/catalogue.yaml"), "own")
    named = write(tmp_path / "named.yaml", "named")
    files = catalogue_files(named, tmp_path / "shipped")
    assert files == [named, own, group, shipped]
    for number, title in enumerate(["named", "own", "group", "shipped"]):
        assert read_catalogues(files[number:])["dy"].dataset.title == title
    assert catalogue_files(None, tmp_path) == [own, group]  # in a checkout, both are one


def test_the_one_that_ships_is_valid():
    entries = read_catalogue(ROOT / "config/catalogue.yaml")
    assert {"zee", "zee_generated"} <= entries.keys()
    assert entries["zee"].dataset.record == "opendata:12367"


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("datasets: {a: {title: A, kind: data}}", "needs exactly one of 'files', 'record' and"),
        (
            "datasets: {a: {title: A, kind: data, files: [x.root], record: 'opendata:1'}}",
            "needs exactly one of 'files', 'record' and",
        ),
        ("datasets: {a: {title: A, kind: data, file: [x.root]}}", "did you mean 'files'?"),
        ("datasets: {a: {title: A, kind: mc, files: [x.root]}}", "datasets.a.kind: 'mc'"),
        ("datasets: {a: {title: A, kind: data, record: '12367'}}", "datasets.a.record: '12367'"),
        ("[]", "the file is not a mapping"),
    ],
)
def test_problems(tmp_path, text, problem):
    path = tmp_path / "catalogue.yaml"
    path.write_text(text)
    with pytest.raises(ConfigurationError) as raised:
        read_catalogue(path)
    assert problem in str(raised.value)
    assert "docs/datasets.md" in raised.value.remedy


def test_a_catalogue_that_is_not_there(tmp_path, monkeypatch):
    with pytest.raises(WollemiError, match="correct --catalogue"):
        catalogue_files(tmp_path / "none.yaml", ROOT)
    monkeypatch.setenv("WOLLEMI_CATALOGUE", str(tmp_path / "none.yaml"))
    with pytest.raises(WollemiError, match="correct the variable WOLLEMI_CATALOGUE"):
        catalogue_files(None, ROOT)


def test_patterns(tmp_path):
    paths = [write(tmp_path / f"{name}.yaml", f"Title of {name}", name) for name in ("zee", "zmm")]
    entries = read_catalogues(paths)
    assert [entry.name for entry in matching(entries, "")] == ["zee", "zmm"]
    assert [entry.name for entry in matching(entries, "ze*")] == ["zee"]
    both = entries | {"zee_generated": entries["zee"]}
    assert matching(both, "zee") == [entries["zee"]]  # a name is not a part of another one
    assert len(matching(both, "zee*")) == 2
    assert [entry.name for entry in matching(entries, "of zmm")] == ["zmm"]
    with pytest.raises(WollemiError, match="did you mean 'zee'"):
        entry_of(entries, "zeee")
