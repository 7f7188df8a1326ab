"""The folder of what only saves time."""

from __future__ import annotations

import os
from pathlib import Path


def compiled_folder() -> Path:
    """Where machine code is kept, and digests of large files."""
    return Path(os.environ.get("WOLLEMI_CACHE") or ".wollemi/compiled")


def catalogue_folder() -> Path:
    """Where lists of files of public records are kept, files that were fetched by name, and samples
    that were generated.
    """
    named = os.environ.get("WOLLEMI_CACHE")
    return Path(named) / "catalogue" if named else Path(".wollemi/catalogue")
