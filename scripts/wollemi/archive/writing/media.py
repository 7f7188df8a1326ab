"""Media types of the files of an archive, and the place where each format is explained."""

from pathlib import PurePosixPath
from typing import Any

# Suffix → media type; where it is in PRONOM or has a specification, that too.
_TYPES: dict[str, str] = {
    ".cff": "application/yaml",
    ".csv": "text/csv",
    ".html": "text/html",
    ".json": "application/json",
    ".lock": "application/toml",
    ".md": "text/markdown",
    ".parquet": "application/vnd.apache.parquet",
    ".pdf": "application/pdf",
    ".png": "image/png",
    ".py": "text/x-python",
    ".root": "application/x-root",
    ".toml": "application/toml",
    ".txt": "text/plain",
    ".whl": "application/zip",
    ".yaml": "application/yaml",
    ".yml": "application/yaml",
}


def encoding_format(name: str) -> dict[str, Any]:
    """The property `encodingFormat` of a file; a name without a known suffix is text."""
    return {"encodingFormat": _TYPES.get(PurePosixPath(name).suffix, "text/plain")}
