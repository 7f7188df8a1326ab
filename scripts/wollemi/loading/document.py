"""The Snakefile's check of an analysis file; programs use `wollemi.loading.load`, which reports the
same problems.

Standard library and jsonschema only, like `wollemi.loading.all`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from wollemi.analysis.plain.published import expand_workspace
from wollemi.loading.all import check_folder, check_references
from wollemi.loading.expand import plain_document
from wollemi.loading.schema import schema_problems


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
