"""The entry for RECAST: accepted by recast-atlas itself, with the texts of the analysis; what is
broken is not.
"""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from support.project.paths import ROOT
from support.tiny.mistakes import set_value
from support.tiny.steps import RESULTS, check_record, run_step

from wollemi.reinterpretation.models import read_signals

FOLDER = Path(RESULTS, "recast")
CITATION = """\
title: An analysis
license: MIT
date-released: 2030-01-31
authors: [{family-names: Noether, given-names: Emmy}, {name: The collaboration}]
contact: [{family-names: Noether, given-names: Emmy}]
"""
EXAMPLE = {
    "like": "signal_200",
    "point": 250.0,
    "datasets": {"signal_200": {"cross_section_pb": 0.5}},
}
# What recast-atlas and yadage-schemas themselves warn of is no matter of an entry.
QUIET = ("-W", "ignore")
VALIDATE = """
import sys, yaml
from recastatlas.config import config
from recastatlas.testing import validate_entry
print(validate_entry(config.catalogue[sys.argv[1]]))
"""


def write(image="docker://registry.org/group/wollemi:0.1.0", examples=("heavier",), **values):
    """Run the program; its exit code."""
    Path("CITATION.cff").write_text(CITATION, encoding="utf-8")
    outputs = {
        "entry": FOLDER / "recast.yml",
        "workflow": FOLDER / "specs/workflow.yml",
        "steps": FOLDER / "specs/steps.yml",
        "inputs": [FOLDER / f"inputs/{name}.yaml" for name in ("archived", *examples)],
        "readme": FOLDER / "README.md",
        "record": f"{RESULTS}/records/write_recast.json",
    }
    template = Path("workflow/report/recast_readme.md.j2")
    template.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(ROOT / template, template)
    return run_step(
        "write_recast",
        template=template,
        image=image,
        **outputs | {"citation": "CITATION.cff"} | values,
    )


@pytest.fixture
def entry(tiny):
    """The folder of an entry with one example and named results."""
    set_value("publication", value={"recast": {"examples": {"heavier": EXAMPLE}}})
    set_value(
        "results",
        value={"limit_{signal}": {"file": "limits.json", "pointer": "/limits/{signal}/observed"}},
    )
    assert write() == 0
    return FOLDER.absolute()


def recast(folder, *command):
    """What a command of recast-atlas prints, with the entry in its catalogue."""
    environment = os.environ | {"RECAST_ATLAS_CATALOGUE": str(folder)}
    done = subprocess.run(
        [sys.executable, *QUIET, *command],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout


def read(path):
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def test_recast_atlas_accepts_it(entry):
    assert recast(entry, "-c", VALIDATE, "wollemi/tiny") == "True\n"


def test_the_commands_of_the_catalogue(entry):
    catalogue = ("-m", "recastatlas.cli", "catalogue")
    shell = f'eval "$({sys.executable} -W ignore -m recastatlas.cli catalogue add {entry})" && env'
    done = subprocess.run(["sh", "-c", shell], capture_output=True, text=True, check=True)
    assert f"RECAST_ATLAS_CATALOGUE={entry}\n" in done.stdout
    assert (
        recast(entry, *catalogue, "check", "wollemi/tiny") == "Nice job! Everything looks good.\n"
    )
    (line,) = [
        line
        for line in recast(entry, *catalogue, "ls").splitlines()
        if line.startswith("wollemi/tiny")
    ]
    assert re.split(r" {2,}", line.strip()) == ["wollemi/tiny", "A tiny search", "default,heavier"]
    described = recast(entry, *catalogue, "describe", "wollemi/tiny")
    assert "description  : A tiny search" in described
    assert "author       : Emmy Noether, The collaboration" in described
    assert "signal: heavier.yaml" in recast(entry, *catalogue, "example", "wollemi/tiny", "heavier")
    assert "archived" in recast(entry, "-m", "recastatlas.cli", "tests", "ls", "wollemi/tiny")


def without_publisher(steps, workflow):
    del steps["reinterpret_signal"]["publisher"]


def other_step(steps, workflow):
    workflow["stages"][0]["scheduler"]["step"]["$ref"] = "steps.yml#/reinterpret"


def without_name(steps, workflow):
    del workflow["stages"][0]["name"]


@pytest.mark.parametrize("damage", [without_publisher, other_step, without_name])
def test_recast_atlas_refuses_a_broken_one(entry, damage):
    paths = [entry / "specs/steps.yml", entry / "specs/workflow.yml"]
    documents = [read(path) for path in paths]
    damage(*documents)
    for path, document in zip(paths, documents, strict=True):
        path.write_text(yaml.safe_dump(document), encoding="utf-8")
    assert recast(entry, "-c", VALIDATE, "wollemi/tiny") == "False\n"


def test_the_inputs_are_new_signals(entry):
    found = read_signals([entry / "inputs/archived.yaml", entry / "inputs/heavier.yaml"])
    assert {name: (item.like, item.point) for name, item in found.items()} == {
        "signal_200": ("signal_200", 200.0),
        "heavier": ("signal_200", 250.0),
    }
    assert found["heavier"].datasets == EXAMPLE["datasets"]


def test_what_it_says(entry):
    content = read(entry / "recast.yml")
    assert content["metadata"]["contact"] == "Emmy Noether"
    assert [item["relpath"] for item in content["results"]] == [
        "reinterpret_signal/reinterpretation.json",
        "reinterpret_signal/results.json",
    ]
    environment = read(entry / "specs/steps.yml")["reinterpret_signal"]["environment"]
    assert (environment["image"], environment["imagetag"]) == (
        "registry.org/group/wollemi",
        "0.1.0",
    )
    text = "".join(path.read_text(encoding="utf-8") for path in sorted(entry.rglob("*.*")))
    assert not re.search(r"XXX|TODO|placeholder|unknown|None|\{\{|\{%", text)
    assert "--example heavier" in (entry / "README.md").read_text(encoding="utf-8")
    check_record("write_recast.json")


def test_an_example_that_is_no_new_signal(tiny, capsys):
    set_value(
        "publication",
        value={
            "recast": {"examples": {"heavier": EXAMPLE | {"poynt": 3.0, "luminosity_ifb": "all"}}}
        },
    )
    assert write() == 2
    error = capsys.readouterr().err
    assert "publication.recast.examples.heavier" in error
    assert "poynt: unknown key; did you mean 'point'?" in error
    assert "fix these lines in the analysis file" in error
    assert not FOLDER.exists() or not list(FOLDER.rglob("*.yml"))


def test_authors_of_the_analysis_come_before_those_of_the_workflow(tiny):
    about = {"authors": [{"name": "Curie, Marie"}], "license": "CC-BY-4.0", "date": "2026-11-30"}
    set_value("publication", value={"about": about})
    assert write(examples=(), citation=[]) == 0
    assert read(FOLDER / "recast.yml")["metadata"]["author"] == "Marie Curie"


def test_a_citation_that_says_too_little(tiny, capsys, monkeypatch):
    monkeypatch.setattr(sys.modules[__name__], "CITATION", CITATION.replace("license: MIT\n", ""))
    assert write(examples=()) == 2
    assert "license is missing" in capsys.readouterr().err


def test_without_named_results_and_examples(tiny):
    assert write(examples=()) == 0
    assert [item["name"] for item in read(FOLDER / "recast.yml")["results"]] == [
        "limits, CLs, cutflows and acceptance"
    ]
    assert "results.json" not in (FOLDER / "specs/steps.yml").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("image", "expected"),
    [
        ("docker://registry.org:5000/wollemi:0.1", ["registry.org:5000/wollemi", "0.1"]),
        ("docker://registry.org/wollemi@sha256:00ff", ["registry.org/wollemi@sha256", "00ff"]),
    ],
)
def test_name_and_tag_of_the_image(tiny, image, expected):
    """Packtivity joins them by a colon."""
    assert write(image, examples=()) == 0
    environment = read(FOLDER / "specs/steps.yml")["reinterpret_signal"]["environment"]
    assert [environment["image"], environment["imagetag"]] == expected


def test_an_image_without_a_version_is_refused(tiny, capsys):
    assert write("docker://registry.org:5000/wollemi", examples=()) == 2
    assert "'docker://registry.org:5000/wollemi' has no tag" in capsys.readouterr().err
    assert not FOLDER.exists() or not list(FOLDER.rglob("*.yml"))
