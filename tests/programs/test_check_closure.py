"""`check_closure`: the histograms of the tiny run against those of other programs."""

import shutil
import subprocess
import sys
from pathlib import Path

import check_closure
import export_histograms
import pytest
import uproot
from support.project.paths import ROOT
from support.tiny.analysis import ANALYSIS
from support.tiny.events import ENTRIES

RUN = "results/tiny"
PLACE = "search/mass_search/dy"


@pytest.fixture
def file(finished, tmp_path, monkeypatch):
    """What the run exports: another program that makes no mistakes."""
    monkeypatch.chdir(finished)
    path = tmp_path / "theirs.root"
    assert export_histograms.main([RUN, str(path)]) == 0
    return path


def rewrite(path, change):
    """Edit the histograms of a file: path → histogram of hist."""
    with uproot.open(path) as old:
        kinds = old.classnames(cycle=False).items()
        found = {name: old[name].to_hist() for name, kind in kinds if kind.startswith("TH")}
    change(found)
    with uproot.recreate(path) as new:
        for name, item in found.items():
            new[name] = item


def check(capsys, *arguments):
    code = check_closure.main([RUN, *map(str, arguments)])
    return code, capsys.readouterr().out.splitlines()


def test_the_same_histograms_agree(file, capsys):
    code, lines = check(capsys, file, "--tolerance", "1e-14")
    assert code == 0
    with uproot.open(file) as root:
        written = [kind for kind in root.classnames(cycle=False).values() if kind.startswith("TH")]
    assert len(written) > 30
    assert lines[0] == f"{len(written)} of {len(written)} histograms agree within 1e-14."
    assert len(lines) == 2


@pytest.mark.parametrize("what", ["value", "variance"])
def test_a_bin_that_differs_is_named(file, capsys, what):
    def change(found):
        found[PLACE].view(flow=True)[what][3] *= 1.01

    rewrite(file, change)
    code, lines = check(capsys, file)
    assert code == 1
    (row,) = [line for line in lines if line.startswith(f"| {PLACE}")]
    assert "| 0.0099 |" in row
    assert ("sum of weights" if what == "value" else "sum of squared weights") in row
    with uproot.open(file) as root:
        edges = root[PLACE].axis().edges()
    assert f", {edges[2]:g} to {edges[3]:g} |" in row


def test_the_overflow_counts_unless_it_is_left_out(file, capsys):
    def change(found):
        found[PLACE].view(flow=True)["value"][-1] += 1.0

    rewrite(file, change)
    code, lines = check(capsys, file)
    assert code == 1
    assert any(f"| {PLACE} | " in line and ", above " in line for line in lines)
    assert check(capsys, file, "--without-flow")[0] == 0


def test_what_one_side_has_alone(file, capsys):
    def change(found):
        del found["peak/mass_peak/dy"], found[f"{PLACE}_pileup_up"]
        found["search/mass_search/qcd"] = found[PLACE]

    rewrite(file, change)
    code, lines = check(capsys, file)
    assert code == 1
    assert "Missing in the file: peak/mass_peak/dy" in lines
    assert "Variations of the run that the file has not: pileup_up" in lines
    assert "Only in the file: search/mass_search/qcd" in lines


def test_other_bins_differ(file, capsys):
    def change(found):
        found[PLACE] = found[PLACE][::2j]

    rewrite(file, change)
    code, lines = check(capsys, file)
    assert code == 1
    assert f"| {PLACE} | – | other bins | – | – |" in lines


def test_data_have_no_free_normalization(file, capsys):
    """A factor on data would hide events that the other program does not have."""

    def change(found):
        for name, item in found.items():
            item.view(flow=True)["value"] *= 0.5 if "/data" in name else 3.0
            item.view(flow=True)["variance"] *= 0.25 if "/data" in name else 9.0

    rewrite(file, change)
    code, lines = check(capsys, file, "--free-normalization")
    assert code == 1
    rows = [line for line in lines if line.startswith("| ")][2:]
    assert rows
    assert all("/data |" in row for row in rows)
    assert "data" not in lines[2]


def test_a_part_is_compared(file, capsys):
    code, lines = check(capsys, file, "--samples", "dy", "--regions", "search")
    assert code == 0
    assert not any(line.startswith("Only in the file") for line in lines)


def test_a_program_with_other_cross_sections(finished, tmp_path, monkeypatch, capsys):
    """The example with uproot and hist, by itself, on the files of a dataset."""
    monkeypatch.chdir(finished)
    paths = [
        Path(f"input/dy_high_{part}.root").resolve() for part in range(len(ENTRIES["dy_high"]))
    ]
    (tmp_path / "dy_high.txt").write_text("\n".join(map(str, paths)))
    script = ROOT / "docs/other_frameworks/masses_hist.py"
    subprocess.run([sys.executable, script, "theirs.root", "dy_high.txt"], cwd=tmp_path, check=True)
    given = [tmp_path / "theirs.root", "--histograms", "{dataset}/{region}", "--samples", "dy_high"]
    assert check(capsys, *given)[0] == 1
    code, lines = check(capsys, *given, "--free-normalization", "--tolerance", "1e-12")
    assert code == 0
    assert lines[0].startswith("2 of 2 histograms agree")
    assert lines[2].startswith("Factors on the other program's weights: dy_high ")


def test_blinded_data_are_not_compared(finished, file, tmp_path, capsys):
    results = Path(shutil.copytree(RUN, tmp_path / "tiny"))
    stored = (results / "histograms/data.json").read_text()
    text = stored.replace('"preview": false', f'"blinded": "{"1" * 12}", "preview": false')
    (results / "histograms/data.json").write_text(text)
    code = check_closure.main([str(results), str(file), "--analysis", ANALYSIS])
    lines = capsys.readouterr().out.splitlines()
    assert code == 0
    (line,) = [line for line in lines if line.startswith("Blinded, and left out: ")]
    assert "/data" in line
    assert not any("/data " in line for line in lines if line.startswith("|"))


@pytest.mark.parametrize(
    ("more", "message"),
    [
        (["--regions", "serch"], "--regions: 'serch' is not there"),
        (["--samples", "dyy"], "--samples: 'dyy' is not there"),
        (["--histograms", "{region}/{channel}"], "has the field 'channel', which there is not"),
        (["--histograms", "{region}/all"], "is the same path for several histograms"),
        (["--histograms", "{region/{sample}"], "--histograms: '{region/{sample}': "),
        (["--histograms", "{sample}/{region}"], "has no histogram of the run, such as '"),
        (["--tolerance", "-1"], "--tolerance: is -1"),
    ],
)
def test_what_is_refused(file, capsys, more, message):
    assert check_closure.main([RUN, str(file), *more]) == 2
    assert message in capsys.readouterr().err


def test_a_file_without_histograms(finished, monkeypatch, capsys):
    monkeypatch.chdir(finished)
    assert check_closure.main([RUN, "input/dy_high_0.root"]) == 2
    assert "input/dy_high_0.root: has no histograms\n  → write TH1" in capsys.readouterr().err
