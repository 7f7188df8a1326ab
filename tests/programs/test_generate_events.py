"""Events made by a hook of the analysis, from the command line to the histograms, in each
schema.
"""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import uproot
from support.project.paths import ROOT
from support.tiny.analysis import ANALYSIS, edit_analysis, snakemake
from support.tiny.mistakes import set_value
from support.tiny.steps import HOOKS_FILE, RESULTS, check_record, run_step

from wollemi.base.digests import file_digest
from wollemi.inputs.event_files import read_batches
from wollemi.inputs.schemas import Layout

HOOK = """

def toy(random, events, mean=2):
    counts = random.poisson(mean, events)
    lists = {
        f"Muon_{name}": ak.unflatten(random.uniform(low, high, counts.sum()).astype(np.float32), counts)
        for name, low, high in (("pt", 20, 90), ("eta", -2, 2), ("phi", -3, 3), ("mass", 0, 1))
    }
    return lists | {"genWeight": np.ones(events)}
"""  # noqa: E501
GENERATE = {"hook": "toy", "options": {"mean": 3}, "events": 50, "seed": 40, "parts": 2}
FILE = f"{RESULTS}/files/made/part1.root"


@pytest.fixture
def made(tiny):
    """The tiny analysis with a dataset that its hook makes."""
    with Path(HOOKS_FILE).open("a") as file:
        file.write(HOOK)
    set_value(
        "datasets",
        "made",
        value={"generate": GENERATE, "weight": "genWeight", "cross_section_pb": 1.0},
    )


def generate(**arguments):
    Path(FILE).unlink(missing_ok=True)
    outputs = {"events": FILE, "record": f"{RESULTS}/records/generate_events/made_1.json"}
    return run_step(
        "generate_events",
        **{"dataset": "made", "part": 1, "hooks": HOOKS_FILE} | outputs | arguments,
    )


def test_nanoaod(made):
    assert generate() == 0
    before = file_digest(Path(FILE))
    with uproot.open(FILE) as file:
        assert file.classnames(cycle=False) == {"Events": "TTree"}
        events = file["Events"].arrays()
    assert {"run", "luminosityBlock", "event", "nMuon", "Muon_pt", "genWeight"} <= set(
        events.fields
    )
    assert set(events.run) == {41}
    assert abs(np.mean(events.nMuon) - 3) < 4 * np.sqrt(3 / 50)
    assert check_record("generate_events/made_1.json")["inputs"].keys() == {HOOKS_FILE}
    assert generate() == 0
    assert file_digest(Path(FILE)) == before


@pytest.mark.parametrize("layout", [Layout("physlite"), Layout("ntuple", "tuple")])
def test_other_schemas_give_the_same_events(made, layout):
    branches = ["Muon_eta", "Muon_phi", "Muon_pt", "genWeight"]
    assert generate() == 0
    (nano,) = read_batches(Path(FILE), Layout(), branches)
    keys = {
        "ntuple": {"schema": "ntuple", "tree": "tuple", "energy_unit": "GeV"},
        "physlite": {"schema": "physlite"},
    }
    edit_analysis(
        Path.cwd(), lambda document: document["datasets"]["made"].update(keys[layout.schema])
    )
    assert generate() == 0
    (other,) = read_batches(Path(FILE), layout, branches)
    for name in branches:
        np.testing.assert_allclose(
            np.ravel(np.concatenate(other[name].tolist(), axis=None)),
            np.concatenate(nano[name].tolist(), axis=None),
            rtol=1e-6,
        )


def test_a_preview_makes_few_events(made):
    assert generate(max_events=7) == 0
    with uproot.open(FILE) as file:
        assert file["Events"].num_entries == 7


def test_mistakes_are_users_errors(made, capsys):
    assert generate(hooks=()) == 2
    assert "datasets.made.generate: the hooks toy need a hooks.py" in capsys.readouterr().err
    set_value("datasets", "made", "generate", "hook", value="toyy")
    assert generate() == 2
    assert "there is no function 'toyy'; did you mean 'toy'?" in capsys.readouterr().err
    set_value("datasets", "made", "generate", "hook", value="toy")
    set_value("datasets", "made", "generate", "options", value={"maen": 3})
    assert generate() == 2
    assert "hook toy: takes no option 'maen'; did you mean 'mean'?" in capsys.readouterr().err
    assert not Path(FILE).exists()


def test_pythia_is_not_imported(made):
    program = str(ROOT / "scripts/generate_events.py")
    code = (
        f"import runpy, sys; sys.argv[0] = {program!r}; sys.path.insert(0, "
        f"{str(ROOT / 'scripts')!r})\n"
    )
    code += (
        f"try: runpy.run_path({program!r}, run_name='__main__')\nexcept SystemExit as end: "
        "assert end.code == 0\n"
    )
    code += "assert 'awkward' in sys.modules and 'pythia8mc' not in sys.modules"
    arguments = [
        "--analysis",
        ANALYSIS,
        "--dataset",
        "made",
        "--hooks",
        HOOKS_FILE,
        "--events",
        FILE,
    ]
    subprocess.run([sys.executable, "-c", code, *arguments], check=True)
    assert Path(FILE).is_file()


def test_the_hooks_are_inputs_of_what_uses_them(made, project):
    for name in (ANALYSIS, HOOKS_FILE):
        (project / name).write_text(Path(name).read_text())

    def hook_of_generation_only(document):
        document["columns"]["mt"] = "MET_pt"
        document["samples"]["signal_200"]["datasets"] = ["made"]

    edit_analysis(project, hook_of_generation_only)
    done = snakemake(project, "--dry-run", "--printshellcmds")
    assert done.returncode == 0, done.stdout
    commands = [line for line in done.stdout.splitlines() if "--hooks" in line]
    jobs = [
        block for block in done.stdout.split("python scripts/") if f"--hooks {HOOKS_FILE}" in block
    ]
    assert len(commands) > 4
    assert len(jobs) == 2
    assert all(job.startswith("generate_events.py") for job in jobs)
