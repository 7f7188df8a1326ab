"""Modules beside a `hooks.py`: found where they are declared, and always as they are now."""

import os
from pathlib import Path

import pytest

from wollemi.analysis.hooks import load_functions
from wollemi.job.source_code import source_files
from wollemi_likelihood.base.errors import ConfigurationError, WollemiError


@pytest.fixture
def hooks(tmp_path):
    """hooks.py → shapes.py → deep/constants.py, one of them imported when the function is
    called.
    """
    (tmp_path / "deep").mkdir()
    (tmp_path / "hooks.py").write_text(
        "def value():\n    import shapes\n\n    return shapes.scaled(3)\n"
    )
    (tmp_path / "shapes.py").write_text(
        "from deep.constants import FACTOR\n\n\ndef scaled(x):\n    return x * FACTOR\n"
    )
    (tmp_path / "deep/__init__.py").write_text("")
    (tmp_path / "deep/constants.py").write_text("FACTOR = 2\n")
    return tmp_path / "hooks.py"


def load(hooks):
    return load_functions([Path(file) for file in source_files(hooks)], ["value"], "columns")[
        "value"
    ]


def test_modules_beside_hooks(hooks):
    names = [path.removeprefix(f"{hooks.parent}/") for path in source_files(hooks)]
    assert names == ["hooks.py", "deep/__init__.py", "deep/constants.py", "shapes.py"]
    assert load(hooks)() == 6
    assert not list(hooks.parent.rglob("*.pyc"))


def test_an_edit_counts_whatever_its_time_and_size(hooks):
    """Python would take bytecode of that time and size, or the module that it has in memory."""
    constants = hooks.parent / "deep/constants.py"
    state = constants.stat()
    assert load(hooks)() == 6
    constants.write_text("FACTOR = 5\n")
    os.utime(constants, ns=(state.st_atime_ns, state.st_mtime_ns))
    assert load(hooks)() == 15


def test_another_analysis_has_its_own(hooks, tmp_path):
    other = tmp_path / "other"
    other.mkdir()
    (other / "hooks.py").write_text("import shapes\n\n\ndef value():\n    return shapes.VALUE\n")
    (other / "shapes.py").write_text("VALUE = 1\n")
    assert (load(hooks)(), load(other / "hooks.py")(), load(hooks)()) == (6, 1, 6)


def test_a_module_that_is_not_declared(hooks):
    hooks.write_text(hooks.read_text().replace("def value", "import shapes\n\n\ndef value"))
    with pytest.raises(WollemiError, match=r"imports 'shapes', which is not there\n.*--hooks"):
        load_functions([hooks], ["value"], "columns")


@pytest.mark.parametrize("name", ["json", "numpy", "wollemi"])
def test_a_module_with_the_name_of_an_installed_one(hooks, name):
    hooks.with_name(f"{name}.py").write_text("")
    hooks.write_text(f"import {name}\n\n\ndef value():\n    return 1\n")
    with pytest.raises(WollemiError, match=f"there is an installed module '{name}' as well"):
        load(hooks)


def test_what_a_module_beside_hooks_reads(hooks):
    hooks.with_name("shapes.py").write_text("import os\n\nSHIFT = os.environ['SHIFT']\n")
    with pytest.raises(
        ConfigurationError,
        match=r"shapes\.py, line 3: 'os.environ' reads what differs between machines",
    ):
        load(hooks)
