"""What `wollemi compare` says of runs after real edits: a cut, a package, a byte of an input, a
seed.
"""

import hashlib
import os
import re
import shutil
import subprocess
import sysconfig
from pathlib import Path

import pytest
from support.project.folders import copied
from support.tiny.analysis import (
    ANALYSIS,
    NO_STATISTICS,
    edit_analysis,
    wollemi,
    wollemi_command,
    wollemi_environment,
)
from support.tiny.edits import setting, text_replaced

SEARCH = (
    "count(muon) == 2 and muon[0].pt > 30 and dimuon_mass > 150 and muon[0].charge != "
    "muon[1].charge"
)
GENERATE = '''

def toy(random, events):
    """A muon pair of high mass."""
    pt = random.exponential(60, (events, 2)) + 70
    eta, phi = random.normal(0, 1, (2, events, 2))
    charge = np.tile([1, -1], (events, 1))
    muon = {"pt": pt, "eta": eta, "phi": phi, "mass": np.full_like(pt, 0.105), "charge": charge}
    met = {"MET_pt": random.exponential(10, events), "MET_phi": random.uniform(-3, 3, events)}
    weights = {"genWeight": np.ones(events), "Pileup_nTrueInt": np.full(events, 20.0)}
    return {f"Muon_{name}": values for name, values in muon.items()} | met | weights
'''
TOY = {
    "generate": {"hook": "toy", "events": 200, "seed": 3},
    "tree": "Events",
    "weight": "genWeight",
    "cross_section_pb": 0.5,
}
PACKAGE = "vector"  # in Python alone, and many steps load it
CREATED = 112  # a byte of the time at which a ROOT file was created: it holds no events


def small(document):
    """Data that is fetched, simulation from a file, and a generated signal in one region; no
    model.
    """
    for section in NO_STATISTICS:
        document.pop(section)
    known = document["datasets"]
    document["datasets"] = {"data": known["data"], "dy_high": known["dy_high"], "toy": TOY}
    document["samples"] = {
        "data": {"role": "data", "datasets": ["data"]},
        "dy": {"role": "background", "datasets": ["dy_high"]},
        "toy": {"role": "signal", "datasets": ["toy"]},
    }
    document["regions"] = {"search": {"selection": SEARCH, "variable": "mass_search"}}


def run(project, **variables):
    """Run to the end."""
    done = subprocess.run(
        wollemi_command("run", "tiny", "--config", "mirrors=mirror"),
        cwd=project,
        env=wollemi_environment(project) | variables,
        check=False,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert done.returncode == 0, done.stdout


@pytest.fixture(scope="module")
def first(pristine, tmp_path_factory):
    """The project after its first run, and the name of the state that this is."""
    project = copied(pristine, tmp_path_factory.mktemp("first") / "project")
    edit_analysis(project, small)
    with (project / ANALYSIS).with_name("hooks.py").open("a") as file:
        file.write(GENERATE)
    run(project)
    (state,) = (project / ".wollemi/store/states/tiny").iterdir()
    return project, state.stem


def byte_changed(path):
    content = bytearray(path.read_bytes())
    content[CREATED] ^= 1
    path.write_bytes(content)


def other_production_file(project):
    byte_changed(project / "input/dy_high_0.root")


def other_public_file(project):
    """The file at its place has other bytes, and the analysis says so."""
    path = project / "mirror/data.root"
    byte_changed(path)
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    edit_analysis(
        project, lambda document: document["datasets"]["data"]["files"][0].update(sha256=digest)
    )


EDITS = {
    "a cut": (
        setting("regions", "search", "selection", value=SEARCH.replace("150", "160")),
        'a setting (regions.search.selection: "… 30 and dimuon_mass > 150 and muon[0].charge != '
        'muon[1].charge" → "… 30 and dimuon_mass > 160 and muon[0].charge != muon[1].charge")',
    ),
    "a byte of a production file": (
        other_production_file,
        "another input file (input/dy_high_0.root)",
    ),
    "a byte of a public file": (
        other_public_file,
        "another input file (results/tiny/files/data/data.root)",
    ),
    "the seed of a generated dataset": (
        setting("datasets", "toy", "generate", "seed", value=4),
        "another seed (datasets.toy.generate.seed: 3 → 4)",
    ),
}


def compared(project, state):
    """The lines about what is different between a state and the present results."""
    done = wollemi(project, "compare", state, "results/tiny")
    assert done.returncode in (0, 1), done.stdout
    return done.stdout.splitlines()


@pytest.mark.slow
@pytest.mark.parametrize("what", EDITS)
def test_an_edit_is_the_only_difference(first, tmp_path, what):
    original, state = first
    project = copied(original, tmp_path / "project")
    edit, cause = EDITS[what]
    edit(project)
    run(project)
    lines = compared(project, state)
    assert lines[0] == f"{state} → results/tiny: What differs is {cause}."
    moved = "No yield, fit, limit or significance differs." not in lines
    assert moved == (what not in ("a byte of a production file", "a byte of a public file"))


@pytest.mark.slow
def test_another_version_of_a_package_is_the_only_difference(first, tmp_path):
    """It is first on the path of Python, and locked: as after an upgrade."""
    original, state = first
    project = copied(original, tmp_path / "project")
    installed = Path(sysconfig.get_paths()["purelib"])
    (about,) = installed.glob(f"{PACKAGE}-*.dist-info")
    old = about.name.removeprefix(f"{PACKAGE}-").removesuffix(".dist-info")
    new = f"{old}.post1"
    upgraded = tmp_path / "upgraded/site-packages"  # where jobs may read what no record names
    shutil.copytree(installed / PACKAGE, upgraded / PACKAGE)
    shutil.copytree(about, upgraded / f"{PACKAGE}-{new}.dist-info")
    locked = f'name = "{PACKAGE}"\nversion = "{{}}"'.format
    text_replaced("uv.lock", locked(old), locked(new))(project)
    shutil.rmtree(project / "results")
    path = wollemi_environment(project)["PYTHONPATH"]
    run(project, PYTHONPATH=f"{upgraded}{os.pathsep}{path}")
    text = f"What differs is a package ({PACKAGE} {old} → {new}, in uv.lock)."
    lines = compared(project, state)
    assert lines[0] == f"{state} → results/tiny: {text}"
    assert "No yield, fit, limit or significance differs." in lines
    assert not any(re.search("different|missing", line) for line in lines[1:] if "|" in line)
