"""The tutorial, word by word: its first block alone, then each further block merged into the
file.
"""

import json
import re

import pytest
import yaml
from support.project.folders import run_project
from support.project.paths import ROOT


def blocks():
    return [
        yaml.safe_load(text)
        for text in re.findall(
            r"```yaml\n(.*?)```", (ROOT / "docs/tutorial.md").read_text(), re.DOTALL
        )
    ]


def merge(old, new):
    if not (isinstance(old, dict) and isinstance(new, dict)):
        return new
    return old | {key: merge(old.get(key), value) for key, value in new.items()}


def write(folder, document):
    path = folder / "config/analyses/zee/analysis.yaml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(yaml.safe_dump(document, sort_keys=False))


@pytest.mark.slow
def test_the_tutorial(tmp_path):
    first, *further = blocks()
    assert len(further) == 3
    write(tmp_path, first)
    results = run_project(
        tmp_path, "zee", ["plots/two_electrons_mass_ee.png", "summary.json"], max_events="3000"
    )
    (region,) = json.loads((results / "cutflow/dy.json").read_text())["regions"].values()
    assert 0 < region[-1]["events"] < 3000
    document = first
    for block in further:
        document = merge(document, block)
    write(tmp_path, document)
    results = run_project(tmp_path, "zee", ["summary.json", "fit.json"], max_events="3000")
    fit = json.loads((results / "fit.json").read_text())["fits"]["dy"]
    (mu,) = [parameter for parameter in fit["parameters"] if parameter["name"] == "mu"]
    assert abs(mu["value"] - 1) < 5 * mu["error"]
    assert "zee [pseudo-data] [PREVIEW]" in (results / "fit.json").read_text()
