"""Where tests find the project, and real data that are not part of it."""

from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
SHARED_DATA = ROOT.parent / "shared" / "data"
SHARED_RECIPES = ROOT.parent / "shared" / "recipes"

needs_shared_data = pytest.mark.skipif(
    not SHARED_DATA.is_dir(), reason="the real data (../shared/data) are not on this machine"
)
ONCE: list[Path] = []  # where `support.tiny.once` keeps products: the fixtures' temporary folder
