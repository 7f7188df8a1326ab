"""The engine works with the likelihood library alone, without the core and its dependencies."""

import re
import shutil
import subprocess
import sys

import pytest
from support.project.paths import ROOT

HOUSE = ROOT / "houses/engine"
HARD = {"count(muon) == 1": [True, True], "ht > 40": [True, False]}
# Packages of the project that the engine does not declare.
OTHERS = ("wollemi", "hist", "iminuit", "pydantic", "pyhf", "uproot", "yaml")
GUARD = f"""
import sys

class Refused:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {OTHERS}:
            raise ImportError(name)

sys.meta_path.insert(0, Refused())
"""


def example():
    """The program of the README."""
    return re.search(r"```python\n(.*?)```", (HOUSE / "README.md").read_text(), re.DOTALL)[1]


def check(output):
    assert output.returncode == 0, output.stderr
    evaluated, compiled = output.stdout.splitlines()
    assert evaluated == str(HARD)
    assert compiled == str({"one": [True, True], "hard": [True, False]})


def test_the_readme_runs_without_the_rest(tmp_path):
    for name in ("wollemi_engine", "wollemi_likelihood"):
        shutil.copytree(ROOT / "scripts" / name, tmp_path / name)
    (tmp_path / "run.py").write_text(GUARD + example())
    line = [sys.executable, "run.py"]
    check(subprocess.run(line, cwd=tmp_path, capture_output=True, text=True))


@pytest.mark.slow
def test_its_wheel_runs_in_an_empty_environment(tmp_path):
    def run(*line):
        return subprocess.run(line, cwd=tmp_path, capture_output=True, text=True, check=True)

    for house in ("engine", "likelihood"):
        folder = str(ROOT / "houses" / house)
        run("uv", "build", "--wheel", "--out-dir", str(tmp_path / "dist"), folder)
    run("uv", "venv", "--python", sys.executable, "empty")
    wheels = map(str, (tmp_path / "dist").glob("*.whl"))
    run("uv", "pip", "install", "--python", "empty/bin/python", *wheels)
    (tmp_path / "run.py").write_text(example())
    line = ["empty/bin/python", "run.py"]
    check(subprocess.run(line, cwd=tmp_path, capture_output=True, text=True))
