"""Folders outside a run that a job may read: caches, which only save time, and fonts."""

from __future__ import annotations

import os
from pathlib import Path

from wollemi_likelihood.base.caches import compiled_folder


def cache_folders() -> list[Path]:
    """Folders of compiled event loops, of matplotlib, and of fonts in the user's home that
    matplotlib may have found.
    """
    named = os.environ.get("MPLCONFIGDIR")
    matplotlib = [
        _home("XDG_CACHE_HOME", ".cache") / "matplotlib",
        _home("XDG_CONFIG_HOME", ".config") / "matplotlib",
    ]
    fonts = [
        _home("XDG_DATA_HOME", ".local/share") / "fonts",
        Path.home() / ".fonts",
        Path.home() / "Library/Fonts",
    ]
    return [compiled_folder(), *matplotlib, *fonts, *([Path(named)] if named else [])]


def _home(variable: str, folder: str) -> Path:
    """A folder of the user, by the XDG Base Directory Specification."""
    return Path(os.environ.get(variable) or Path.home() / folder)
