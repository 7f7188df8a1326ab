"""The wheels: their metadata agree, and an analysis runs to its limit where nothing else is."""

import ast
import itertools
import json
import os
import re
import subprocess
import sys
import tomllib
from importlib.metadata import packages_distributions

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from support.project.own_repository import TOLD
from support.project.paths import ROOT
from support.services.conda_channel import ONLY_IN_PYPI, conda_name

import wollemi

GIVEN = ("--cross-section", "dy_high_0.root=2", "--cross-section", "signal_200_0.root=0.3")
CORE = tomllib.loads((ROOT / "pyproject.toml").read_text())
PROJECTS = {
    path.parent.name: tomllib.loads(path.read_text())["project"]
    for path in ROOT.glob("houses/*/pyproject.toml")
}
RECIPE = yaml.safe_load((ROOT / "houses/recipe.yaml").read_text())
SIDES = {f"wollemi-{name}" for name in PROJECTS}
# Imported only if they are installed, for comparisons, or with matplotlib.
OPTIONAL = {"PIL", "mcp", "mcp_types", "pyhf", "servicex", "smodels"}


def names(lines):
    return {Requirement(line).name for line in lines}


def test_there_is_one_version():
    version = CORE["project"]["version"]
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text())
    config = yaml.safe_load((ROOT / "config/config.yaml").read_text())
    images = {config[key].rpartition(":")[2] for key in ("image", "workflow_image")}
    packages = {project["version"] for project in PROJECTS.values()}
    recipe = RECIPE["context"]["version"]
    assert {citation["version"], wollemi.__version__, recipe, *images, *packages} == {version}
    assert f"## [{version}]" in (ROOT / "CHANGELOG.md").read_text()
    extras = CORE["project"]["optional-dependencies"].values()
    core = [*CORE["project"]["dependencies"], *itertools.chain.from_iterable(extras)]
    lines = [*core, *(line for project in PROJECTS.values() for line in project["dependencies"])]
    own = [line for line in lines if line.startswith("wollemi")]
    assert {line.partition("==")[2] for line in own} == {version}


def test_the_extra_is_what_a_checkout_has():
    groups, uv = CORE["dependency-groups"], CORE["tool"]["uv"]
    extra = set(CORE["project"]["optional-dependencies"]["workflow"])
    beside = {line for line in extra if line.startswith("wollemi")}
    assert extra - beside == {line for name in uv["default-groups"] for line in groups[name]}
    needed = {name for name in names(CORE["project"]["dependencies"]) if name.startswith("wollemi")}
    assert names(beside) | needed == names(uv["override-dependencies"]) == SIDES


def test_the_conda_recipe_needs_what_the_wheels_need():
    project = CORE["project"]
    lines = [*project["dependencies"], *project["optional-dependencies"]["workflow"]]
    needed = {
        f"{conda_name(item.name)} {item.specifier}"
        for item in map(Requirement, lines)
        if not item.name.startswith("wollemi") and item.name not in ONLY_IN_PYPI
    }
    given = map(Requirement, RECIPE["requirements"]["run"])
    assert {f"{item.name} {item.specifier}" for item in given} == {
        *needed,
        f"python {Requirement('python' + project['requires-python']).specifier}",
    }
    assert set(RECIPE["tests"][0]["python"]["imports"]) == {"wollemi"} | {
        name.replace("-", "_") for name in SIDES
    }


@pytest.mark.parametrize("house", sorted(PROJECTS))
def test_a_house_declares_its_imports(house):
    """With the limits of the core."""
    folder = ROOT / f"scripts/wollemi_{house}"
    assert (ROOT / f"houses/{house}/wollemi_{house}").resolve() == folder
    assert (folder / "py.typed").is_file()
    # A copy: a source distribution keeps a link as a link.
    assert (ROOT / f"houses/{house}/LICENSE").read_text() == (ROOT / "LICENSE").read_text()
    texts = [path.read_text(encoding="utf-8") for path in folder.rglob("*.py")]
    nodes = [node for text in texts for node in ast.walk(ast.parse(text))]
    modules = {name.name for node in nodes if isinstance(node, ast.Import) for name in node.names}
    modules |= {node.module for node in nodes if isinstance(node, ast.ImportFrom)}
    modules = {name.partition(".")[0] for name in modules} - {folder.name} - OPTIONAL
    owners = packages_distributions()
    imported = {
        canonicalize_name(module if module.startswith("wollemi") else owners[module][0])
        for module in modules - sys.stdlib_module_names
    }
    lines = PROJECTS[house]["dependencies"]
    declared = {canonicalize_name(name) for name in names(lines)}
    below = {"wollemi-engine", "wollemi-likelihood"} if "wollemi" in declared else set()
    assert imported - below <= declared
    assert {line for line in lines if "wollemi" not in line} <= {*CORE["project"]["dependencies"]}


@pytest.mark.slow
def test_an_analysis_runs_where_only_the_wheels_are(tiny, tmp_path):
    """From wheels that are built from the source distributions, outside of a checkout."""
    variables = {name: text for name, text in os.environ.items() if name != "PYTHONPATH"}
    variables["PATH"] = f"{tmp_path / 'env/bin'}{os.pathsep}{os.environ['PATH']}"

    def run(*line, folder=tmp_path, code=0):
        options = {"cwd": folder, "env": variables, "capture_output": True, "text": True}
        done = subprocess.run(list(map(str, line)), check=False, **options)
        assert done.returncode == code, done.stdout + done.stderr
        return done.stdout + done.stderr

    for project in (ROOT, *(ROOT / "houses" / house for house in PROJECTS)):
        run("uv", "build", "--quiet", "--out-dir", tmp_path / "dist", project)
    assert len(list((tmp_path / "dist").glob("*.whl"))) == 1 + len(PROJECTS)
    assert len(list((tmp_path / "dist").glob("*.tar.gz"))) == 1 + len(PROJECTS)
    run("uv", "venv", "--quiet", "--python", sys.executable, "env")
    install = ("uv", "pip", "install", "--python", "env/bin/python", "--find-links", "dist")
    run(*install, "wollemi")
    assert run("wollemi", "--version").split()[-1] == CORE["project"]["version"]
    assert "pip install wollemi-interactive" in run("wollemi", "draw", "zee", "e.pt", code=2)
    run("wollemi", "start", "core")
    missing = 'pip install "wollemi[workflow]"'
    assert missing in run("wollemi", "run", folder=tmp_path / "core", code=2)
    run(*install, "wollemi[workflow]")
    files = [tiny / "input" / name for name in ("dy_high_0.root", "signal_200_0.root")]
    said = run("wollemi", "new", "own", *files, *TOLD, *GIVEN, "--signal", "signal_200_0.root")
    assert re.search(r"^    cd own && wollemi run$", said, re.MULTILINE)
    own = tmp_path / "own"
    assert "own" in run("wollemi", "run", folder=own)
    limits = json.loads((own / "results/own/limits.json").read_text())["limits"]
    assert limits["signal_200_0"]["expected"][2] > 0
    assert (own / "results/own/index.html").is_file()
    run("wollemi", "draw", "own", "muon[0].pt", "--region", "search", folder=own)
