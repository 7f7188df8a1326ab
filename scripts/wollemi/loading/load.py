"""Reading an analysis file: all problems at once, and only the sections a program has declared.

Jobs of a planned run import neither pydantic nor the models: they would take a quarter of the time
in which a job starts.
"""

from __future__ import annotations

import contextlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wollemi.analysis.plain.addresses import public_values, signed_addresses
from wollemi.analysis.plain.parts import PART_FILES
from wollemi.analysis.plain.published import expand_workspace
from wollemi.analysis.settings import Luminosity, Settings
from wollemi.analysis.view import view_of
from wollemi.loading.composition import read_composed
from wollemi.loading.expand import plain_document
from wollemi.loading.manifests import read_parts
from wollemi_likelihood.base.errors import ConfigurationError
from wollemi_likelihood.base.nearest import did_you_mean

if TYPE_CHECKING:
    from wollemi.analysis.models.analysis import Analysis


def load_analysis(
    path: Path,
    sections: Sequence[str],
    dataset: str | None = None,
    luminosity: Luminosity | None = None,
    signed: bool = False,
    checked: bool = False,
    part: int | None = None,
) -> Settings:
    """Read and check an analysis file; return the declared sections.

    Args:
        path: Path of the analysis file.
        sections: Sections that the program depends on, its `SECTIONS`.
        dataset: Name of the dataset of the job, if there is one.
        luminosity: Luminosity of the certified blocks, fb⁻¹, if it is measured.
        signed: Whether URLs keep queries that give access, which only programs that fetch files
            need.
        checked: Whether the names have already been checked, as in a planned run.
        part: Number of the part of the dataset, if the job has one.

    Raises:
        ConfigurationError: The file has problems; lists all of them.
        WollemiError: The file or a manifest is missing or not YAML.
    """

    def settings(analysis: Analysis) -> Settings:
        if not signed and signed_addresses(analysis.plain):
            analysis = view_of(public_values(analysis.plain))
        if dataset is not None and dataset not in analysis.datasets:
            raise ConfigurationError(
                str(path),
                [f"datasets: '{dataset}' is not there{did_you_mean(dataset, analysis.datasets)}"],
            )
        divided = PART_FILES in sections and dataset
        parts = read_parts(analysis.plain["datasets"][dataset]) if divided else []
        files = parts[part] if part is not None and 0 <= part < len(parts) else None
        return Settings(analysis, sections, dataset, luminosity, files)

    document = read_document(path)
    if checked:
        # An edit since then may have broken the shape, which the full check says in words.
        with contextlib.suppress(AttributeError, IndexError, KeyError, TypeError, ValueError):
            return settings(view_of(plain_document(expand_workspace(document))))
    return settings(validate_document(document, str(path)))


def read_analysis(path: Path) -> Analysis:
    """Read, check and expand an analysis file.

    Args:
        path: Path of the analysis file.

    Raises:
        ConfigurationError: The file has problems; lists all of them.
        WollemiError: The file is missing or not YAML.
    """
    return validate_document(read_document(path), str(path))


def validate_document(document: Any, where: str) -> Analysis:
    """Expand and check an analysis, for the programs; the Snakefile uses
    `wollemi.loading.document`.

    Args:
        document: Plain values.
        where: Name of the file, for the error.

    Raises:
        ConfigurationError: The analysis has problems; lists all of them.
    """
    return validate_analysis(written_out(document, where), where)


def written_out(document: Any, where: str) -> dict[str, Any]:
    """Check the shape of an analysis and expand it; its names may still be unknown.

    Args:
        document: Plain values.
        where: Name of the file, for the error.

    Raises:
        ConfigurationError: The shape has problems; lists all of them.
    """
    expanded = expand_workspace(document)
    check_shape(expanded, where)
    return plain_document(expanded)


def read_document(path: Path) -> dict[str, Any]:
    """Read an analysis file, with the files that it extends, as plain values."""
    document = read_composed(path)
    if not isinstance(document, dict):
        raise ConfigurationError(str(path), ["the file is not a mapping of sections"])
    return document


def validate_analysis(document: Mapping[str, Any], where: str) -> Analysis:
    """Check shape and references.

    Args:
        document: Plain values of the analysis, expanded.
        where: Name of the file, for the error.

    Raises:
        ConfigurationError: The analysis has problems; lists all of them.
    """
    from wollemi.loading.all import check_references

    analysis = check_shape(document, where)
    problems = check_references(document)
    if problems:
        raise ConfigurationError(where, problems)
    return analysis


def check_shape(document: Mapping[str, Any], where: str) -> Analysis:
    """Check the shape of an analysis.

    Args:
        document: Plain values.
        where: Name of the file, for the error.

    Raises:
        ConfigurationError: The shape has problems; lists all of them.
    """
    from pydantic import ValidationError

    from wollemi.analysis.models.analysis import Analysis
    from wollemi.analysis.models.problems import describe_problems

    try:
        Analysis.model_validate(document)
    except ValidationError as error:
        raise ConfigurationError(
            where, describe_problems(error.errors(), document, Analysis)
        ) from None
    return view_of(document)
