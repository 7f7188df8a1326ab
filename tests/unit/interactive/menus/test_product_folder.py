"""What a run finds in its folder: its own files go, others stay."""

import json

import pytest

from wollemi_interactive.menus.product_folder import (
    LISTING,
    PARTIAL,
    listed_files,
    new_products,
    other_products,
)


def write(folder, *names, text="new"):
    """What a run does with its folder."""
    with new_products(folder) as made:
        for name in names:
            (made / name).write_text(text)
        (made / LISTING).write_text(json.dumps({"files": [LISTING, *names]}))


def names_in(folder):
    return sorted(path.name for path in folder.iterdir())


def test_files_of_the_run_before_go_and_those_of_others_stay(tmp_path):
    folder = tmp_path / "a/b"
    write(folder, "scan_pt.pdf", "turn_on_ele.png", "flags.parquet", text="old")
    for name in ("notes.txt", "scan_mine.pdf"):
        (folder / name).write_text("by hand")
    (folder / "plots").mkdir()
    write(folder, "scan_eta.pdf", "flags.parquet")
    expected = ["flags.parquet", "notes.txt", "plots", LISTING, "scan_eta.pdf", "scan_mine.pdf"]
    assert names_in(folder) == sorted(expected)
    assert (folder / "flags.parquet").read_text() == "new"
    assert (folder / "scan_mine.pdf").read_text() == "by hand"
    assert other_products(folder) == ["scan_mine.pdf"]


def test_an_error_leaves_what_was_there(tmp_path):
    def fail(folder):
        with new_products(folder) as made:
            (made / "flags.parquet").write_text("half")
            raise KeyError("later")

    with pytest.raises(KeyError):
        fail(tmp_path / "none")
    assert names_in(tmp_path) == []
    write(tmp_path / "some", "flags.parquet", "scan_pt.pdf", text="old")
    with pytest.raises(KeyError):
        fail(tmp_path / "some")
    assert names_in(tmp_path / "some") == ["flags.parquet", LISTING, "scan_pt.pdf"]
    assert (tmp_path / "some/flags.parquet").read_text() == "old"


@pytest.mark.parametrize(
    "text",
    ["", "[1]", "{}", '{"files": 5}', '{"files": {"a": 1}}', '{"files": ["../x", "x", 7, null]}'],
)
def test_a_list_that_is_damaged_takes_nothing_away(tmp_path, text):
    """Or names what no run writes: a path elsewhere, a file of another kind."""
    folder = tmp_path / "out"
    folder.mkdir()
    (folder / LISTING).write_text(text)
    for path in (folder / "x", tmp_path / "x", folder / "scan_pt.pdf"):
        path.write_text("of another")
    assert listed_files(folder) == []
    write(folder, "flags.parquet")
    assert names_in(folder) == ["flags.parquet", LISTING, "scan_pt.pdf", "x"]
    assert (tmp_path / "x").is_file()
    assert other_products(folder) == ["scan_pt.pdf"]


def test_what_a_killed_run_has_left_goes(tmp_path):
    (tmp_path / PARTIAL).mkdir()
    (tmp_path / PARTIAL / "flags.parquet").write_text("half")
    write(tmp_path, "scan_pt.pdf")
    assert names_in(tmp_path) == [LISTING, "scan_pt.pdf"]
