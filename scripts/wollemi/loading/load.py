"""Reading an analysis file: all problems at once, and only the sections a program has declared."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from wollemi.analysis.models.analysis import Analysis
from wollemi.analysis.models.problems import describe_problems
from wollemi.analysis.plain.addresses import public_values, signed_addresses
from wollemi.analysis.plain.dataset_selections import dataset_view
from wollemi.analysis.plain.parts import PART_FILES
from wollemi.analysis.plain.published import expand_workspace
from wollemi.analysis.settings import Luminosity, Settings
from wollemi.loading.composition import read_composed
from wollemi.loading.expand import plain_document
from wollemi.loading.manifests import read_parts
from wollemi_likelihood.base.errors import ConfigurationError
from wollemi_likelihood.base.nearest import did_you_mean


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
        path: the analysis file.
        sections: what the program depends on, its `SECTIONS`.
        dataset: the dataset it works on, if it works on one.
        luminosity: in fb⁻¹, if it is that of certified blocks.
        signed: whether addresses keep the queries that give access, which only a program that
            fetches may see.
        checked: whether its names have already been checked, as in a planned run.
        part: number of the part of the dataset that it works on, if it works on one.

    Raises:
        ConfigurationError: with every problem of the file.
        WollemiError: the file or a manifest is missing or not YAML.
    """
    analysis, document = read_analysis(path, checked)
    if not signed and signed_addresses(document):
        document = public_values(document)
        analysis = Analysis.model_validate(document)
    if dataset is not None and dataset not in analysis.datasets:
        raise ConfigurationError(
            str(path),
            [f"datasets: '{dataset}' is not there{did_you_mean(dataset, analysis.datasets)}"],
        )
    whole = document if dataset is None else dataset_view(document, dataset)
    analysis = analysis if whole is document else Analysis.model_validate(whole)
    parts = read_parts(whole["datasets"][dataset]) if PART_FILES in sections and dataset else []
    files = parts[part] if part is not None and 0 <= part < len(parts) else None
    return Settings(analysis, document, sections, dataset, luminosity, files)


def read_analysis(path: Path, checked: bool = False) -> tuple[Analysis, dict[str, Any]]:
    """Read and check an analysis file: the analysis, and the same as plain values, both written
    out.

    Args:
        path: the analysis file.
        checked: whether only its shape is left to check.

    Raises:
        ConfigurationError: with every problem of the file.
        WollemiError: the file is missing or not YAML.
    """
    document = read_document(path)
    if not checked:
        return validate_document(document, str(path))
    plain = written_out(document, str(path))
    return check_shape(plain, str(path)), plain


def validate_document(document: Any, where: str) -> tuple[Analysis, dict[str, Any]]:
    """Write out and check an analysis, for the programs; the Snakefile uses
    `wollemi.loading.document`.

    Args:
        document: plain values.
        where: name of the file, for the error.

    Raises:
        ConfigurationError: with every problem found.
    """
    plain = written_out(document, where)
    return validate_analysis(plain, where), plain


def written_out(document: Any, where: str) -> dict[str, Any]:
    """Check the shape of an analysis and write it out; its names may still be unknown.

    Args:
        document: plain values.
        where: name of the file, for the error.

    Raises:
        ConfigurationError: with every problem of the shape.
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
        document: the analysis as plain values, written out.
        where: name of the file, for the error.

    Raises:
        ConfigurationError: with every problem found.
    """
    # Jobs of a planned run do not need it, and it takes a tenth of their startup time.
    from wollemi.loading.all import check_references

    analysis = check_shape(document, where)
    problems = check_references(document)
    if problems:
        raise ConfigurationError(where, problems)
    return analysis


def check_shape(document: Mapping[str, Any], where: str) -> Analysis:
    """Check the shape of an analysis.

    Args:
        document: plain values.
        where: name of the file, for the error.

    Raises:
        ConfigurationError: with every problem of the shape.
    """
    try:
        return Analysis.model_validate(document)
    except ValidationError as error:
        raise ConfigurationError(
            where, describe_problems(error.errors(), document, Analysis)
        ) from None
