"""The two gates of an analysis file, each with its verdict: that of the Snakefile, and that of the
programs.
"""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from support.project.paths import ROOT
from wollemi.loading.all import check_folder
from wollemi.loading.composition import read_composed
from wollemi.loading.document import checked_document
from wollemi.loading.load import read_analysis, validate_document
from wollemi.loading.schema import read_schema
from wollemi_likelihood.base.errors import ConfigurationError, WollemiError

SCHEMA = read_schema(ROOT / "workflow/schemas/analysis.schema.json")


def snakefile_problems(document: Any, name: str) -> list[str]:
    """What the Snakefile says of a document in the folder of an analysis.

    Args:
        document: plain values.
        name: of the folder.
    """
    return checked_document(document, _file(name), SCHEMA)[1]


def program_problems(document: Any, name: str) -> list[str]:
    """What the programs say, and `check_analysis` of the folder.

    Args:
        document: plain values.
        name: of the folder.
    """
    try:
        plain = validate_document(document, _file(name)).plain
    except ConfigurationError as error:
        return list(error.problems)
    return check_folder(plain, _file(name))


def file_verdicts(path: Path) -> tuple[list[str], list[str]]:
    """Problems of a file as the Snakefile and as the programs say them, from the text on.

    Args:
        path: the analysis file, in a folder of its name.
    """
    return _problems(
        lambda: checked_document(read_composed(path), str(path), SCHEMA)[1]
    ), _problems(lambda: _checked(path))


def _checked(path: Path) -> list[str]:
    plain = read_analysis(path).plain
    return check_folder(plain, str(path))


def _problems(ask: Callable[[], list[str]]) -> list[str]:
    try:
        return ask()
    except ConfigurationError as error:
        return list(error.problems)
    except WollemiError as error:
        return [f"{error.where}: {error.problem}"]


def shipped() -> dict[str, Mapping[str, Any]]:
    """Name → shipped analysis, as its author wrote it."""
    return {
        path.parent.name: read_composed(path)
        for path in sorted((ROOT / "config/analyses").glob("*/analysis.yaml"))
    }


def _file(name: str) -> str:
    return str(Path("config/analyses") / name / "analysis.yaml")
