"""The simplified results of the tiny analysis, and what SModelS reads of them."""

import importlib.util
import json
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest

from support.project.paths import ROOT
from support.tiny.analysis import edit_analysis
from support.tiny.once import process_once
from support.tiny.steps import RESULTS, build_workspace, fetch, read_th1, run_step

SIMULATION = ("dy_low", "dy_high", "dy_alternative", "signal_200")
SIGNALS = ("signal_200", "signal_300")
FOLDER = Path(RESULTS, "simplified")
TEMPLATE = "simplified_readme.md.j2"
TOPOLOGY = {
    "constraint": "{(PV > Phi(1)), (Phi(1) > mu+,mu-)}",
    "masses_gev": {"signal_200": [200], "signal_300": [300]},
    "regions": "search",
}
SMODELS = {
    "id": "Tiny-2012-01",
    "particles": {"Phi": {"spin": 0}},
    "topologies": {"TRS1mumu": TOPOLOGY},
    "url": "https://example.org/tiny",
}
# What SModelS finds in a database, as JSON: its data sets, and its predictions for models with one
# resonance.
READER = """
import json
import sys

from smodels.base.model import Model
from smodels.base.particle import Particle
from smodels.base.physicsUnits import GeV, fb
from smodels.decomposition import decomposer
from smodels.experiment.databaseObj import Database
from smodels.matching.theoryPrediction import theoryPredictionsFor
from smodels.share.models.SMparticles import SMList
from smodels.statistics.basicStats import apriori, observed
from smodels.statistics.statsTools import CompRetriever, StatsComputer

folder, asked = sys.argv[1], json.loads(sys.argv[2])
database = Database(folder, force_load="txt")
(result,) = database.getExpResults()
info = result.globalInfo
found = {"id": info.id, "title": info.prettyName, "models": info.statModels, "sets": {}, "predictions": {}}
found["luminosity_ifb"] = (info.lumi * fb).asNumber()


def model_limit(dataset):
    model = CompRetriever.forSingleBin(dataset.getID(), dataset, {dataset.getID(): 1.0}, deltas_rel=0.0, lumi=dataset.getLumi())
    return StatsComputer([model]).getUpperLimit(evaluationType=apriori, limit_on_xsec=True).asNumber(fb)


for dataset in result.datasets:
    known = dataset.dataInfo
    found["sets"][dataset.getID()] = {
        "counts": known.observedN,
        "background": known.expectedBG,
        "error": known.bgError,
        "limit": dataset.getUpperLimitFor().asNumber(fb),
        "expected": known.expectedUpperLimit.asNumber(fb),
        "expected_by_smodels": model_limit(dataset),
        "efficiencies": {
            topology.txName: [dataset.getEfficiencyFor(topology.txName, sms=None, mass=[mass * GeV]) for mass in asked["masses"]]
            for topology in dataset.txnameList
        },
    }
for name, card in asked["cards"].items():
    with open(f"{name}.slha", "w") as file:
        file.write(card)
    resonance = Particle(isSM=False, label="X", pdg=9900032, eCharge=0, colordim=1, spin=asked["spin"])
    model = Model(BSMparticles=[resonance], SMparticles=SMList)
    model.updateParticles(inputFile=f"{name}.slha")
    decays = decomposer.decompose(model, sigmacut=1e-9 * fb, massCompress=False, invisibleCompress=False)
    (prediction,) = theoryPredictionsFor(database, decays, combinedResults=True)
    found["predictions"][name] = [1 / prediction.getRValue(kind) for kind in (observed, apriori)]
print(json.dumps(found))
"""  # noqa: E501


def model_card(mass_gev: float, cross_section_pb: float, decays: dict[int, float]) -> str:
    """An SLHA file with one narrow resonance at 13 TeV: particle of a pair → branching fraction."""
    lines = [f"BLOCK MASS\n  9900032 {mass_gev}", "DECAY 9900032 1.0"]
    lines += [f"  {fraction} 2 {particle} -{particle}" for particle, fraction in decays.items()]
    lines += ["XSECTION 1.30E+04 2212 2212 1 9900032", f"  0 0 0 0 0 0 {cross_section_pb} SModelS"]
    return "\n".join(lines) + "\n"


def require_smodels() -> None:
    """Skip where SModelS is not installed. It is not among the packages of all tests, as vector
    imports its sympy wherever that is, 0.2 s in each of some thousand programs:
    `uv run --group test --with smodels==3.2.1 pytest` and the path.
    """
    if importlib.util.find_spec("smodels") is None:
        pytest.skip("SModelS is not installed")


def read_with_smodels(archive: Path, folder: Path, **asked: Any) -> tuple[dict[str, Any], str]:
    """What SModelS finds, and its messages.

    Args:
        archive: the zip.
        folder: where it is unpacked.
        asked: `masses` in GeV, `spin` of the resonance and `cards`, name → SLHA file.
    """
    require_smodels()
    with zipfile.ZipFile(archive) as content:
        content.extractall(folder / "smodels")
    line = [sys.executable, "-c", READER, "smodels", json.dumps(asked)]
    done = subprocess.run(line, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    *messages, found = done.stdout.splitlines()
    return json.loads(found), "\n".join(messages) + done.stderr


def run_whole() -> None:
    """From the files of the tiny analysis to its limits, in the working folder."""
    edit_analysis(Path.cwd(), lambda document: document.update(publication={"smodels": SMODELS}))
    assert fetch() == 0
    shutil.copyfile(ROOT / "workflow/report" / TEMPLATE, TEMPLATE)
    for dataset in ("data", *SIMULATION):
        process_once(dataset)
    assert read_th1() == 0
    assert build_workspace() == 0
    workspaces = [f"{RESULTS}/workspaces/{signal}.json" for signal in SIGNALS]
    assert run_step("compute_limits", workspaces=workspaces, limits=f"{RESULTS}/limits.json") == 0


def simplified(**changes: Any) -> int:
    """Run `write_simplified` on what is there; its exit code."""
    inputs = {
        "workspaces": [f"{RESULTS}/workspaces/{signal}.json" for signal in SIGNALS],
        "limits": f"{RESULTS}/limits.json",
        "histograms": f"{RESULTS}/histograms/data.json",
        "template": TEMPLATE,
    }
    outputs = {
        "likelihood": FOLDER / "simplified_likelihood.json",
        "closure": FOLDER / "closure.json",
        "readme": FOLDER / "README.md",
        "record": f"{RESULTS}/records/write_simplified.json",
    }
    return run_step("write_simplified", **(inputs | outputs | changes))


def smodels(**changes: Any) -> int:
    """Run `write_smodels` on what is there; its exit code."""
    files = {
        "likelihood": FOLDER / "simplified_likelihood.json",
        "database": FOLDER / "smodels.zip",
    }
    return run_step(
        "write_smodels", **(files | {"record": f"{RESULTS}/records/write_smodels.json"} | changes)
    )
