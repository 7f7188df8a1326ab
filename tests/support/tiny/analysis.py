"""A tiny analysis that uses every stage and every kind of systematic, and runs in seconds: as a
folder, a project, a run.
"""

import hashlib
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import chdir, contextmanager
from pathlib import Path
from typing import Any

import yaml

from support.project.paths import ROOT
from support.services.forked_snakemake import run_snakemake
from support.tiny.events import CROSS_SECTION_PB, ENTRIES, LUMINOSITY_IFB

ANALYSIS = "config/analyses/tiny/analysis.yaml"
# Those in C, where they are: most tests write an analysis file or several.
LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
DUMPER: Any = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
DATA_URL = "http://127.0.0.1:9/data.root"  # nothing answers there: the file comes from the mirror
COPIED = (
    "Snakefile",
    "workflow",
    "scripts",
    "config/config.yaml",
    "profiles",
    "envs",
    "uv.lock",
    "CITATION.cff",
)
HOOKS = '''"""Hooks of the tiny analysis."""

import awkward as ak
import numpy as np


def transverse_mass(muon, MET_pt, MET_phi):
    """Of all muons and the missing momentum, in GeV."""
    x, y = ak.sum(muon.pt * np.cos(muon.phi), axis=1), ak.sum(muon.pt * np.sin(muon.phi), axis=1)
    return np.sqrt(2 * np.hypot(x, y) * MET_pt * (1 - np.cos(np.arctan2(y, x) - MET_phi)))
'''


def analysis_document(data: Path) -> dict[str, Any]:
    """The analysis file as plain values.

    Args:
        data: the file of real data, fetched from a mirror by its size and checksum.
    """
    simulated = {
        name: {
            "files": [f"input/{name}_{index}.root" for index in range(len(files))],
            "tree": "Events",
            "weight": "genWeight",
            "cross_section_pb": CROSS_SECTION_PB[name],
        }
        for name, files in ENTRIES.items()
    }
    simulated["dy_low"]["files_per_job"] = 4
    digest = hashlib.sha256(data.read_bytes()).hexdigest()
    remote = {"url": DATA_URL, "size": data.stat().st_size, "sha256": digest}
    histograms = {region: [f"{region}/mass_{region}"] for region in ("peak", "search")}
    return {
        "name": "tiny",
        "title": "A tiny search",
        "center_of_mass_tev": 13,
        "luminosity_ifb": LUMINOSITY_IFB,
        "datasets": {
            "data": {"files": [remote], "tree": "Events"},
            **simulated,
            "signal_300": {
                "files": ["input/signal_300.root"],
                "histograms": histograms,
                "cross_section_pb": CROSS_SECTION_PB["signal_300"],
                "sum_of_weights": 600,
            },
        },
        "samples": {
            "data": {"role": "data", "datasets": ["data"]},
            "dy": {"role": "background", "datasets": ["dy_low", "dy_high"]},
            "signal_200": {"role": "signal", "datasets": ["signal_200"]},
            "signal_300": {"role": "signal", "datasets": ["signal_300"]},
        },
        **EVENTS,
        **STATISTICS,
    }


EVENTS: dict[str, Any] = {
    "objects": {"muon": {"collection": "Muon", "cuts": "pt > 20 and abs(eta) < 2.4"}},
    "columns": {
        "dimuon_mass": "(muon[0] + muon[1]).mass",
        "mt": {"hook": "transverse_mass", "uses": ["muon.pt", "muon.phi", "MET_pt", "MET_phi"]},
    },
    "skim": {"selection": "count(muon) == 2 and muon[0].pt > 30"},
    "variables": {
        "mass_peak": {
            "expression": "dimuon_mass",
            "bins": [10, 60, 120],
            "label": "$m_{\\mu\\mu}$",
            "unit": "GeV",
        },
        "mass_search": {
            "expression": "dimuon_mass",
            "bins": [10, 150, 400],
            "label": "$m_{\\mu\\mu}$",
            "unit": "GeV",
        },
        "mt": {"expression": "mt", "edges": [0, 10, 20, 50, 200], "label": "$m_T$", "unit": "GeV"},
    },
    "regions": {
        "search": {
            "selection": (
                "count(muon) == 2 and muon[0].pt > 30 and dimuon_mass > 150 and muon[0].charge "
                "!= muon[1].charge"
            ),
            "variable": "mass_search",
            "monitor": ["mt"],
        },
        "peak": {
            "selection": "count(muon) == 2 and muon[0].pt > 30 and 60 < dimuon_mass < 120",
            "variable": "mass_peak",
            "role": "control",
        },
    },
}
STATISTICS: dict[str, Any] = {
    "systematics": {
        "luminosity": {
            "kind": "normalization",
            "up": 1.02,
            "down": 0.98,
            "samples": ["signal_200", "signal_300"],
        },
        "pileup": {
            "kind": "weight",
            "up": "1 + 0.01 * (Pileup_nTrueInt - 20)",
            "down": "1 - 0.01 * (Pileup_nTrueInt - 20)",
            "samples": ["dy", "signal_200"],
        },
        "trigger": {
            "kind": "weight",
            "up": "1 + 0.0002 * muon[0].pt",
            "down": "symmetrize",
            "samples": ["dy"],
        },
        "muon_scale": {
            "kind": "object",
            "object": "muon",
            "up": {"pt": "pt * 1.02"},
            "down": {"pt": "pt * 0.98"},
            "samples": ["dy", "signal_200"],
        },
        "generator": {
            "kind": "dataset",
            "up": "dy_alternative",
            "down": "symmetrize",
            "samples": ["dy"],
        },
    },
    "model": {"free_normalizations": {"norm_dy": {"samples": ["dy"]}}},
    "limits": {
        "points": {"signal_200": 200, "signal_300": 300},
        "cross_section_fraction": 1.0,
        "toys": 100,
    },
    "scans": {
        "strength": {"parameters": "mu", "points": 13},
        "plane": {"parameters": ["mu", "norm_dy"], "points": 7},
    },
    "goodness": {"toys": 24, "seed": 5, "jobs": 2},
    "uncertainties": {},
    "extrapolation": {"luminosities_ifb": [10 * LUMINOSITY_IFB]},
    "region_limits": {"toys": 100},
    "discovery": {"toys": 20},
    "intervals": {"bounds": {"mu": [0, 10]}, "points": 5, "toys": 100, "jobs": 2},
    "toy_fits": {"injected": [0, 1], "toys": 100, "jobs": 2},
    "plots": {
        "experiment": "Tiny",
        "samples": {
            "dy": {"label": "Drell–Yan", "color": "tab:orange"},
            "signal_200": {"label": "signal (200 GeV)"},
        },
        "regions": {"search": "search region"},
        "log_y": ["search"],
        "show_signals": ["signal_200"],
    },
}

# What an analysis of histograms alone has in the place of these sections.
NO_STATISTICS = {
    section: {} if section in ("systematics", "scans", "plots") else None for section in STATISTICS
}


def make_analysis(folder: Path, inputs: Path) -> Path:
    """Give a folder the analysis and its production files.

    Args:
        folder: where to put them.
        inputs: a folder of `support.tiny.events.write_inputs`.
    """
    for name in ("input", "mirror"):
        shutil.copytree(inputs / name, folder / name)
    (folder / ANALYSIS).parent.mkdir(parents=True)
    write_document(folder, analysis_document(inputs / "mirror/data.root"))
    (folder / ANALYSIS).with_name("hooks.py").write_text(HOOKS)
    return folder


def make_project(folder: Path, inputs: Path) -> Path:
    """Give a folder a copy of the whole project beside the tiny analysis."""
    make_analysis(folder, inputs)
    for name in COPIED:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, folder / name)
        else:
            shutil.copy2(ROOT / name, folder / name)
    return folder


def edit_analysis(folder: Path, change: Callable[[dict[str, Any]], object]) -> None:
    """Change the values of the analysis file in place."""
    document = yaml.load((folder / ANALYSIS).read_text(), LOADER)
    change(document)
    write_document(folder, document)


def write_document(folder: Path, document: dict[str, Any]) -> None:
    """Write the analysis file."""
    (folder / ANALYSIS).write_text(yaml.dump(document, Dumper=DUMPER, sort_keys=False))


def put_analysis(document: Mapping[str, Any] | str, hooks: str = "") -> None:
    """Write another analysis into the working folder, under the names of the tiny one.

    Args:
        document: Plain values, or the text of the file.
        hooks: Text of the hooks.
    """
    Path(ANALYSIS).parent.mkdir(parents=True, exist_ok=True)
    Path(ANALYSIS).with_name("hooks.py").write_text(hooks)
    if isinstance(document, str):
        Path(ANALYSIS).write_text(document, encoding="utf-8")
    else:
        write_document(Path(), dict(document))


@contextmanager
def working(
    folder: Path, document: Mapping[str, Any] | str, events: Mapping[str, Any] | None = None
) -> Iterator[None]:
    """Work in a folder that has another analysis and its events.

    Args:
        folder: New folder.
        document: As for `put_analysis`.
        events: Columns of `input/<name>.parquet` by name.
    """
    import awkward as ak

    with chdir(folder):
        put_analysis(document)
        Path("input").mkdir()
        for name, columns in (events or {}).items():
            ak.to_parquet(ak.Array(columns), f"input/{name}.parquet")
        yield


def use_manifest(folder: Path, dataset: str, manifest: str) -> None:
    """Let a dataset name its files by a manifest."""

    def change(document: dict[str, Any]) -> None:
        del document["datasets"][dataset]["files"]
        document["datasets"][dataset]["manifest"] = manifest

    edit_analysis(folder, change)


WITHOUT = ROOT / "tests/support/without"  # modules that hide packages that users do not have


def environment() -> dict[str, str]:
    """Environment in which `python` is the one that runs the tests, with the packages of users."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    return os.environ | {"PATH": path, "PYTHONPATH": str(WITHOUT)}


def snakemake_command(*arguments: str, config: Sequence[str] = ()) -> list[str]:
    """The README's command for the tiny analysis."""
    settings = ["analysis=tiny", "mirrors=mirror", *config]
    return [sys.executable, "-m", "snakemake", "--cores", "2", *arguments, "--config", *settings]


def snakemake(
    project: Path, *arguments: str, config: Sequence[str] = ()
) -> subprocess.CompletedProcess[str]:
    """Run Snakemake in a project; its messages are in `stdout`."""
    command = snakemake_command(*arguments, config=config)
    output = project.with_name(f"{project.name}.snakemake.txt")
    code = run_snakemake(command[3:], project, environment(), output)
    return subprocess.CompletedProcess(command, code, stdout=output.read_text())


def wollemi_command(*arguments: str) -> list[str]:
    """`wollemi`, as the module that its script calls: the tests' environment does not have it
    installed.
    """
    return [sys.executable, "-m", "wollemi.commands.main", *arguments]


def wollemi_environment(project: Path) -> dict[str, str]:
    """Environment in which `wollemi` is that of a project."""
    return environment() | {"PYTHONPATH": f"{project / 'scripts'}{os.pathsep}{WITHOUT}"}


def wollemi(project: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run `wollemi` in a project; all that it says is in `stdout`."""
    streams: dict[str, Any] = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True}
    return subprocess.run(
        wollemi_command(*arguments),
        cwd=project,
        env=wollemi_environment(project),
        check=False,
        **streams,
    )


def planned_rules(project: Path, *targets: str) -> dict[str, int]:
    """Rule → number of jobs that the next run would run, up to some targets."""
    done = snakemake(project, *targets, "--dry-run", "--quiet", "host")
    assert done.returncode == 0, done.stdout
    table = done.stdout.partition("Job stats:")[2].partition("\ntotal")[0]
    return {name: int(count) for name, count in re.findall(r"^(\w+) +(\d+)$", table, re.MULTILINE)}


def digests(project: Path) -> dict[str, str]:
    """Every product of a finished run, but for the logs: name → SHA-256."""
    results = project / "results/tiny"
    paths = [path for path in results.rglob("*") if path.is_file() and "logs" not in path.parts]
    return {
        str(path.relative_to(results)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in paths
    }
