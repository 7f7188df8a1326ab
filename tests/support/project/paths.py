"""Where tests find the project, and real data that are not part of it."""

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
SHARED_DATA = ROOT.parent / "shared" / "data"
SHARED_RECIPES = ROOT.parent / "shared" / "recipes"

needs_shared_data = pytest.mark.skipif(
    not SHARED_DATA.is_dir(), reason="the real data (../shared/data) are not on this machine"
)
ONCE: list[Path] = []  # where `support.tiny.once` keeps products: the fixtures' temporary folder


def clone(repository: str) -> Path:
    """A clone of a public repository, in the folder WOLLEMI_CLONES or beside the project.

    Args:
        repository: Owner and name on GitHub.
    """
    return Path(os.environ.get("WOLLEMI_CLONES", ROOT.parent)) / Path(repository).name


def needs_clone(repository: str) -> pytest.MarkDecorator:
    """Skip where there is no clone of a public repository."""
    found = clone(repository)
    reason = f"https://github.com/{repository} is not in {found}"
    return pytest.mark.skipif(not found.is_dir(), reason=reason)
