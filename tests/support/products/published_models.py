"""A published likelihood as small as one can be: two channels, a patch set of signals on two axes,
and analyses that start from it.
"""

import copy
import json
import tarfile
import tempfile
import zipfile
from pathlib import Path
from typing import Any

import pyhf

from support.tiny.analysis import put_analysis

FOLDER = "likelihood"
BACKGROUND, PATCHES = f"{FOLDER}/BkgOnly.json", f"{FOLDER}/patchset.json"
# Signal → its masses, and its events in the signal region.
SIGNALS: dict[str, tuple[tuple[int, int], list[float]]] = {
    "low_100_0": ((100, 0), [9.0, 14.0, 8.0]),
    "mid_300_0": ((300, 0), [2.0, 6.0, 5.0]),
    "high_500_0": ((500, 0), [0.4, 1.2, 2.1]),
    "low_100_80": ((100, 80), [2.0, 1.0, 0.3]),
    "mid_300_200": ((300, 200), [1.5, 3.0, 1.0]),
}
# The section `results`: the observed limit of each signal.
NAMED_LIMITS = {"limit_{signal}": {"file": "limits.json", "pointer": "/limits/{signal}/observed"}}


def background() -> dict[str, Any]:
    """The model of the backgrounds with its data, of pyhf's schema 1.0.0."""
    events = {"SR": [24.0, 11.0, 3.5], "CR": [120.0]}
    channels = [
        {
            "name": region,
            "samples": [
                {
                    "name": "top",
                    "data": [0.7 * value for value in values],
                    "modifiers": [
                        {"name": "mu_top", "type": "normfactor", "data": None},
                        _mc_statistics(region, values),
                        {
                            "name": "jes",
                            "type": "histosys",
                            "data": {
                                "hi_data": [0.7 * 1.05 * value for value in values],
                                "lo_data": [0.7 * 0.96 * value for value in values],
                            },
                        },
                    ],
                },
                {
                    "name": "other",
                    "data": [0.3 * value for value in values],
                    "modifiers": [
                        {"name": "lumi", "type": "lumi", "data": None},
                        {"name": "xsec", "type": "normsys", "data": {"hi": 1.2, "lo": 0.85}},
                        _mc_statistics(region, values),
                    ],
                },
            ],
        }
        for region, values in events.items()
    ]
    lumi = {"name": "lumi", "auxdata": [1.0], "sigmas": [0.017], "inits": [1.0]}
    parameters = [lumi | {"bounds": [[0.915, 1.085]]}]
    return {
        "version": "1.0.0",
        "channels": channels,
        "observations": [
            {"name": "SR", "data": [26.0, 9.0, 4.0]},
            {"name": "CR", "data": [117.0]},
        ],
        "measurements": [
            {"name": "NormalMeasurement", "config": {"poi": "mu_SIG", "parameters": parameters}}
        ],
    }


def _mc_statistics(region: str, values: list[float]) -> dict[str, Any]:
    return {
        "name": f"staterror_{region}",
        "type": "staterror",
        "data": [0.04 * value for value in values],
    }


def signal_sample(events: list[float], name: str = "SIG") -> dict[str, Any]:
    """A sample that the parameter of interest scales."""
    modifiers = [
        {"name": "mu_SIG", "type": "normfactor", "data": None},
        {"name": "lumi", "type": "lumi", "data": None},
        {"name": "jes", "type": "normsys", "data": {"hi": 1.03, "lo": 0.97}},
    ]
    return {"name": name, "data": events, "modifiers": modifiers}


def patch_set(base: dict[str, Any]) -> dict[str, Any]:
    """A patch set for a model of backgrounds, as ATLAS publishes them."""
    patches = [
        {
            "metadata": {"name": name, "values": list(values)},
            "patch": [
                {"op": "add", "path": "/channels/0/samples/2", "value": signal_sample(events)}
            ],
        }
        for name, (values, events) in SIGNALS.items()
    ]
    metadata = {
        "description": "a grid of signals",
        "digests": {"sha256": pyhf.utils.digest(base)},
        "labels": ["m1", "m2"],
        "references": {"hepdata": "ins1234567"},
    }
    return {"version": "1.0.0", "metadata": metadata, "patches": patches}


def whole_model(signal: str = "mid_300_0") -> dict[str, Any]:
    """A workspace with one signal in it."""
    model = copy.deepcopy(background())
    model["channels"][0]["samples"].append(signal_sample(SIGNALS[signal][1]))
    return model


def write_json(path: str, content: Any) -> None:
    """Write a file below the working folder."""
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    Path(path).write_text(json.dumps(content))


def write_likelihood() -> None:
    """The background and the patch set, as two files and as an archive like those of HEPData."""
    write_json(BACKGROUND, background())
    write_json(PATCHES, patch_set(background()))
    with tarfile.open(f"{FOLDER}/likelihood.tar.gz", "w:gz") as archive:
        for path in (BACKGROUND, PATCHES):
            archive.add(path, f"RegionA/{Path(path).name}")


def files_beside(path: Path) -> list[str]:
    """All files below the folder of a model but itself."""
    return sorted(str(file) for file in Path(FOLDER).rglob("*") if file.is_file() and file != path)


def counting(
    observed: float, background: float, signal: float, name: str = "sig"
) -> dict[str, Any]:
    """A region with one bin and no uncertainties."""
    strength = {"name": "mu", "type": "normfactor", "data": None}
    samples = [
        {"name": name, "data": [signal], "modifiers": [strength]},
        {"name": "bkg", "data": [background], "modifiers": []},
    ]
    config = {"poi": "mu", "parameters": [{"name": "mu", "bounds": [[0.0, 20.0]]}]}
    return {
        "version": "1.0.0",
        "channels": [{"name": "SR", "samples": samples}],
        "observations": [{"name": "SR", "data": [observed]}],
        "measurements": [{"name": "counting", "config": config}],
    }


# Analysis → events: observed, background, signal.
COUNTS = {"ee": (5.0, 4.2, 2.0), "mumu": (11.0, 12.5, 3.5)}


def combination(*signals: str) -> dict[str, Any]:
    """The section `workspace` of two counting experiments: a file, and one in an archive.

    Args:
        signals: Names of the signals of both; by default they have one name.
    """
    for (name, events), signal in zip(COUNTS.items(), signals or ("sig", "sig"), strict=True):
        write_json(f"{FOLDER}/{name}.json", counting(*events, signal))
    with zipfile.ZipFile(f"{FOLDER}/mumu.zip", "w") as archive:
        archive.write(f"{FOLDER}/mumu.json", "results/mumu/workspaces/signal.json")
    mumu = {"path": f"{FOLDER}/mumu.zip", "member": "results/mumu/workspaces/signal.json"}
    return {
        "combine": {"ee": {"path": f"{FOLDER}/ee.json"}, "mumu": mumu},
        "shared": {"mu": ["ee.mu", "mumu.mu"]},
        "regions": ["ee_SR", "mumu_SR"],
    }


def points(*names: str) -> dict[str, list[int]]:
    """Signal → its masses, of some or all signals."""
    return {name: list(SIGNALS[name][0]) for name in names or SIGNALS}


def grid(*names: str) -> dict[str, Any]:
    """The section `workspace` of some or all signals."""
    patches = {"path": PATCHES, "points": points(*names)}
    return {"path": BACKGROUND, "patches": patches, "regions": ["SR", "CR"]}


def analysis(workspace: dict[str, Any], **sections: Any) -> dict[str, Any]:
    """An analysis of a published model."""
    return {
        "name": "tiny",
        "title": "A published search",
        "center_of_mass_tev": 13,
        "luminosity_ifb": 139,
        "workspace": workspace,
        "limits": {},
        **sections,
    }


def write_analysis(workspace: dict[str, Any], **sections: Any) -> None:
    """Replace the tiny analysis by that of a published model."""
    put_analysis(analysis(workspace, **sections))


def single_patches(base: dict[str, Any], prefix: str = "patch.") -> dict[str, Any]:
    """Path → content of files with a single patch each, as in early publications of ATLAS."""
    return {
        f"{prefix}{item['metadata']['name']}.json": item["patch"]
        for item in patch_set(base)["patches"]
    }


def pack(path: str, files: dict[str, Any]) -> None:
    """Pack JSON files, and texts, into an archive.

    Args:
        path: Path of the archive, a .zip or .tar.gz.
        files: Path in the archive → plain values, or text.
    """
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        for name, content in files.items():
            target = Path(folder, name)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(content if isinstance(content, str) else json.dumps(content))
        if path.endswith(".zip"):
            with zipfile.ZipFile(path, "w") as archive:
                for name in files:
                    archive.write(Path(folder, name), name)
        else:
            with tarfile.open(path, "w:gz") as packed:
                for name in files:
                    packed.add(Path(folder, name), name)
