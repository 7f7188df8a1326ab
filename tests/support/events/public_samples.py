"""Small real files of CMS and ATLAS, which the source distribution of coffea holds. They are
fetched, never committed.
"""

import shutil
import subprocess
import tarfile
from pathlib import Path

import pytest

DISTRIBUTION = "coffea==2026.9.0"
FOLDER = "coffea-2026.9.0/tests/samples"


def fetch_samples(folder: Path, names: list[str]) -> Path:
    """Fetch the distribution and take files out of it; skip the test where that cannot be.

    Args:
        folder: where to put them.
        names: files of its `tests/samples`.

    Returns:
        The folder that holds them.
    """
    pip = shutil.which("pip3") or shutil.which("pip")
    if pip is None:
        pytest.skip("pip, which fetches the real files, is not on this machine")
    command = [
        pip,
        "download",
        "--quiet",
        "--no-deps",
        "--no-binary",
        ":all:",
        "--dest",
        str(folder),
        DISTRIBUTION,
    ]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=180)
    except subprocess.TimeoutExpired:
        pytest.skip("the package registry, which has the real files, did not answer in time")
    archives = list(folder.glob("coffea-*.tar.gz"))
    if not archives:
        pytest.skip(f"the real files cannot be fetched: {done.stderr.strip().splitlines()[-1:]}")
    with tarfile.open(archives[0]) as archive:
        for name in names:
            archive.extract(f"{FOLDER}/{name}", folder, filter="data")
    return folder / FOLDER
