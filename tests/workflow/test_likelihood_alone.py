"""The likelihood library works without the rest of the project and without its dependencies."""

import json
import re
import shutil
import subprocess
import sys

import pyhf
import pytest
from support.project.paths import ROOT

HOUSE = ROOT / "houses/likelihood"
# Packages of the project that the library does not declare.
OTHERS = ("wollemi", "awkward", "hist", "pandas", "pyarrow", "pydantic", "pyhf", "uproot", "yaml")
GUARD = f"""
import sys

class Refused:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {OTHERS}:
            raise ImportError(name)

sys.meta_path.insert(0, Refused())
"""


def example():
    """The programs of the README, one after the other."""
    return "\n".join(
        re.findall(r"```python\n(.*?)```", (HOUSE / "README.md").read_text(), re.DOTALL)
    )


def numbers(text):
    """All numbers of an output."""
    return [float(number) for number in re.findall(r"(?<![\w.])-?\d+\.\d+(?:e-?\d+)?", text)]


@pytest.fixture
def folder(tmp_path):
    """A folder with a workspace, and the limit that pyhf finds."""
    model = pyhf.simplemodels.uncorrelated_background([12.0, 11.0], [50.0, 52.0], [3.0, 7.0])
    data = [51.0, 48.0]
    workspace = pyhf.Workspace.build(model, [*data, *model.config.auxdata])
    (tmp_path / "workspace.json").write_text(json.dumps(workspace))
    observed, expected = pyhf.infer.intervals.upper_limits.upper_limit(
        [*data, *model.config.auxdata], model
    )
    return tmp_path, [float(observed), *map(float, expected)]


def check(output, limits):
    assert output.returncode == 0, output.stderr
    _, limit, _, *impacts, rises, mean = output.stdout.splitlines()
    assert numbers(limit) == pytest.approx(limits, rel=2e-3)  # pyhf interpolates a scan
    assert len(impacts) == 2
    assert len(rises.strip("[]").split()) == 5
    assert numbers(mean)


def test_the_readme_runs_without_the_rest(folder):
    place, limits = folder
    shutil.copytree(ROOT / "scripts/wollemi_likelihood", place / "wollemi_likelihood")
    (place / "run.py").write_text(GUARD + example())
    line = [sys.executable, "run.py"]
    check(subprocess.run(line, cwd=place, capture_output=True, text=True), limits)


@pytest.mark.slow
def test_its_wheel_runs_in_an_empty_environment(folder):
    place, limits = folder

    def run(*line):
        return subprocess.run(line, cwd=place, capture_output=True, text=True, check=True)

    run("uv", "build", "--wheel", "--out-dir", str(place / "dist"), str(HOUSE))
    (wheel,) = (place / "dist").glob("*.whl")
    run("uv", "venv", "--python", sys.executable, "empty")
    run("uv", "pip", "install", "--python", "empty/bin/python", str(wheel))
    (place / "run.py").write_text(example())
    check(
        subprocess.run(["empty/bin/python", "run.py"], cwd=place, capture_output=True, text=True),
        limits,
    )
