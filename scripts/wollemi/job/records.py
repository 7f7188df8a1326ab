"""The record of each job: inputs, outputs, code, settings and packages.

It contains no times, host names or absolute paths, so that equal work gives equal bytes. See
docs/provenance.md.
"""

from __future__ import annotations

import hashlib
import os
import platform
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from wollemi.base.archived_files import archived_files
from wollemi.base.digests import file_digest
from wollemi.base.json_files import render_json
from wollemi.job.environments import environment_file
from wollemi.job.input_digests import input_digest
from wollemi.job.locked_packages import LOCKED_PACKAGES
from wollemi.job.source_code import step_digests

SCHEMA = "wollemi-record-1"
_DISTRIBUTIONS = {
    "yaml": "PyYAML",
    "PIL": "pillow",
    "dateutil": "python-dateutil",
    "boost_histogram": "boost-histogram",
}


def relative_name(path: Path) -> str:
    """The path relative to the working folder, with forward slashes; of a file outside it only the
    last part. In an unpacked archive, names are those of the archived run.
    """
    absolute, names = Path(os.path.abspath(path)), archived_files().names
    try:
        name = absolute.relative_to(Path.cwd()).as_posix()
    except ValueError:
        return names.get(str(absolute), absolute.name)
    return names.get(name, name)


def digests(paths: Iterable[Path]) -> dict[str, str]:
    """Relative name → SHA-256, for each file."""
    return {relative_name(path): file_digest(path) for path in paths}


def installed_packages() -> dict[str, str]:
    """Distribution → version of every installed package, and of Python.

    Read from the names of the `.dist-info` folders: reading each package's metadata takes longer
    than many jobs.
    """
    installed = {"python": platform.python_version()}
    for folder in sys.path:
        for path in Path(folder).glob("*.dist-info") if folder else ():
            name, _, version = path.name[: -len(".dist-info")].partition("-")
            installed.setdefault(normalized_name(name), version)
    return installed


def loaded_packages() -> dict[str, str]:
    """Distribution → version of every locked package that the program has imported, and of Python.

    Libraries also import optional packages that they find, for example packages of the tests, which
    other environments lack.
    """
    installed = installed_packages()
    roots = {
        normalized_name(_DISTRIBUTIONS.get(root, root))
        for root in {name.partition(".")[0] for name in sys.modules}
    }
    return {
        name: installed[name]
        for name in sorted((roots & LOCKED_PACKAGES | {"python"}) & installed.keys())
    }


def environment_files(program: Path) -> list[Path]:
    """The lock file next to the Snakefile, and the conda environment of the program's rule, if they
    exist.

    A job that runs in a bare copy of its inputs has neither; the package versions identify its
    environment.
    """
    root = program.parent.parent
    names = ("uv.lock", environment_file(program.stem))
    return [path for path in (root / name for name in names if name) if path.is_file()]


def normalized_name(name: str) -> str:
    """Name of a distribution as in the records: lower case, with underscores."""
    return name.lower().replace("-", "_").replace(".", "_")


def make_record(
    program: Path,
    inputs: Iterable[Path],
    outputs: Mapping[str, Path],
    options: Mapping[str, Any],
) -> dict[str, Any]:
    """The record of one finished job, as plain values.

    Args:
        program: Path of the program.
        inputs: Files read, except code and analysis file.
        outputs: Relative name → actual path of each output file.
        options: Other command line options.
    """
    return {
        "schema": SCHEMA,
        "program": relative_name(program),
        "inputs": {relative_name(path): input_digest(path) for path in inputs},
        "outputs": {name: file_digest(path) for name, path in outputs.items()},
        "options": dict(options),
        "code": {
            relative_name(Path(path)): digest for path, digest in step_digests(program).items()
        },
        "environment": digests(environment_files(program)),
        "packages": loaded_packages(),
    }


_TEXTS = ("inputs", "outputs", "code", "environment", "packages", "settings")


def is_record(content: Any) -> bool:
    """Whether plain values have the structure of a record, so that readers find the expected
    entries.
    """
    if not isinstance(content, Mapping) or not {"inputs", "outputs"} <= content.keys():
        return False
    parts = [content[name] for name in _TEXTS if name in content]
    texts = [
        content[name] for name in ("program", "analysis", "digest", "schema") if name in content
    ]
    plain = all(
        isinstance(part, Mapping) and all(isinstance(value, str) for value in part.values())
        for part in parts
    )
    return (
        plain
        and all(isinstance(text, str) for text in texts)
        and ("analysis" not in content or "settings" in content)
        and isinstance(options := content.get("options", {}), Mapping)
        and isinstance(options.get("dataset", ""), str | None)
    )


def record_digest(record: Mapping[str, Any]) -> str:
    """SHA-256 of a record's content, without its own digest."""
    content = {name: value for name, value in record.items() if name != "digest"}
    return hashlib.sha256(render_json(content).encode()).hexdigest()


def is_sealed(record: Mapping[str, Any]) -> bool:
    """Whether the digest in a record matches its content."""
    try:
        return record.get("digest") == record_digest(record)
    except ValueError:  # a number that cannot be in a record, such as 1e400
        return False


def seal_record(record: Mapping[str, Any]) -> dict[str, Any]:
    """The record with a digest of its content, which reveals later changes."""
    return {**record, "digest": record_digest(record)}
