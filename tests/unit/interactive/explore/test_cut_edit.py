"""One number of a cut in the analysis file, and nothing else."""

import stat

import pytest

from wollemi.base.yaml import load_yaml
from wollemi_interactive.explore.cut_bounds import selection_texts
from wollemi_interactive.explore.cut_edit import edit_cut, write_over
from wollemi_likelihood.base.errors import WollemiError

TEXT = """\
# Regions of a search.
name: own
objects: {muon: {collection: Muon, cuts: "pt > 20 and abs(eta) < 2.4"}}
regions:
  search: {selection: "count(muon) == 2 and 150 < mass and pt > 30", variable: mass}  # above 150
  peak:
    # Around the Z: 60 to 120.
    selection:   60 < mass < 120 and pt > 30 and pt_2 > 30   # pt as in the trigger
    variable: mass
  folded:
    selection: >-
      count(muon) == 2
      and pt > 30
      and pt_2 > 30
  named:
    selection:
      two: 'count(muon) == 2'
      window: 60 < mass < 120  # both ends
"""


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "own/analysis.yaml"
    path.parent.mkdir()
    path.write_text(TEXT, encoding="utf-8")
    return path


def texts_of(region, selection):
    return selection_texts(("regions", region, "selection"), selection)


def edited(path, region, place, number):
    selection = load_yaml(path)["regions"][region]["selection"]
    return edit_cut(path, texts_of(region, selection), place, number)


def test_a_cut_of_an_object(path):
    edit = edit_cut(path, {("objects", "muon", "cuts"): "pt > 20 and abs(eta) < 2.4"}, 1, "2.1")
    assert edit.after == TEXT.replace("abs(eta) < 2.4", "abs(eta) < 2.1")


@pytest.mark.parametrize(
    ("region", "place", "number", "line", "after"),
    [
        ("search", 1, "200", 4, ("150 < mass", "200 < mass")),
        ("search", 2, "35.5", 4, ("pt > 30", "pt > 35.5")),
        ("peak", 0, "66", 7, ("60 < mass", "66 < mass")),
        ("peak", 2, "25", 7, ("and pt > 30", "and pt > 25")),
        ("peak", 3, "25", 7, ("pt_2 > 30", "pt_2 > 25")),
        ("folded", 2, "25", 13, ("pt_2 > 30", "pt_2 > 25")),
        ("named", 2, "110", 17, ("< 120", "< 110")),
    ],
)
def test_one_number_changes(path, region, place, number, line, after):
    """Comments, quotes, spaces and line breaks stay, byte by byte."""
    edit = edited(path, region, place, number)
    lines = TEXT.splitlines(keepends=True)
    assert after[0] in lines[line]
    lines[line] = lines[line].replace(*after)
    assert edit.after == "".join(lines)
    assert edit.before == path.read_text(encoding="utf-8") == TEXT
    changed = [text[1:] + "\n" for text in edit.diff]
    assert changed == [TEXT.splitlines(keepends=True)[line], lines[line]]


def test_line_ends_of_windows_stay(path):
    path.write_bytes(TEXT.replace("\n", "\r\n").encode())
    edit = edited(path, "peak", 1, "110")
    write_over(edit.path, edit.before, edit.after)
    wanted = TEXT.replace("60 < mass < 120 and", "60 < mass < 110 and").replace("\n", "\r\n")
    assert path.read_bytes() == wanted.encode()


def test_the_file_that_has_the_selection_is_edited(path):
    """Also through others; that of the analysis comes before those that it extends."""
    common = path.with_name("common.yaml")
    common.write_text(TEXT, encoding="utf-8")
    path.write_text("extends: common.yaml\nregions: {peak: {selection: mass > 3}}\n")
    assert edit_cut(path, texts_of("peak", "mass > 3"), 0, "4").path == path
    selection = load_yaml(common)["regions"]["search"]["selection"]
    edit = edit_cut(path, texts_of("search", selection), 1, "200")
    assert edit.path == common
    assert edit.after == TEXT.replace("and 150 < mass", "and 200 < mass")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "regions: {a: {selection: mass > 3}, b: {like: a}}",
            "regions.b.selection: is given by `lists`, `like` or `defaults`",
        ),
        (
            "lists: {x: [b]}\nregions: {'{x}': {selection: mass > 3}}",
            "regions.b.selection: is given by `lists`, `like` or `defaults`",
        ),
        ("regions:\n  a: &cut {selection: mass > 3}\n  b: *cut", "is not written as it is read"),
        (r'regions: {b: {selection: "mass > \x33"}}', "is not written as it is read"),
        ("regions: {b: {selection: mass > 4}}", "has changed since the page read it"),
        ("regions: {}", "has changed since the page read it"),
    ],
)
def test_what_is_not_written_there_is_refused(path, text, message):
    path.write_text(text)
    with pytest.raises(WollemiError, match=message):
        edit_cut(path, texts_of("b", "mass > 3"), 0, "5")
    assert path.read_text() == text


def test_two_files_that_have_it(path):
    for name in ("one.yaml", "two.yaml"):
        path.with_name(name).write_text("regions: {b: {selection: mass > 3}}")
    path.write_text("extends: [one.yaml, two.yaml]")
    with pytest.raises(WollemiError, match=r"is given in .*one\.yaml, .*two\.yaml"):
        edit_cut(path, texts_of("b", "mass > 3"), 0, "5")


def test_a_file_that_has_changed_is_left_alone(path):
    with pytest.raises(WollemiError, match="has changed since the page read it"):
        write_over(path, TEXT + "\n", "other")
    assert path.read_text(encoding="utf-8") == TEXT


def test_a_written_file_is_whole_and_keeps_its_mode(path):
    path.chmod(0o640)
    write_over(path, TEXT, TEXT + "# µ\n")
    assert path.read_text(encoding="utf-8") == TEXT + "# µ\n"
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    assert list(path.parent.iterdir()) == [path]
