"""The blinding of a finished run, compared with the blinding in the present analysis file."""

import functools
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from wollemi.analysis.plain.sections import section_digests, select_sections
from wollemi.base.json_files import read_json
from wollemi.base.user_commands import user_command
from wollemi.loading.load import read_analysis
from wollemi_likelihood.base.errors import WollemiError


def check_blinding(folder: Path, file: Path) -> None:
    """Check that a run hides the data that its present analysis file hides.

    Args:
        folder: Folder of the results.
        file: Path of the analysis file; nothing is checked if it does not exist.

    Raises:
        WollemiError: The run used other data or another blinding.
    """
    document = read_analysis(file).plain if file.is_file() else {}
    if not document.get("blinding"):
        return
    now = functools.cache(lambda dataset: _hidden(document, dataset))
    for record in map(read_json, sorted((folder / "records").rglob("*.json"))):
        then = record.get("settings", {}).get("hidden")
        if then and now(record["options"].get("dataset")) != then:
            again = user_command(f"wollemi run {file.parent.name}")
            problem = "the run used other data or another blinding, and may show hidden data"
            raise WollemiError(f"{file}: blinding", problem, f"run the analysis: {again}")


def _hidden(document: Mapping[str, Any], dataset: str | None) -> str | None:
    """Digest of the hidden parts of a dataset; None if the dataset does not exist."""
    if dataset not in document["datasets"]:
        return None
    return section_digests(select_sections(document, ("hidden",), dataset))["hidden"]
