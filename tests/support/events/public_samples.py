"""Small real files of many frameworks, which the distributions of coffea and scikit-hep-testdata
hold. They are fetched, never committed.
"""

import shutil
import subprocess
import tarfile
import zipfile
from pathlib import Path

import pytest

DISTRIBUTION = "coffea==2026.9.0"
FOLDER = "coffea-2026.9.0/tests/samples"
PUBLIC = "scikit-hep-testdata==0.3.7"
PUBLIC_FOLDER = "skhep_testdata/data"


def fetch_samples(folder: Path, names: list[str]) -> Path:
    """Fetch the source distribution of coffea and take files out of it; skip the test where that
    cannot be.

    Args:
        folder: where to put them.
        names: files of its `tests/samples`.

    Returns:
        The folder that holds them.
    """
    with tarfile.open(_fetch(folder, DISTRIBUTION, "--no-binary")) as archive:
        for name in names:
            archive.extract(f"{FOLDER}/{name}", folder, filter="data")
    return folder / FOLDER


def fetch_public_files(folder: Path, names: list[str]) -> Path:
    """The same from scikit-hep-testdata, the last version with files in it.

    Args:
        folder: where to put them.
        names: files of its `data`.
    """
    with zipfile.ZipFile(_fetch(folder, PUBLIC, "--only-binary")) as archive:
        for name in names:
            archive.extract(f"{PUBLIC_FOLDER}/{name}", folder)
    return folder / PUBLIC_FOLDER


def _fetch(folder: Path, distribution: str, kind: str) -> Path:
    """The distribution as a file; skip the test where it cannot be fetched."""
    pip = shutil.which("pip3") or shutil.which("pip")
    if pip is None:
        pytest.skip("pip, which fetches the real files, is not on this machine")
    command = [
        *(pip, "download", "--quiet", "--no-deps", kind, ":all:", "--dest"),
        *(str(folder), distribution),
    ]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=180)
    except subprocess.TimeoutExpired:
        pytest.skip("the package registry, which has the real files, did not answer in time")
    name = distribution.partition("==")[0].replace("-", "?")  # a wheel has underscores
    archives = list(folder.glob(f"{name}-*"))
    if not archives:
        pytest.skip(f"the real files cannot be fetched: {done.stderr.strip().splitlines()[-1:]}")
    return archives[0]
