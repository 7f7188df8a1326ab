"""List every problem of an analysis file, each with its path, the value and the nearest valid name."""

import argparse
import sys
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from wollemi.acting import used_datasets
from wollemi.analysis_files import read_analysis
from wollemi.certification import certifications
from wollemi.configuration import Analysis
from wollemi.errors import ConfigurationError, listed
from wollemi.label_checks import label_problems
from wollemi.machine_errors import exit_code
from wollemi.manifests import read_manifest
from wollemi.references import check_folder
from wollemi.text_references import signed_addresses


def missing_files(analysis: Analysis, document: Mapping[str, Any]) -> list[str]:
    """Local files of datasets, their manifests, and certificates of data that are not there, relative to the working folder."""
    missing = []
    for name, dataset in analysis.datasets.items():
        files = [file for file in dataset.files or () if isinstance(file, str)]
        if dataset.manifest is not None and not _is_file(dataset.manifest):
            missing.append(f"datasets.{name}.manifest: there is no file '{dataset.manifest}'; make it with make_manifest")
        elif dataset.manifest is not None:
            files += [file.path for file in read_manifest(Path(dataset.manifest)).files]
        missing += [f"datasets.{name}.files: there is no file '{file}'" for file in files if not _is_file(file)]
    for era, item in certifications(document).items():
        path = f"certified.{era}".rstrip(".")
        named = [(key, item[key]) for key in ("blocks", "luminosity") if item and isinstance(item.get(key), str)]
        missing += [f"{path}.{key}: there is no file '{file}'" for key, file in named if not _is_file(file)]
    return missing


def _is_file(path: str) -> bool:
    try:
        return Path(path).is_file()
    except OSError:  # a name that no file system allows
        return False


def _correction_problems(document: Mapping[str, Any]) -> list[str]:
    if not document.get("corrections"):
        return []
    # Not at the top: it reads files with libraries that take longer to import than all else here.
    from wollemi.correction_checks import correction_problems

    return correction_problems(document)


def describe(path: Path) -> str:
    """Check a file and say in one line what it holds.

    Args:
        path: the analysis file.

    Raises:
        WollemiError: with every problem found.
    """
    analysis, document = read_analysis(path)
    problems = [*check_folder(document, str(path)), *missing_files(analysis, document), *_correction_problems(document)]
    problems += label_problems(document)
    if problems:
        raise ConfigurationError(str(path), problems)
    counts = {
        "datasets": len(used_datasets(document)),
        "samples": len(analysis.samples),
        "regions": len(analysis.regions),
        "systematics": len(analysis.systematics),
    }
    signed = [f"{url}: its query gives access, and is left out of every product" for url in signed_addresses(document).values()]
    warnings = listed(signed, len(signed))
    return f"{path}: no problems ({', '.join(f'{count} {what}' for what, count in counts.items())}){warnings}"


def main(arguments: Sequence[str] | None = None) -> int:
    """Check each file named on the command line."""
    parser = argparse.ArgumentParser(prog="check_analysis.py", description=__doc__)
    parser.add_argument("files", type=Path, nargs="+", metavar="ANALYSIS_FILE")
    return max([exit_code(partial(_main, path)) for path in parser.parse_args(arguments).files])


def _main(path: Path) -> int:
    print(describe(path))
    return 0


if __name__ == "__main__":
    sys.exit(main())
