"""The floors of the package: import-linter's contracts hold, each of them can break, and their
lists are whole.
"""

import os
import re
import shutil
import subprocess
import sys
import tomllib
from graphlib import TopologicalSorter
from importlib.metadata import packages_distributions
from pathlib import Path

import grimp
import pytest
from support.project.paths import ROOT

SETTINGS = tomllib.loads((ROOT / "pyproject.toml").read_text())
CONTRACTS = SETTINGS["tool"]["importlinter"]["contracts"]
PACKAGES = sorted(path.parent.name for path in (ROOT / "scripts").glob("wollemi*/__init__.py"))
# Module → an import that one contract refuses, by words of its name.
PLANTED = {
    "wollemi.base.rounding": ("from wollemi.events import cutflow", "A package imports only"),
    "wollemi.analysis.models.plots": (
        "from wollemi.analysis.plain import queries",
        "An analysis: its shape",
    ),
    "wollemi_publish.simplified.bins": (
        "from wollemi_publish.hepdata import columns",
        "Packages beside the core",
    ),
    "wollemi_engine.events.fields": ("import pydantic", "The engine is a library"),
    "wollemi_engine.expressions.fields": (
        "from wollemi_engine.events import fields",
        "The engine: expressions",
    ),
    "wollemi_likelihood.results": (
        "from wollemi.base import rounding",
        "The likelihood is a library",
    ),
    "wollemi_likelihood.base.arrays": (
        "from wollemi_likelihood.kernels import records",
        "The library: bases",
    ),
    "wollemi.plots.efficiencies": ("import wollemi_publish.paper", "The core knows no package"),
    "wollemi.archive.reading.tolerances": (
        "from wollemi.archive.writing import contents",
        "Writing and reading",
    ),
    "wollemi_likelihood.inference.ranking": (
        "import pydantic",
        "The likelihood is a library",
    ),
    "wollemi.plots.style": ("from wollemi.loading import document", "An analysis is checked"),
    "wollemi.loading.expand": ("import awkward", "The standard library and PyYAML"),
    "wollemi.loading.recast": (
        "from wollemi_likelihood.base import arrays",
        "Nor do they go round",
    ),
}


def lint(folder: Path) -> dict[str, str]:
    """Verdict of each contract for the package in a folder."""
    command = [
        sys.executable,
        "-c",
        "from importlinter.cli import lint_imports_command; lint_imports_command()",
        "--no-cache",
    ]
    environment = {**os.environ, "PYTHONPATH": str(folder), "COLUMNS": "200"}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
    text = re.sub(r"\x1b\[[0-9;]*m", "", done.stdout)
    verdicts = {
        line.rpartition(" ")[0]: line.rpartition(" ")[2]
        for line in text.splitlines()
        if line.endswith((" KEPT", " BROKEN"))
    }
    assert set(verdicts) == {contract["name"] for contract in CONTRACTS}, done.stdout + done.stderr
    return verdicts


def test_every_contract_is_kept():
    assert set(lint(ROOT / "scripts").values()) == {"KEPT"}


def test_every_contract_can_break(tmp_path):
    for package in PACKAGES:
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / "scripts" / package, tmp_path / package, ignore=ignored)
    for module, (line, _) in PLANTED.items():
        with (tmp_path / f"{module.replace('.', '/')}.py").open("a") as file:
            file.write(f"\n{line}\n")
    assert set(lint(tmp_path).values()) == {"BROKEN"}


def test_no_files_import_each_other_in_a_circle():
    """Nor for types alone: who reads a file has read, or can read, all that it builds on."""
    graph = grimp.build_graph(*PACKAGES, cache_dir=None)
    found = {module: graph.find_modules_directly_imported_by(module) for module in graph.modules}
    assert any("wollemi_engine.compiled.objects" in below for below in found.values())
    TopologicalSorter(found).prepare()


def test_every_contract_has_an_import_that_breaks_it():
    assert all(
        any(contract["name"].startswith(name) for _, name in PLANTED.values())
        for contract in CONTRACTS
    )


def test_the_light_floors_refuse_each_dependency():
    """All but PyYAML: also one that is new tomorrow."""
    groups = SETTINGS["dependency-groups"]
    wanted = {
        distribution(line)
        for line in [*SETTINGS["project"]["dependencies"], *groups["workflow"], *groups["archive"]]
        if not line.startswith("wollemi")  # the floors between our packages have contracts
    }
    owners = packages_distributions()
    names = {name for name, found in owners.items() if wanted & set(map(distribution, found))}
    (refused,) = [
        contract["forbidden_modules"]
        for contract in CONTRACTS
        if "numpy" in contract.get("forbidden_modules", ())
    ]
    assert wanted - {distribution(owner) for name in refused for owner in owners[name]} == {
        "pyyaml"
    }
    assert set(refused) <= names


def distribution(line: str) -> str:
    """Name of a distribution, as registries compare them."""
    return re.sub(r"[-_.]+", "-", re.match(r"[\w.-]+", line)[0]).lower()


@pytest.mark.parametrize(
    "file",
    sorted([*(ROOT / "scripts").glob("*.py"), *(ROOT / "workflow" / "rules").glob("*.smk")]),
    ids=lambda file: file.name,
)
def test_programs_leave_the_checks_to_the_loader(file):
    allowed = {"check_analysis.py", "common.smk"}
    checks = r"wollemi\.loading\.(all|document|\w*schema|dataset_selections|repeated_files)\b"
    found = re.search(checks, re.sub("#.*", "", file.read_text()))
    assert bool(found) == (file.name in allowed)
