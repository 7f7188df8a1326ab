"""ROOT's answers to a pyhf workspace: written as HistFactory's XML by pyhf, and fitted in a process
of its own.
"""

import copy
import importlib.util
import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pyhf.writexml import writexml

from support.oracles import root_inference
from support.products.statistical_models import modifier
from support.services.reana_workspace import make_environment

# As in the group `benchmarks` of pyproject.toml.
ROOT_WHEEL = "root==0.1a12"


def python_with_root(folder: Path) -> Path:
    """This Python, if it has ROOT, or that of a new environment; skips where there is none."""
    if importlib.util.find_spec("ROOT") is not None:
        return Path(sys.executable)
    return make_environment(folder, ROOT_WHEEL)


def for_histfactory(content: dict[str, Any]) -> dict[str, Any]:
    """The workspace such that pyhf 0.7.6 writes it, and HistFactory of ROOT 6.40 means the same.

    pyhf leaves out modifiers named `lumi` that are no luminosity, and takes the standard deviation
    of the luminosity for the relative one. HistFactory multiplies every sample by the luminosity,
    whatever `NormalizeByTheory` says. So here all samples have it, or none, and it is 1.
    """
    content = copy.deepcopy(content)
    samples = [sample for channel in content["channels"] for sample in channel["samples"]]
    kinds = {item["type"] for sample in samples for item in sample["modifiers"]}
    for sample in samples:
        for item in sample["modifiers"]:
            if item["name"] == "lumi" and item["type"] != "lumi":
                item["name"] = "luminosity"
        if "lumi" in kinds and all(item["type"] != "lumi" for item in sample["modifiers"]):
            sample["modifiers"].append(modifier("lumi", "lumi"))
    for setting in content["measurements"][0]["config"]["parameters"]:
        if setting["name"] == "lumi":
            setting["auxdata"] = [1.0]
    return content


def root_names(content: dict[str, Any]) -> dict[str, str]:
    """Parameter → its name in ROOT."""
    names = {}
    for channel in content["channels"]:
        for sample in channel["samples"]:
            for item in sample["modifiers"]:
                names |= _names_of(item, channel["name"], len(sample["data"]))
    return names


def _names_of(item: dict[str, Any], channel: str, bins: int) -> dict[str, str]:
    name, kind = item["name"], item["type"]
    if kind in ("normsys", "histosys"):
        return {name: f"alpha_{name}"}
    if kind in ("normfactor", "lumi"):
        return {name: "Lumi" if kind == "lumi" else name}
    gamma = f"gamma_stat_{channel}" if kind == "staterror" else f"gamma_{name}"
    return {f"{name}[{place}]": f"{gamma}_bin_{place}" for place in range(bins)}


def root_inference_of(
    content: dict[str, Any], points: Sequence[float], folder: Path, python: Path
) -> dict[str, Any]:
    """What `root_inference.py` finds.

    Args:
        content: workspace, of `for_histfactory`.
        points: of the parameter of interest, for the profile.
        folder: empty, for files of HistFactory.
        python: that has ROOT.
    """
    (folder / "config").mkdir()
    xml = writexml(content, str(folder / "config"), str(folder), "model")
    (folder / "model.xml").write_bytes(xml)
    target = folder / "found.json"
    command = [str(python), root_inference.__file__, str(folder / "model.xml"), str(target)]
    done = subprocess.run(
        command, input=json.dumps(list(points)), capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return json.loads(target.read_text())
