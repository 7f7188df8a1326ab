"""The README of an archive for readers new to Wollemi: its content, and how to check, read and run
it again with standard tools only.
"""

import json
from collections.abc import Mapping
from math import log
from pathlib import Path, PurePosixPath
from shlex import quote
from typing import Any

from wollemi.analysis.plain.queries import TOGETHER
from wollemi.archive.writing.finished_run import FinishedRun
from wollemi.archive.writing.images import configured_image
from wollemi.base.citation import author_name
from wollemi.base.templates import render_text
from wollemi.results.products import JSON_READER, KINDS

TEMPLATE = "workflow/report/archive_readme.md.j2"
COPIED = (
    "Snakefile",
    "workflow",
    "scripts",
    "config",
    "profiles",
    "envs",
    "pyproject.toml",
    "uv.lock",
)


def archive_readme(run: FinishedRun, description: Mapping[str, Any]) -> bytes:
    """Render the README of a run.

    Args:
        run: Run to archive.
        description: Content of `archive.json`.
    """
    return render_text(
        Path(TEMPLATE), **_about(run, description), **_products(run), **_again(run, description)
    ).encode()


def _about(run: FinishedRun, description: Mapping[str, Any]) -> dict[str, Any]:
    summary = run.summary
    return {
        "title": summary["title"],
        "description": summary["description"].strip(),
        "beam": summary["beam"],
        "headline": [line for line in summary["headline"] if not line.startswith("open ")],
        "name": description["analysis"],
        "run": description["run"],
        "wollemi": description["wollemi"],
        "image": configured_image(),
        "authors": ", ".join(map(author_name, run.citation["authors"])),
        "license": run.citation["license"],
        "own": bool(run.about),
        "files": file_table(run, description),
        "unseen": run.chain.unseen,
    }


def file_table(run: FinishedRun, description: Mapping[str, Any]) -> list[dict[str, str]]:
    """Rows of the table of files, for the kinds that exist.

    Args:
        run: Run to archive.
        description: Content of `archive.json`.
    """
    folder = f"results/{description['run']}"
    names = {name.removeprefix(f"{folder}/") for name in (*run.chain.makers, *run.chain.jobs)}
    parts = names | {f"{name.partition('/')[0]}/*" for name in names if "/" in name}
    if description["production_files"] == "listed":
        parts.discard("files/*")
    rows = [
        {"path": f"{folder}/{path}", "what": what, "tool": tool}
        for path, (what, tool) in KINDS.items()
        if path in parts
    ]
    analysis = f"config/analyses/{description['analysis']}/analysis.yaml"
    rows += [
        {
            "path": analysis,
            "what": "what the physics is",
            "tool": "a text editor; docs/configuration.md",
        },
        {"path": "production_files.json", "what": "the files it started from", "tool": JSON_READER},
        {
            "path": "requirements.txt, uv.lock",
            "what": "exact versions of all packages",
            "tool": "pip; uv",
        },
        {
            "path": "Snakefile, workflow/, scripts/",
            "what": "the workflow and its programs",
            "tool": "Snakemake, Python",
        },
        {
            "path": "docs/, README_WORKFLOW.md",
            "what": "how the workflow works",
            "tool": "a text editor",
        },
        {
            "path": "archive.json",
            "what": "what is in this archive, for programs",
            "tool": JSON_READER,
        },
        {
            "path": "ro-crate-metadata.json",
            "what": "all of this as RO-Crate",
            "tool": "rocrate, any JSON-LD reader",
        },
    ]
    return rows


def _products(run: FinishedRun) -> dict[str, Any]:
    """Applicable blocks of the README, with the example of each."""
    folder, made = run.chain.run, sorted(run.chain.makers)
    limits = f"{folder}/limits.json" in run.chain.makers
    events = [
        name for name in made if name.startswith(f"{folder}/events/") and name.endswith(".parquet")
    ]
    fit = f"{folder}/fit.json" in run.chain.makers
    filled = [name for name in made if name.startswith(f"{folder}/histograms/")]
    # A published model has no histograms.
    has_events = bool(filled)
    return {
        "limits": limits,
        "fit": fit,
        "events": events[0] if events else None,
        "packages_needed": bool(limits or fit or events),
        "histograms": _histogram_example(filled) if has_events else None,
        "cutflow": next(
            name
            for name in made
            if name.startswith(f"{folder}/cutflow/") and name.count("/") == folder.count("/") + 2
        )
        if has_events
        else None,
        "product": f"{folder}/{'limits' if limits else 'summary'}.json",
        **(
            _limit_example(Path(f"{folder}/limits.json"))
            if limits
            else {"signal": None, "model": None, "alpha": None}
        ),
    }


def _limit_example(path: Path) -> dict[str, Any]:
    """The signal whose limit is closest to 1, where CLs at a strength of 1 is most informative."""
    content = json.loads(path.read_text(encoding="utf-8"))
    # None if blinded
    limits = {
        name: item["observed"] or item["expected"][2] for name, item in content["limits"].items()
    }
    found = {name: abs(log(max(limit, 1e-300))) for name, limit in limits.items()}
    signal = min(found, key=lambda name: found[name])
    # Signals that are fitted together share one workspace, with one measurement each.
    together = not path.with_name("workspaces").joinpath(f"{signal}.json").exists()
    return {
        "signal": signal,
        "model": TOGETHER if together else signal,
        "alpha": f"{1 - content['level']:.3g}",
    }


def _histogram_example(names: list[str]) -> dict[str, str]:
    """The first nominal histogram with one axis, from the first file that contains one."""
    for name in (path for path in names if path.endswith(".json")):
        content = json.loads(Path(name).read_text(encoding="utf-8"))
        for key in sorted(content):
            if key.endswith("/nominal"):
                return {"file": name, "name": key}
    raise AssertionError("a finished run has histograms")


def _again(run: FinishedRun, description: Mapping[str, Any]) -> dict[str, Any]:
    """Requirements for running it again."""
    config = {key: value for key, value in run.config.items() if value} | {
        "mirrors": f"../{run.chain.run}"
    }
    included = description["production_files"] == "included"
    local = [file for file in run.production if file.origin == "local"]
    missing = [] if included else sorted(file.name for file in local)
    return {
        "production": description["production_files"],
        "missing": missing,
        "local_folders": sorted(
            {quote(PurePosixPath(file.archived).parent.as_posix()) for file in local if included}
        ),
        "generated": sum(file.origin == "generated" for file in run.production),
        "fetched": sum(file.origin == "fetched" for file in run.production),
        "wheels": description["wheels"],
        "offline": "--no-index --find-links wheels " if description["wheels"] else "",
        "python_minor": ".".join(description["python"].split(".")[:2]),
        "copied": " ".join(name for name in COPIED if Path(name).exists()),
        "config": " ".join(f"{key}={value}" for key, value in config.items()),
    }
