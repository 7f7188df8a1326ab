"""Machine code and facts about sources, kept for later runs of the tests: their names are digests.

The other contents of a cache, such as answers and fetched files, last one run only.
"""

import hashlib
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from support.project.paths import ROOT

COMPILER = ROOT / "scripts/wollemi_likelihood/compiler/native.py"  # its options are not in the name
KEPT = ROOT / ".pytest_cache/compiled"
MANY = 3000  # files of machine code, where random tests have left most


class KeptCode:
    """The machine code of earlier runs."""

    def __init__(self) -> None:
        self._folder = KEPT / hashlib.sha256(COMPILER.read_bytes()).hexdigest()[:16]

    def bring(self, cache: Path) -> None:
        """Make a cache with the code.

        Args:
            cache: Folder to make.
        """
        cache.mkdir()
        known = list(self._folder.glob("*.o"))
        if len(known) > MANY:
            shutil.rmtree(KEPT, ignore_errors=True)
            return
        for code in known:
            (cache / code.name).symlink_to(code)  # a new file would replace the link

    def keep(self, cache: Path) -> None:
        """Add the code that this run has compiled.

        Args:
            cache: Folder of the run.
        """
        self._folder.mkdir(parents=True, exist_ok=True)
        for code in cache.glob("*.o"):
            if not code.is_symlink():
                partial = self._folder / f"{code.name}.{os.getpid()}"
                shutil.copyfile(code, partial)
                partial.replace(self._folder / code.name)


@pytest.fixture(scope="session")
def kept_code() -> KeptCode:
    """The machine code of earlier runs; a fixture, because no verdict depends on it."""
    return KeptCode()


@contextmanager
def facts_are_kept() -> Iterator[None]:
    """Imports and digests of sources are those of earlier runs, where they are known."""
    from wollemi.job import source_code

    caches = source_code._facts_file, source_code._known_facts, source_code._facts_of
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("WOLLEMI_CACHE", str(KEPT))
        for cache in caches:
            cache.cache_clear()
        yield
        source_code.keep_facts()
    for cache in caches:
        cache.cache_clear()
