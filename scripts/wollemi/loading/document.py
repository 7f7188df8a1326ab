"""The Snakefile's check of an analysis file and its manifests; programs use `wollemi.loading.load`,
which reports the same problems.

Standard library and jsonschema only, like `wollemi.loading.all`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from wollemi.analysis.plain.commands import read_datasets
from wollemi.analysis.plain.published import expand_workspace
from wollemi.base.user_commands import user_command
from wollemi.loading.all import check_folder, check_references
from wollemi.loading.composition import read_composed
from wollemi.loading.expand import plain_document
from wollemi.loading.manifest_problems import manifest_contradiction
from wollemi.loading.schema import read_schema, schema_problems
from wollemi_likelihood.base.errors import ConfigurationError, WollemiError


def checked_document(document: Any, file: str, schema: Mapping[str, Any]) -> tuple[Any, list[str]]:
    """The expanded analysis and its problems, each as `path: problem`; if there are problems, the
    analysis may be returned unchanged.

    Args:
        document: Plain values of the analysis file.
        file: Path of the analysis file.
        schema: Generated schema of analyses.
    """
    expanded = expand_workspace(document)
    problems = schema_problems(expanded, schema)
    if problems:
        return document, problems
    plain = plain_document(expanded)
    # Expansion forms names from names: these must be valid as well.
    problems = schema_problems(plain, schema) if plain != expanded else []
    return plain, problems or [*check_folder(plain, file), *check_references(plain)]


def read_document(path: str, schemas: Path) -> dict[str, Any]:
    """Read an analysis file.

    Returns:
        Analysis as plain values, expanded.

    Raises:
        WollemiError: The file cannot be read or has problems.
    """
    schema = read_schema(schemas / "analysis.schema.json")
    document, problems = checked_document(read_composed(path), path, schema)
    if problems:
        remedy = f"more about them: {user_command('python scripts/check_analysis.py')} {path}"
        raise ConfigurationError(path, problems, remedy)
    return dict(document)


def read_manifests(
    document: Mapping[str, Any], schemas: Path, are_checked: bool = False
) -> dict[str, Any]:
    """Read the manifests of all datasets of a run.

    Args:
        document: Analysis, expanded.
        schemas: Folder of the generated schemas.
        are_checked: Whether the manifests were checked when this run was planned. The check of a
            million files takes longer than most batch jobs.

    Returns:
        Manifest → its content.

    Raises:
        WollemiError: A manifest is missing or invalid.
    """
    used = [document["datasets"][name] for name in read_datasets(document)]
    paths = dict.fromkeys(item["manifest"] for item in used if "manifest" in item)
    schema = None
    if paths and not are_checked:
        schema = read_schema(schemas / "manifest.schema.json")
    return {path: _manifest(path, schema) for path in paths}


def _manifest(path: str, schema: Mapping[str, Any] | None) -> Any:
    try:
        content = json.loads(Path(path).read_text(encoding="utf-8"))
        if schema is None:
            return content
        problems = schema_problems(content, schema)
    except (FileNotFoundError, IsADirectoryError):
        remedy = f"make it with: {user_command('python scripts/make_manifest.py')} {path} FILES"
        raise WollemiError(path, "this manifest does not exist", remedy) from None
    except ValueError as error:
        content, problems = None, [str(error).splitlines()[0][:200]]
    problem = f"is not a manifest ({problems[0]})" if problems else manifest_contradiction(content)
    if problem:
        raise WollemiError(path, problem, "make it again with make_manifest")
    return content
