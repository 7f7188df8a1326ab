"""Commands of other frameworks with software of their own: `wollemi run --sdm apptainer` in an
image, `--sdm conda` in an environment, where neither has anything of ours.
"""

import json
import os
import re
import shutil
import sys
from pathlib import Path

import numpy as np
import pytest
import uproot
from support.products.commands import FOLDER, give_command, plan
from support.project.interpreters import python_3_8
from support.project.paths import ROOT
from support.tiny.analysis import edit_analysis, wollemi
from support.tiny.steps import check_record, dataset_files, run_step

from wollemi.analysis.models.datasets import Dataset
from wollemi.base.yaml import parse_yaml
from wollemi.check.quick_look import Look, read_entries
from wollemi.inputs.schemas import Layout

ENVIRONMENT = f"{FOLDER}/framework.yaml"
SOFTWARE = {
    "apptainer": {"container": "docker://registry.example.org/framework:1.0"},
    "conda": {"environment": ENVIRONMENT},
}
OUTPUT = "results/tiny/commands/masses/masses.root"
NTUPLE = "results/tiny/commands/toptoolkit/ntuple.root"
# What an image has besides Python.
TOOLS = ("bash", "cat", "cp", "env", "sh")
# Conda as Snakemake 9 calls it; each environment has the programs of the image.
CONDA = """#!/usr/bin/env bash
all="$*"
case "$all" in
--version) echo "conda 24.7.1" ;;
"info --json") echo '{{"conda_prefix": "{base}", "platform": "linux-64"}}' ;;
"config --get channel_priority --json") echo '{{"get": {{"channel_priority": "strict"}}}}' ;;
"env create "*)
    prefix="${{all##*--prefix }}"
    mkdir -p "$prefix/conda-meta"
    ln -s "{programs}" "$prefix/bin"
    ;;
"clean -y --tarballs") ;;
*) exit 1 ;;
esac
"""


def executable(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(0o755)


@pytest.fixture
def software(tmp_path, monkeypatch):
    """Stand-ins of Singularity and conda, and what their image and environment have: a Python
    without packages, no `python`, and the framework, `make_masses`.
    """
    base, programs = tmp_path / "base", tmp_path / "images/framework/bin"
    executable(programs / "python3", f'#!/bin/sh\nexec {python_3_8() or sys.executable} -S "$@"\n')
    say = 'echo "in ${SINGULARITY_CONTAINER:-$CONDA_PREFIX}"'
    run = f'exec {sys.executable} masses_hist.py "$@"'
    executable(programs / "make_masses", f"#!/bin/sh\n{say}\n{run}\n")
    for name in TOOLS:
        (programs / name).symlink_to(shutil.which(name))
    executable(base / "bin/singularity", (ROOT / "tests/stand_ins/singularity").read_text())
    executable(base / "bin/conda", CONDA.format(base=base, programs=programs))
    (base / "bin/activate").write_text('export CONDA_PREFIX="$1" PATH="$1/bin"\n')
    monkeypatch.setenv("STAND_IN_IMAGES", str(tmp_path / "images"))
    # An Apptainer of this machine would be taken before Singularity.
    monkeypatch.setenv("PATH", f"{base / 'bin'}{os.pathsep}{os.environ['PATH']}")
    (base / "bin/apptainer").symlink_to("singularity")


@pytest.mark.parametrize("kind", SOFTWARE)
@pytest.mark.usefixtures("software")
def test_a_command_has_its_own_software(project, kind):
    (project / ENVIRONMENT).write_text("dependencies: [framework]\n")
    give_command(project, run="make_masses masses.root dy_high.txt", **SOFTWARE[kind])
    done = wollemi(project, "run", "tiny", OUTPUT, "--sdm", kind)
    assert done.returncode == 0, done.stdout
    with uproot.open(project / OUTPUT) as file:
        assert file["dy_high/peak"].values().sum() > 0
    log = (project / "results/tiny/logs/run_command/masses.log").read_text()
    record = json.loads((project / "results/tiny/records/run_command/masses.json").read_text())
    assert record["packages"] == {}
    if kind == "apptainer":
        assert f"in {SOFTWARE[kind]['container']}" in log
        assert record["options"]["container"] == SOFTWARE[kind]["container"]
    else:
        assert f"in {project / '.snakemake/conda'}" in log
        assert list(record["environment"]) == [ENVIRONMENT]


def documented_example():
    """The YAML of TopCPToolkit on the page."""
    page = (ROOT / "docs/other_frameworks.md").read_text(encoding="utf-8")
    (block,) = re.findall(r"```yaml\n(commands:\n  toptoolkit:.*?)```", page, re.DOTALL)
    return block


def test_the_example_of_topcptoolkit(tiny, tmp_path, monkeypatch):
    """Its lines run with a stand-in, and the muons of the ntuple are those of the input."""
    program = f"#!{sys.executable}\n" + (ROOT / "tests/stand_ins/runTop_el.py").read_text()
    executable(tmp_path / "image/bin/runTop_el.py", program)
    setup = tmp_path / "image/release_setup.sh"
    setup.write_text(f'export PATH="{tmp_path}/image/bin:$PATH"\n')
    monkeypatch.setenv("IMAGE", str(setup.parent))
    monkeypatch.setenv("PATH", f"{setup.parent}/bin", prepend=os.pathsep)
    (tiny / FOLDER / "reco.yaml").write_text("CommonServices: {}\n")
    text = documented_example().replace("/release_setup.sh", "$IMAGE/release_setup.sh")
    example = parse_yaml("the page", text.replace("config/analyses/mine", str(FOLDER)))
    example["datasets"]["ttbar"] = {"files": dataset_files("dy_high")}

    def change(document):
        document["commands"] = example["commands"]
        document["datasets"] |= example["datasets"]
        document["samples"]["dy"]["datasets"] = ["dy_low", "ttbar_ntuple"]

    edit_analysis(tiny, change)
    found = plan()
    assert run_example(found) == 0
    assert check_record("run_command/toptoolkit.json")["outputs"].keys() == {NTUPLE}
    layout = Layout.of(Dataset.model_validate(example["datasets"]["ttbar_ntuple"]))
    look = Look("(Muon[0] + Muon[1]).mass", "count(Muon) > 1 and Muon[0].charge < 0")
    there = read_entries([Path(NTUPLE)], layout, look)
    here = read_entries([Path(file) for file in dataset_files("dy_high")], Layout(), look)
    assert there.values.size > 100
    np.testing.assert_allclose(there.values, here.values, rtol=1e-4)
    with uproot.open(NTUPLE) as file:
        (name,) = (key for key in file.keys(cycle=False) if key.startswith("CutBookkeeper_"))
        weights = file["reco/weight_mc_NOSYS"].array(library="np")
        assert file[name].values()[1] == pytest.approx(weights.sum())


def run_example(found):
    """Run its command as the rule does."""
    return run_step(
        "run_command",
        command="toptoolkit",
        told=json.dumps(found.command_settings("toptoolkit")),
        lists=json.dumps(found.command_lists("toptoolkit")),
        files=found.command_files("toptoolkit"),
        outputs=found.command_outputs("toptoolkit"),
        record="results/tiny/records/run_command/toptoolkit.json",
        log="results/tiny/logs/run_command/toptoolkit.log",
    )
