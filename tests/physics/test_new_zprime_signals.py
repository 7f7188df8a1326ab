"""New signals of the real search for a Z′: from its archive, the limits of a whole run that has
them from the start.
"""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import reinterpret_signal
import yaml
from support.archives.new_signals import ENVIRONMENT
from support.archives.stored import ALSO_COPIED
from support.project.folders import run_project, run_shipped
from support.project.paths import ROOT

from wollemi.loading.composition import read_composed

SIGNALS = ROOT / "config/analyses/zprime/signals"
EXAMPLES = [SIGNALS / "new_masses.yaml", SIGNALS / "new_widths.yaml"]
pytestmark = pytest.mark.slow


def of_files(paths):
    """Signals of files, as plain values."""
    return {name: item for path in paths for name, item in yaml.safe_load(path.read_text()).items()}


@pytest.fixture(scope="module")
def zprime(tmp_path_factory):
    """The finished analysis."""
    folder = tmp_path_factory.mktemp("zprime")
    run_shipped(folder, "zprime", [])
    for name in ALSO_COPIED:
        shutil.copy2(ROOT / name, folder / name)
    return folder


@pytest.fixture(scope="module")
def packed(zprime, tmp_path_factory):
    """Its archive."""
    path = tmp_path_factory.mktemp("archive") / "zprime.zip"
    command = [
        sys.executable,
        "scripts/archive_analysis.py",
        "results/zprime",
        "--archive",
        str(path),
    ]
    subprocess.run(command, cwd=zprime, check=True)
    return path


@pytest.fixture(scope="module")
def whole_run(tmp_path_factory):
    """Limits of the analysis with the signals of the examples among its own."""
    folder = tmp_path_factory.mktemp("whole")
    shutil.copytree(ROOT / "config/analyses/zprime", folder / "config/analyses/zprime")
    path = folder / "config/analyses/zprime/analysis.yaml"
    document = read_composed(path)
    for name, signal in of_files(EXAMPLES).items():
        changes = signal["datasets"]["zprime_3000"]
        document["datasets"][name] = document["datasets"]["zprime_3000"] | changes
        document["samples"][name] = {"role": "signal", "datasets": [name]}
        for systematic in document["systematics"].values():
            if "zprime_3000" in systematic["samples"]:
                systematic["samples"] = [*systematic["samples"], name]
        if "point" in signal:
            document["limits"]["points"][name] = signal["point"]
    path.write_text(yaml.safe_dump(document, sort_keys=False, allow_unicode=True))
    results = run_project(folder, "zprime", ["limits.json"])
    return json.loads((results / "limits.json").read_text())["limits"]


def reinterpret(packed, work, *files):
    """Run the program; what it found."""
    line = ["--archive", packed, "--signal", *files, "--work", work, "--environment", ENVIRONMENT]
    assert reinterpret_signal.main([str(item) for item in line]) == 0
    return json.loads((work / "reinterpretation.json").read_text())


@pytest.mark.parametrize("name", of_files(EXAMPLES))
def test_a_new_signal_gives_what_a_whole_run_gives(packed, whole_run, tmp_path, name):
    (tmp_path / "signal.yaml").write_text(
        yaml.safe_dump({name: of_files(EXAMPLES)[name]}, allow_unicode=True)
    )
    found = reinterpret(packed, tmp_path / "work", tmp_path / "signal.yaml")
    limits = json.loads((tmp_path / "work/run/results/zprime/limits.json").read_text())["limits"]
    assert json.dumps(limits[name]) == json.dumps(whole_run[name])
    generated = found["signals"][name]["generator_cross_sections"][name]
    assert not generated["differ"]
    assert generated["generator_pb"] == pytest.approx(generated["given_pb"], rel=0.05)


def test_the_published_patches_give_the_published_limits(packed, zprime, tmp_path):
    archived = json.loads((zprime / "results/zprime/limits.json").read_text())["limits"]
    shutil.copyfile(zprime / "results/zprime/likelihood/patchset.json", tmp_path / "set.json")
    signals = {
        name: {
            "patch": "set.json",
            "point": item["point"],
            "cross_section_pb": 2 * item["cross_section_pb"],
        }
        for name, item in archived.items()
    }
    (tmp_path / "signal.yaml").write_text(yaml.safe_dump(signals))
    reinterpret(packed, tmp_path / "work", tmp_path / "signal.yaml")
    limits = json.loads((tmp_path / "work/run/results/zprime/limits.json").read_text())["limits"]
    assert json.dumps(limits, sort_keys=True) == json.dumps(archived, sort_keys=True)


def test_the_grid_of_couplings(packed, tmp_path):
    """All couplings times g: the cross section, and so the limit on µ, follows g² where the width
    is below the resolution.
    """
    found = reinterpret(packed, tmp_path / "work", SIGNALS / "coupling_grid.yaml")
    signals = found["signals"]
    assert len(signals) == 20
    for mass in (2000, 2750, 3500):
        names = [f"zprime_{mass}_{strength}" for strength in ("0_1", "0_5")]
        weak, strong = (
            signals[name]["generator_cross_sections"][name]["given_pb"] for name in names
        )
        assert strong / weak == pytest.approx(25, rel=0.1)
        weak, strong = (signals[name]["limit"]["expected"][2] for name in names)
        assert weak / strong == pytest.approx(25, rel=0.2)
    assert {
        name: len(lines) for name, lines in found["contour"]["contours"].items()
    } == dict.fromkeys(("observed", "expected", "expected_minus_1sigma", "expected_plus_1sigma"), 1)
    assert Path(tmp_path / "work/contour.pdf").is_file()
