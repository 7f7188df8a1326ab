"""The shipped analysis `ttbar_agc` with few events, run in this process and in the working
folder.
"""

import importlib
import shutil
from pathlib import Path
from typing import Any

import yaml

from support.project.paths import ROOT
from wollemi.job.job import run_program

FOLDER = Path("config/analyses/ttbar_agc")
# More jets, so that few events reach the regions.
FEW = {
    "wjets": {"events": 1500, "parts": 2, "options": {"next_jet": 0.9, "heavy": 0.08}},
    "single_top_s": {"events": 600, "options": {"channel": "s", "extra_jets": 4.0}},
    "single_top_t": {"events": 1500, "options": {"channel": "t", "extra_jets": 4.0}},
    "single_top_tw": {"events": 1000},
    "ttbar": {"events": 2000, "parts": 2},
}


def prepare() -> dict[str, Any]:
    """Put the analysis with few events into the working folder; return it."""
    shutil.copytree(ROOT / FOLDER, FOLDER)
    document = yaml.safe_load((FOLDER / "analysis.yaml").read_text())
    for name, dataset in document["datasets"].items():
        if "generate" in dataset:
            dataset["generate"] |= {"events": 2000} | FEW.get(name, {})
    (FOLDER / "analysis.yaml").write_text(yaml.safe_dump(document, sort_keys=False))
    return dict(document)


def run(program: str, **arguments: Any) -> None:
    """Run one program of the chain."""
    module = importlib.import_module(program)
    line = ["--analysis", str(FOLDER / "analysis.yaml")]
    for name, value in arguments.items():
        values = value if isinstance(value, list) else [value]
        line += [f"--{name}", *map(str, values)]
    assert run_program(module.PROGRAM, module.main, line) == 0


def process(document: dict[str, Any], name: str) -> list[str]:
    """From the generation of a dataset to `histograms/<name>.json`; return its files."""
    parts = range(document["datasets"][name]["generate"].get("parts", 1))
    files = [f"files/{name}/part{part}.root" for part in parts]
    for part, file in zip(parts, files, strict=True):
        run("generate_events", dataset=name, part=part, hooks=FOLDER / "hooks.py", events=file)
    jobs = range(-(-len(files) // document["datasets"][name].get("files_per_job", 1)))
    outputs: dict[str, list[str]] = {
        kind: [f"{kind}/{name}_{job}.json" for job in jobs] for kind in ("filled", "skims", "fills")
    }
    for job in jobs:
        events = f"events/{name}_{job}.parquet"
        skim = {
            "events": events,
            "cutflow": outputs["skims"][job],
            "identifiers": f"identifiers/{name}_{job}.parquet",
        }
        run(
            "skim_events",
            dataset=name,
            part=job,
            hooks=[],
            corrections=[],
            certified=[],
            parts=[],
            folder=f"files/{name}",
            **skim,
        )
        fill = {"histograms": outputs["filled"][job], "cutflow": outputs["fills"][job]}
        run("fill_histograms", dataset=name, hooks=[], corrections=[], events=events, **fill)
    inputs: dict[str, list[str]] = {
        "histograms": outputs["filled"],
        "skims": outputs["skims"],
        "fills": outputs["fills"],
    }
    inputs |= {
        "identifiers": [f"identifiers/{name}_{job}.parquet" for job in jobs],
        "earlier": [],
        "siblings": [],
        "partners": [],
    }
    run(
        "merge_parts",
        dataset=name,
        **inputs,
        manifest=[],
        luminosity=[],
        merged=f"histograms/{name}.json",
        cutflow=f"cutflow/{name}.json",
    )
    return files


def build(document: dict[str, Any], histograms: str) -> None:
    """Pseudo-data, and from the histograms of all datasets `workspaces/ttbar.json`.

    Args:
        document: the analysis.
        histograms: their folder.
    """
    drawn = [
        f"{histograms}/{name}.json"
        for name in document["datasets"]["pseudodata"]["draw"]["datasets"]
    ]
    made = {"histograms": f"{histograms}/pseudodata.json", "cutflow": "cutflow/pseudodata.json"}
    run("draw_pseudodata", dataset="pseudodata", expected=drawn, **made)
    paths = [f"{histograms}/{name}.json" for name in document["datasets"]]
    # Templates that a test makes have none.
    cutflows = [
        path for name in document["datasets"] if Path(path := f"cutflow/{name}.json").is_file()
    ]
    run("build_workspace", histograms=paths, cutflows=cutflows, workspaces="workspaces/ttbar.json")
