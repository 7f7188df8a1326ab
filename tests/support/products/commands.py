"""Commands of other frameworks in the tiny analysis: the histograms of `dy_high` as they make
them.
"""

import json
import shutil
from pathlib import Path
from typing import Any

from support.project.paths import ROOT
from support.tiny.analysis import ANALYSIS, edit_analysis
from support.tiny.events import CROSS_SECTION_PB, ENTRIES
from support.tiny.steps import run_step
from wollemi.analysis.view import view_of
from wollemi.loading.expand import plain_document
from wollemi.loading.load import read_document
from wollemi.plan.plan import Plan

EXAMPLES = ROOT / "docs/other_frameworks"
FOLDER = Path(ANALYSIS).parent
RUNS = {
    "masses_hist.py": "python masses_hist.py masses.root dy_high.txt",
    "masses_coffea.py": "python masses_coffea.py masses.root dy_high.txt",
    "masses_rdataframe.py": "python masses_rdataframe.py masses.root dy_high.txt",
    "masses_rdataframe.C": (
        'root -l -b -q \'masses_rdataframe.C("masses.root", {"dy_high.txt"})\''
    ),
}


def give_command(folder: Path, script: str = "masses_hist.py", **keys: Any) -> None:
    """Let `dy` have the histograms of a command, which reads `dy_high`.

    Args:
        folder: of the analysis.
        script: one of the examples.
        keys: of the command, in the place of those for the example.
    """
    shutil.copy(EXAMPLES / script, folder / FOLDER / script)
    entry = {
        "run": RUNS[script],
        "inputs": "dy_high",
        "files": [f"{FOLDER}/{script}"],
        "outputs": ["masses.root"],
    }

    def change(document: dict[str, Any]) -> None:
        document["commands"] = {"masses": {**entry, **keys}}
        document["datasets"]["dy_masses"] = {
            "command": "masses",
            "histograms": "dy_high/{region}",
            "cross_section_pb": CROSS_SECTION_PB["dy_high"],
            "sum_of_weights": float(sum(ENTRIES["dy_high"])),
        }
        document["samples"]["dy"]["datasets"] = ["dy_low", "dy_masses"]
        document["regions"]["search"].pop("monitor", None)  # there is no histogram of it

    edit_analysis(folder, change)


def plan() -> Plan:
    """The plan of the analysis in the working folder."""
    return Plan(view_of(plain_document(read_document(Path(ANALYSIS)))), "tiny")


def run_masses(**arguments: Any) -> int:
    """Run `run_command` as its rule does."""
    found = plan()
    given = {
        "command": "masses",
        "told": json.dumps(found.command_settings("masses")),
        "lists": json.dumps(found.command_lists("masses")),
        "files": found.command_files("masses"),
        "outputs": found.command_outputs("masses"),
        "record": "results/tiny/records/run_command/masses.json",
        "log": "results/tiny/logs/run_command/masses.log",
    }
    return run_step("run_command", **{**given, **arguments})
