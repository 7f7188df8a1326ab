"""The core runs an analysis, from events to limits and its archive, without its neighbors."""

import shutil
import zipfile

import pytest
from support.project.paths import ROOT
from support.tiny.analysis import digests, wollemi

from wollemi.commands.carried import WORKFLOW

BESIDE = ("wollemi_convert", "wollemi_interactive", "wollemi_publish")
# The environment of the tests has the checkout, and with it these packages, on its path.
GUARD = """
import pathlib
import sys

sys.path[:] = [name for name in sys.path if not pathlib.Path(name, "wollemi_publish").is_dir()]
"""


@pytest.fixture
def core(project):
    """The project without the packages beside the core, wherever else they are installed."""
    for name in BESIDE:
        shutil.rmtree(project / "scripts" / name)
    (project / "scripts/sitecustomize.py").write_text(GUARD)
    for name in set(WORKFLOW) - {path.name for path in project.iterdir()}:
        copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
        copy(ROOT / name, project / name)
    return project


@pytest.mark.slow
def test_products_are_the_same_and_can_be_archived(core, finished):
    done = wollemi(core, "run", "tiny", "--config", "mirrors=mirror")
    assert done.returncode == 0, done.stdout
    ours, all_ = (
        {name: digest for name, digest in digests(folder).items() if "/records/" not in name}
        for folder in (core, finished)
    )
    assert ours == all_
    done = wollemi(core, "archive", "tiny")
    assert done.returncode == 0, done.stdout
    with zipfile.ZipFile(core / "tiny.zip") as archive:
        assert "results/tiny/limits.json" in archive.namelist()


def test_commands_of_missing_packages_name_them(core):
    done = wollemi(core, "draw", "zee_generated", "m(e, e)")
    assert done.returncode == 2
    assert "wollemi draw: needs the package wollemi-interactive" in done.stdout
    assert "draw" not in wollemi(core, "--help").stdout
