"""REANA's specification of an analysis, derived from the configuration and Snakemake's plan.

Format: `reana_analysis_schema.json` of reanahub/reana-commons. Paths are relative to the root of
the project, where clients up to 0.9 are called. Those from 0.95 on resolve paths from the folder
of the specification, and need a copy in the root.
"""

from collections.abc import Iterable
from pathlib import Path, PurePosixPath
from typing import Any

import yaml

from wollemi.analysis.plain.queries import as_list
from wollemi.base.whole_files import write_whole
from wollemi.base.yaml import load_yaml
from wollemi.reana.plan import Plan

CONFIGURATION = "config/config.yaml"
# The version whose Snakemake engine (7.32.4) and client these files are tested with.
REANA_VERSION = "0.9.4"
# Code is listed as folders, so that a new module needs no new line; includes files that only the
# records read (envs, uv.lock).
DIRECTORIES = ("envs", "profiles", "scripts", "workflow")
FILES = ("Snakefile", CONFIGURATION, "uv.lock")
HEADER = (
    "# Made by `uv run python scripts/check_reana.py --write {name}`, and checked without "
    "--write. See docs/environments.md.\n"
)


def specification_path(name: str) -> str:
    """Path of the specification of an analysis."""
    return f"config/reana/specifications/{name}.yaml"


def parameters_path(name: str) -> str:
    """Path of the configuration of an analysis on REANA."""
    return f"config/reana/{name}.yaml"


def tests_path(name: str) -> str:
    """Path of the acceptance tests of an analysis on REANA."""
    return f"tests/reana/{name}.feature"


def reana_parameters(name: str) -> dict[str, Any]:
    """The configuration on REANA: the present one with another analysis, and without mirrors
    outside this folder.

    Args:
        name: Name of the analysis.
    """
    configuration: dict[str, Any] = load_yaml(CONFIGURATION)
    mirrors = [mirror for mirror in as_list(configuration.get("mirrors")) if is_inside(mirror)]
    return configuration | {"analysis": name, "mirrors": mirrors}


def is_inside(path: str) -> bool:
    """Whether a path is relative and does not leave its folder."""
    pure = PurePosixPath(path)
    return (
        bool(path)
        and not pure.is_absolute()
        and not path.startswith("~")
        and ".." not in pure.parts
    )


def is_covered(path: str, files: Iterable[str], directories: Iterable[str]) -> bool:
    """Whether a file is one of the files or below one of the directories."""
    parents = {str(parent) for parent in PurePosixPath(path).parents}
    return path in set(files) or bool(parents & {name.rstrip("/") for name in directories})


def make_specification(name: str, plan: Plan) -> dict[str, Any]:
    """The specification of an analysis.

    Args:
        name: Name of the analysis.
        plan: Snakemake's plan for it.
    """
    tests = {"tests": {"files": [tests_path(name)]}} if Path(tests_path(name)).is_file() else {}
    return {
        "version": REANA_VERSION,
        "inputs": _inputs(name, plan) | {"parameters": {"input": parameters_path(name)}},
        "workflow": {"type": "snakemake", "file": "Snakefile"},
        "outputs": _outputs(plan),
        **tests,
    }


def _inputs(name: str, plan: Plan) -> dict[str, Any]:
    mirrors = [mirror for mirror in reana_parameters(name)["mirrors"] if Path(mirror).is_dir()]
    wanted = sorted({*DIRECTORIES, *mirrors, f"config/analyses/{name}"})
    directories = [folder for folder in wanted if Path(folder).is_dir()]
    files = [
        file
        for file in (*FILES, parameters_path(name))
        if Path(file).is_file() or file == parameters_path(name)
    ]
    return {
        "files": [
            *files,
            *(path for path in plan.needed if not is_covered(path, files, directories)),
        ],
        "directories": directories,
    }


def _outputs(plan: Plan) -> dict[str, list[str]]:
    """Products at the top of the results as files, deeper ones as folders, and the records."""
    depth = min(len(PurePosixPath(path).parts) for path in plan.products)
    files = [path for path in plan.products if len(PurePosixPath(path).parts) == depth]
    folders = {"/".join(PurePosixPath(path).parts[:depth]) for path in plan.products} - set(files)
    records = PurePosixPath(files[0]).with_name("records")
    return {"files": files, "directories": sorted(folders | {str(records)})}


def write_specification(name: str, specification: dict[str, Any]) -> list[str]:
    """Write the specification and the parameters of an analysis, each atomically.

    Args:
        name: Name of the analysis.
        specification: Specification of the analysis.

    Returns:
        Names of the written files.
    """
    documents = {
        specification_path(name): specification,
        parameters_path(name): reana_parameters(name),
    }
    for path, document in documents.items():
        text = yaml.safe_dump(document, sort_keys=False, allow_unicode=True, width=130)
        write_whole(Path(path), HEADER.format(name=name) + text)
    return list(documents)
