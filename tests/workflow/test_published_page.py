"""The new signal of the page on published models: its limit, by pyhf on the workspace that is
patched by hand; and the commands of the page, run in a checkout.
"""

import os
import re
import subprocess
from pathlib import Path

import pyhf
import pytest
import yaml
from support.archives.archives import complete_project
from support.project.paths import ROOT
from support.tiny.analysis import environment

PAGE = (ROOT / "docs/published_models.md").read_text(encoding="utf-8")
_, _, BEGINNING = PAGE.partition("## Try it\n")
TRY, _, REST = BEGINNING.partition("## A new signal\n")
NEW, _, _ = REST.partition("\n## ")
SIGNAL = re.search(r"```yaml\n(.*?)```", NEW, re.DOTALL)[1]
QUOTED = tuple(map(float, re.search(r", at ([\d.]+) and ([\d.]+\d)", NEW).groups()))


def by_hand():
    """The model of the page with the new signal, and its data."""
    base = pyhf.simplemodels.uncorrelated_background(
        signal=[5.0, 10.0], bkg=[50.0, 60.0], bkg_uncertainty=[5.0, 12.0]
    )
    workspace = dict(pyhf.Workspace.build(base, [53.0, 65.0]))
    (channel,) = workspace["channels"]
    given = yaml.safe_load(SIGNAL)["heavier"]
    yields = given["yields"]["singlechannel"]
    change = given["systematics"]["scale"]["up"]["singlechannel"]
    channel["samples"] = [
        *(sample for sample in channel["samples"] if sample["name"] != "signal"),
        {
            "name": "heavier",
            "data": yields["values"],
            "modifiers": [
                {"name": "mu", "type": "normfactor", "data": None},
                {"name": "gamma", "type": "staterror", "data": yields["statistical"]},
                {"name": "scale", "type": "normsys", "data": {"hi": 1 + change, "lo": 1 - change}},
            ],
        },
    ]
    found = pyhf.Workspace(workspace)
    return found.model(), found.data(found.model())


def test_the_quoted_limit_is_that_of_pyhf():
    model, data = by_hand()
    pyhf.set_backend("numpy", pyhf.optimize.minuit_optimizer(tolerance=1e-8, strategy=1))
    try:
        for at, place in zip(QUOTED, ("observed", "expected"), strict=True):
            found = pyhf.infer.hypotest(at, data, model, test_stat="qtilde", return_expected=True)
            cls = dict(zip(("observed", "expected"), map(float, found), strict=True))
            assert cls[place] == pytest.approx(0.05, abs=1e-5)
    finally:
        pyhf.set_backend("numpy")


@pytest.mark.slow
def test_the_commands_of_the_page(pristine, tmp_path):
    project = complete_project(Path(pristine), tmp_path / "project")
    (project / "signal.yaml").write_text(SIGNAL, encoding="utf-8")
    commands = re.findall(r"^    (uv run .*)$", NEW, re.MULTILINE)
    assert len(commands) == 2
    setting_up = re.search(r"```bash\n(.*?)```", TRY, re.DOTALL)[1]
    here = Path(environment()["PATH"].partition(os.pathsep)[0]).parent
    script = "\n".join(["set -e", setting_up, commands[0], f"{commands[1]} --environment {here}"])
    done = subprocess.run(
        ["bash", "-c", script.replace("uv run ", "")],
        cwd=project,
        env=environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    (line,) = (line for line in done.stdout.splitlines() if line.startswith("heavier: "))
    numbers = re.search(r"observed ([\d.]+), expected ([\d.]+) ", line).groups()
    assert numbers == tuple(f"{limit:.4g}" for limit in QUOTED)
