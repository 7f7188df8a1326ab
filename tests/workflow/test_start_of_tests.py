"""What every process of the tests does before its first test: next to nothing."""

import importlib
import os
import subprocess
import sys

from support.project.paths import ROOT

HEAVY = {"awkward", "matplotlib", "numpy", "pyhf", "scipy", "snakemake", "uproot", "yaml"}


def test_fixtures_import_their_packages_themselves():
    done = subprocess.run(
        [sys.executable, "-c", "import sys, conftest; print(*sys.modules)"],
        check=True,
        capture_output=True,
        text=True,
        env=os.environ | {"PYTHONPATH": os.pathsep.join((str(ROOT / "scripts"), "tests"))},
        cwd=ROOT,
    )
    loaded = set(done.stdout.split())
    assert "pytest" in loaded
    assert not HEAVY & loaded


def test_imported_programs_leave_bytecode_alone():
    """Else Python compiles every module imported after them again in each process of the tests."""
    programs = [path.stem for path in (ROOT / "scripts").glob("*.py")]
    assert "reexecute_archive" in programs
    for name in programs:
        importlib.import_module(name)
    assert sys.dont_write_bytecode == bool(os.environ.get("PYTHONDONTWRITEBYTECODE"))


def test_linear_algebra_of_tests_has_one_thread():
    import numpy as np
    from threadpoolctl import threadpool_info

    assert np.linalg.inv(np.eye(2)).sum() == 2
    assert {pool["num_threads"] for pool in threadpool_info()} == {1}
