"""The likelihood package, used as its README says: with pyhf and nothing of this workflow."""

import json
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pyhf
import pytest
from support.products.statistical_models import (
    histosys,
    modifier,
    normsys,
    sample,
    staterror,
    workspace,
)
from support.project.paths import ROOT
from support.tiny.steps import run_step

FOLDER = Path("results/tiny/likelihood")
NAMES = {
    "background": "BkgOnly.json",
    "patchset": "patchset.json",
    "cls": "cls.json",
    "readme": "README.md",
}
SIGNALS = {"signal_200": [1.0, 9.0, 2.0], "signal_300": [0.0, 2.0, 6.0]}


def signal_workspace(name, events):
    """Two channels; the signal is in the first only, between two backgrounds; the second controls
    one of them.
    """
    dy, ttbar, control = np.array([50.0, 30.0, 8.0]), np.array([10.0, 9.0, 7.0]), np.array([120.0])
    signal = sample(name, events, modifier("normfactor", "mu"), normsys("luminosity", 1.02, 0.98))
    search = [
        sample(
            "dy",
            dy,
            normsys("luminosity", 1.02, 0.98),
            histosys("scale", dy, [0.1, 0.0, -0.1], [-0.1, 0.0, 0.1]),
        ),
        signal,
        sample(
            "ttbar",
            ttbar,
            modifier("normfactor", "norm_ttbar"),
            staterror("staterror_search", ttbar),
        ),
    ]
    samples = [{"name": "search", "samples": search}]
    samples.append(
        {
            "name": "control",
            "samples": [sample("ttbar", control, modifier("normfactor", "norm_ttbar"))],
        }
    )
    data = [{"name": "search", "data": [61, 44, 14]}, {"name": "control", "data": [117]}]
    return workspace(samples, data, [{"name": "mu", "bounds": [[0, 10]], "inits": [1]}])


def write(workspaces):
    """Run the program on workspaces; its exit code."""
    paths = []
    for name, content in workspaces.items():
        paths.append(Path(f"results/tiny/workspaces/{name}.json"))
        paths[-1].parent.mkdir(parents=True, exist_ok=True)
        paths[-1].write_text(json.dumps(content))
    template = ROOT / "workflow/report/likelihood_readme.md.j2"
    return run_step(
        "write_likelihood",
        workspaces=paths,
        template=template,
        **{k: FOLDER / n for k, n in NAMES.items()},
    )


@pytest.fixture
def package(tiny):
    assert (
        write({name: signal_workspace(name, np.array(events)) for name, events in SIGNALS.items()})
        == 0
    )
    return FOLDER


def read(folder, name):
    return json.loads((folder / name).read_text(encoding="utf-8"))


def test_pyhf_accepts_the_files(package):
    background, patches = (
        pyhf.Workspace(read(package, "BkgOnly.json")),
        pyhf.PatchSet(read(package, "patchset.json")),
    )
    patches.verify(background)
    assert background.model(poi_name=None).config.samples == ["dy", "ttbar"]
    assert [(patch.name, patch.values) for patch in patches] == [
        ("signal_200", (200,)),
        ("signal_300", (300,)),
    ]


def test_a_patch_gives_the_workspace_back(package):
    patches = pyhf.PatchSet(read(package, "patchset.json"))
    for name, events in SIGNALS.items():
        assert dict(patches.apply(read(package, "BkgOnly.json"), name)) == signal_workspace(
            name, np.array(events)
        )


def test_the_commands_of_the_readme(package):
    text = (package / "README.md").read_text(encoding="utf-8")
    shell = [
        block
        for block in re.findall(r"```sh\n(.*?)```", text, re.DOTALL)
        if "pip install" not in block
    ]
    environment = {"PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin"}
    for block in shell:
        done = subprocess.run(
            ["sh", "-e", "-c", block],
            cwd=package,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
    single = json.loads(done.stdout)  # of the last block: CLs of the example
    (example,) = re.findall(r"pyhf cls (\w+)\.json", text)
    assert single["CLs_obs"] == pytest.approx(
        read(package, "cls.json")["signals"][example]["observed"], rel=5e-3
    )
    (code,) = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    done = subprocess.run(
        [sys.executable, "-I", "-c", code], cwd=package, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    differences = re.findall(r"^(\w+): .* largest difference (\S+)$", done.stdout, re.MULTILINE)
    assert [name for name, _ in differences] == list(SIGNALS)
    assert all(float(difference) < 1e-5 for _, difference in differences)
    rows = re.findall(r"^\| (signal_\d+) \| (\S+) \|", text, re.MULTILINE)
    expected = {
        name: item["observed"] for name, item in read(package, "cls.json")["signals"].items()
    }
    assert {name: float(value) for name, value in rows} == pytest.approx(expected, rel=1e-4)


def test_workspaces_of_different_runs_are_refused(tiny, caplog):
    other = signal_workspace("signal_300", np.array(SIGNALS["signal_300"]))
    other["observations"][1]["data"] = [118]
    assert (
        write(
            {
                "signal_200": signal_workspace("signal_200", np.array(SIGNALS["signal_200"])),
                "signal_300": other,
            }
        )
        == 2
    )
    assert "its background is not that of signal_200" in caplog.text
    assert not FOLDER.exists() or not any(FOLDER.iterdir())
