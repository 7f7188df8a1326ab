"""An analysis with absolute paths of production files, outside of its folder under equal names and
inside: its archive holds them, and never reads other bytes in their place.
"""

import json
import re
import shutil
import subprocess
from contextlib import chdir

import pytest
import reexecute_archive
import verify_results
from support.archives.archives import archive, unpack
from support.archives.new_signals import ENVIRONMENT, limits, new_signal, of_archive, reinterpret
from support.archives.stored import make_small_project
from support.tiny.analysis import edit_analysis, planned_rules, snakemake

RUN = "results/tiny"
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def outside(tmp_path_factory):
    """The folder of the production files, and the project that has run on them."""
    folder = tmp_path_factory.mktemp("outside")
    project = make_small_project(folder)
    files = [folder / place / "events.root" for place in "ab"]
    for number, file in enumerate(files):
        file.parent.mkdir()
        shutil.move(project / f"input/dy_high_{number}.root", file)
    files.append(project / "input/signal_200_0.root")
    shutil.copy2(files[2], project / "input/mine.root")

    def change(document):
        document["datasets"]["dy_high"]["files"] = list(map(str, files[:2]))
        document["datasets"]["signal_200"]["files"] = [str(files[2])]

    edit_analysis(project, change)
    done = snakemake(project)
    assert done.returncode == 0, done.stdout
    return files, project


@pytest.fixture
def away(outside):
    """The files are removed while a test runs."""
    files, project = outside
    contents = {file: file.read_bytes() for file in files}
    for file in files:
        file.unlink()
    yield files, project
    for file, content in contents.items():
        file.write_bytes(content)


def reexecuted(packed, work):
    line = ["--work", work, "--environment", ENVIRONMENT, "--report", work.with_suffix(".json")]
    code = reexecute_archive.main([str(packed), *map(str, line)])
    return code, json.loads(work.with_suffix(".json").read_text())


@pytest.fixture(scope="module")
def archives(outside, tmp_path_factory):
    """Archives with the files, and without them."""
    folder = tmp_path_factory.mktemp("archives")
    paths = {True: folder / "full.zip", False: folder / "listed.zip"}
    for included, path in paths.items():
        assert archive(outside[1], path, *["--production-files"][:included]) == 0
    return paths


def test_they_are_in_the_archive(archives, away, tmp_path, capsys):
    """By their content: the run is repeated, verified, and takes a signal without their folder."""
    folder = unpack(archives[True], tmp_path / "unpacked")
    rows = json.loads((folder / "production_files.json").read_text())["datasets"]
    assert [row["given"] for row in rows["dy_high"]] == [str(file) for file in away[0][:2]]
    assert [row["path"] for row in rows["signal_200"]] == ["input/signal_200_0.root"]
    assert len({row["path"] for name in rows for row in rows[name]}) == 5
    with chdir(folder):
        assert verify_results.main([RUN, "--without-snakemake"]) == 0
    assert "0 stale, 0 broken" in capsys.readouterr().out
    text = (folder / "README.md").read_text()
    by_hand = re.search(r"^    mkdir again\n.*?(?=^    cd again)", text, re.MULTILINE | re.DOTALL)
    subprocess.run(["bash", "-ec", by_hand[0]], cwd=folder, check=True)
    planned = planned_rules(folder / "again")
    assert sum(planned[rule] for rule in planned if rule.startswith("skim_events")) == 4
    code, report = reexecuted(archives[True], tmp_path / "work")
    assert code == 0
    assert {file["status"] for file in report["files"].values()} == {"identical"}
    assert report["production_files_not_available"] == report["jobs"]["taken_over"] == []
    assert reinterpret(archives[True], tmp_path / "new", {"again": new_signal()}) == 0
    new = limits(tmp_path / "new/work/run")["again"]
    archived = limits(folder)["signal_200"]["observed"]
    assert new["observed"] == pytest.approx(archived, rel=1e-12)


def test_an_archive_without_them_is_intact(archives, away, tmp_path, monkeypatch, capsys):
    """What it only lists is no damage; a product that is gone is."""
    folder = unpack(archives[False], tmp_path / "unpacked")
    monkeypatch.chdir(folder)
    assert verify_results.main([RUN, "--without-snakemake"]) == 0
    said = capsys.readouterr().out
    assert "0 stale, 0 broken" in said
    assert "not included: 5 production files, see production_files.json" in said
    (folder / RUN / "fit.json").unlink()
    assert verify_results.main([RUN, "--without-snakemake"]) == 2


def test_other_bytes_in_their_place_are_not_read(archives, away, tmp_path):
    """The run starts from the skims, as if nothing were there."""
    for file in away[0]:
        shutil.copyfile(away[1] / "input/signal_300.root", file)
    code, report = reexecuted(archives[False], tmp_path / "work")
    assert code == 0
    absent = report["production_files_not_available"]
    assert absent.count("events.root") == 2
    assert "input/signal_200_0.root" in absent
    assert {file["status"] for file in report["files"].values()} == {"identical", "taken over"}


def test_a_new_signal_needs_the_files_of_no_other_dataset(archives, away, tmp_path):
    mine = {"files": [str(away[1] / "input/mine.root")]}
    signals = {"mine": new_signal(datasets={"signal_200": mine})}
    assert reinterpret(archives[False], tmp_path, {"lost": new_signal()}) == 2
    assert reinterpret(archives[False], tmp_path / "new", signals) == 0
    archived = of_archive(archives[False], "limits.json")["limits"]["signal_200"]["observed"]
    found = limits(tmp_path / "new/work/run")["mine"]["observed"]
    assert found == pytest.approx(archived, rel=1e-12)


def test_unchanged_files_in_their_place_are_read(archives, tmp_path):
    code, report = reexecuted(archives[False], tmp_path / "work")
    assert code == 0
    assert "events.root" not in report["production_files_not_available"]
