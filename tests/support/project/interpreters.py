"""Pythons of this machine besides the one that runs the tests."""

import os
import shutil
import subprocess
from pathlib import Path


def python_3_8() -> str | None:
    """A Python 3.8 that runs, on the search path or of pyenv, if there is one."""
    versions = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    candidates = [shutil.which("python3.8"), *map(str, versions.glob("3.8.*/bin/python"))]
    for candidate in filter(None, candidates):
        done = subprocess.run([candidate, "--version"], check=False, capture_output=True)
        if done.returncode == 0:
            return candidate
    return None
