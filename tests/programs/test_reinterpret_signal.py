"""New signals for an archived analysis: the archived limit again, that of a whole run with the new signal, and clear refusals."""

import json
import shutil
import sys
import zipfile
from pathlib import Path

import pytest
import reinterpret_signal
import uproot
import yaml
from archives import archive
from stored_archive import change_archive
from tiny import edit_analysis, snakemake

ENVIRONMENT = str(Path(sys.executable).parent.parent)
RUN = "results/tiny"
ANALYSIS = "config/analyses/tiny/analysis.yaml"


@pytest.fixture(scope="module")
def packed(whole, tmp_path_factory):
    """The tiny analysis as an archive, with its production files."""
    path = tmp_path_factory.mktemp("archive") / "tiny.zip"
    assert archive(whole, path, "--production-files") == 0
    return path


def new_signal(**changes):
    """A signal like the archived one, of the same file unless something else is said."""
    return {"like": "signal_200", "point": 200.0, "datasets": {"signal_200": {}}} | changes


def reinterpret(packed, folder, signals):
    """Run the program; its exit code."""
    folder.mkdir(exist_ok=True)
    (folder / "signal.yaml").write_text(yaml.safe_dump(signals, sort_keys=False))
    line = ["--archive", packed, "--signal", folder / "signal.yaml", "--work", folder / "work", "--environment", ENVIRONMENT]
    return reinterpret_signal.main([str(item) for item in line])


def limits(folder):
    return json.loads((folder / RUN / "limits.json").read_text())["limits"]


def test_the_archived_signal_gives_the_archived_limit(packed, whole, tmp_path, capsys):
    assert reinterpret(packed, tmp_path / "again", {"signal_200": new_signal()}) == 0
    run = tmp_path / "again/work/run"
    found, archived = limits(run), limits(whole)
    assert json.dumps(found) == json.dumps({"signal_200": archived["signal_200"]})
    assert (run / RUN / "workspaces/signal_200.json").read_bytes() == (whole / RUN / "workspaces/signal_200.json").read_bytes()
    # It was made again, and what it is compared with was not.
    log = (tmp_path / "again/work/snakemake.log").read_text()
    assert "skim_events_signal_200" in log
    assert "dy_low" not in {line.split("_", 2)[-1].rstrip(":") for line in log.splitlines() if line.startswith("rule ")}
    result = json.loads((tmp_path / "again/work/reinterpretation.json").read_text())["signals"]["signal_200"]
    assert result["limit"]["observed"] == archived["signal_200"]["observed"]
    cls = json.loads((whole / RUN / "likelihood/cls.json").read_text())["signals"]["signal_200"]
    assert result["cls_at_1"] == cls
    assert f"observed {archived['signal_200']['observed']:.4g}" in capsys.readouterr().out


def test_uncertainties_and_acceptance(packed, tmp_path):
    assert reinterpret(packed, tmp_path / "new", {"heavier": new_signal(datasets={"signal_200": {"cross_section_pb": 2.0}})}) == 0
    region = json.loads((tmp_path / "new/work/reinterpretation.json").read_text())["signals"]["heavier"]["regions"]["search"]
    run = tmp_path / "new/work/run"
    cutflow = json.loads((run / RUN / "cutflow/heavier.json").read_text())
    line = cutflow["regions"]["search"][-1]
    assert region["events"] == line["events"] > 0
    assert region["acceptance_times_efficiency"] == pytest.approx(line["sum_of_weights"] / cutflow["sum_of_weights"])
    relative = region["yield_statistical"] / region["yield"]
    assert relative == pytest.approx(line["sum_of_weights_squared"] ** 0.5 / line["sum_of_weights"])
    assert region["yield_systematic_up"] > 0.019 * region["yield"]  # the luminosity alone gives 2 %


def test_a_new_file_gives_what_a_whole_run_gives(packed, whole, tmp_path):
    shutil.copyfile(whole / "input/dy_high_0.root", tmp_path / "model.root")
    changes = {"files": [str(tmp_path / "model.root")], "cross_section_pb": 0.3}
    signals = {"model": new_signal(point=250.0, datasets={"signal_200": changes})}
    assert reinterpret(packed, tmp_path / "new", signals) == 0

    project = Path(shutil.copytree(whole, tmp_path / "project"))

    def with_model(document):
        document["datasets"]["model"] = document["datasets"]["signal_200"] | changes
        document["samples"]["model"] = {"role": "signal", "datasets": ["model"]}
        for systematic in document["systematics"].values():
            if "signal_200" in systematic["samples"]:
                systematic["samples"].append("model")
        document["limits"]["points"]["model"] = 250.0

    edit_analysis(project, with_model)
    done = snakemake(project, f"{RUN}/limits.json")
    assert done.returncode == 0, done.stdout
    assert json.dumps(limits(tmp_path / "new/work/run")["model"]) == json.dumps(limits(project)["model"])


def without_events(path):
    with uproot.recreate(path) as file:
        file.mktree("Events", {"genWeight": "f4", "Pileup_nTrueInt": "f4", "MET_pt": "f4", "MET_phi": "f4"})
    return str(path)


MISTAKES = {
    "unknown": (
        {"new": new_signal(like="signal_20")},
        "new.like: 'signal_20' is not a signal of the archive; did you mean 'signal_200'?",
    ),
    "background": ({"dy": new_signal()}, "dy: is the name of a sample of the archive that is no signal"),
    "dataset": ({"new": new_signal(datasets={"dy_low": {}})}, "new.datasets: say what becomes of signal_200"),
    "luminosity": ({"new": new_signal(luminosity_ifb=300.0)}, "new.luminosity_ifb: 300.0 fb⁻¹, but the archived analysis has"),
    "negative": (
        {"new": new_signal(datasets={"signal_200": {"cross_section_pb": -1.0}})},
        "datasets.new.cross_section_pb: -1.0: Input should be greater than 0",
    ),
    "misspelled": ({"new": new_signal(cross_section=1.0)}, "new.cross_section: unknown key"),
    "no file": (
        {"new": new_signal(datasets={"signal_200": {"files": ["nowhere.root"]}})},
        "there is no file",
    ),
    "nothing": ({}, "holds no signal"),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_mistakes(packed, tmp_path, capsys, name):
    signals, message = MISTAKES[name]
    assert reinterpret(packed, tmp_path / "new", signals) == 2
    error = capsys.readouterr().err
    assert message in error
    assert (
        error.rstrip().splitlines()[-1].endswith(("docs/reinterpretation.md has an example", "correct the file of the signals"))
    )
    assert not (tmp_path / "new/work").exists()


def test_a_file_without_events_or_a_column(packed, tmp_path, capsys):
    path = without_events(tmp_path / "empty.root")
    assert reinterpret(packed, tmp_path / "new", {"new": new_signal(datasets={"signal_200": {"files": [path]}})}) == 2
    error = capsys.readouterr().err
    assert "skim_events" in error
    assert "has no branch 'Muon_" in error


def test_an_archive_of_another_version(packed, tmp_path, capsys):
    def newer(text):
        return text.replace(b'"schema": "wollemi-archive-1"', b'"schema": "wollemi-archive-2"')

    changed = change_archive(packed, tmp_path / "newer.zip", {"archive.json": newer})
    assert reinterpret(changed, tmp_path / "new", {"signal_200": new_signal()}) == 2
    assert "it was written by a newer Wollemi" in capsys.readouterr().err
    with zipfile.ZipFile(packed) as file:
        assert ANALYSIS in file.namelist()
