"""The record each job leaves: what went in, what came out, by which code, settings and packages.

No clock times, host names or absolute paths stand in it, so that equal work gives equal bytes. See DESIGN: contracts.
"""

import hashlib
import json
import os
import platform
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from wollemi.source_code import source_files

SCHEMA = "wollemi-record-1"
_DISTRIBUTIONS = {
    "yaml": "PyYAML",
    "PIL": "pillow",
    "dateutil": "python-dateutil",
    "boost_histogram": "boost-histogram",
}


def file_digest(path: Path) -> str:
    """SHA-256 of a file, hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def relative_name(path: Path) -> str:
    """The path relative to the working folder, with forward slashes; a file elsewhere keeps only its name."""
    absolute = Path(os.path.abspath(path))
    try:
        return absolute.relative_to(Path.cwd()).as_posix()
    except ValueError:
        return absolute.name


def digests(paths: Iterable[Path]) -> dict[str, str]:
    """Relative name → SHA-256, for each file."""
    return {relative_name(path): file_digest(path) for path in paths}


def loaded_packages() -> dict[str, str]:
    """Distribution → version of every installed package that the program has imported.

    Read from the names of the `.dist-info` folders: asking each package for its metadata costs more than many a job.
    """
    installed: dict[str, str] = {}
    for folder in sys.path:
        for path in Path(folder).glob("*.dist-info") if folder else ():
            name, _, version = path.name.removesuffix(".dist-info").partition("-")
            installed.setdefault(_normalized(name), version)
    roots = {_normalized(_DISTRIBUTIONS.get(root, root)) for root in {name.partition(".")[0] for name in sys.modules}}
    return {name: installed[name] for name in sorted(roots & installed.keys())} | {"python": platform.python_version()}


def _normalized(name: str) -> str:
    return name.lower().replace("-", "_").replace(".", "_")


def make_record(
    program: Path,
    inputs: Iterable[Path],
    outputs: Mapping[str, str],
    options: Mapping[str, Any],
) -> dict[str, Any]:
    """The record of one finished job, as plain values.

    Args:
        program: path of the program that ran.
        inputs: files it read (code and analysis file apart).
        outputs: relative name → SHA-256 of what it made.
        options: the other command line options.
    """
    return {
        "schema": SCHEMA,
        "program": relative_name(program),
        "inputs": digests(inputs),
        "outputs": dict(outputs),
        "options": dict(options),
        "code": digests(Path(path) for path in source_files(program)),
        "packages": loaded_packages(),
    }


def render_json(value: Any) -> str:
    """JSON as it stands in every product: sorted keys, two spaces, a final newline; NaN is refused."""
    return json.dumps(value, indent=1, sort_keys=True, ensure_ascii=False, allow_nan=False) + "\n"
