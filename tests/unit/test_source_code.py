import pytest

from wollemi.source_code import literal_constant, source_files


@pytest.fixture
def program(tmp_path):
    package = tmp_path / "tools" / "deep"
    package.mkdir(parents=True)
    for path in (tmp_path / "tools" / "__init__.py", package / "__init__.py"):
        path.write_text("")
    (package / "low.py").write_text("import json\n")
    (tmp_path / "tools" / "middle.py").write_text("from tools.deep import low\n")
    (tmp_path / "unused.py").write_text("")
    (tmp_path / "run.py").write_text("import sys\nfrom tools.middle import thing\nSECTIONS = ('a', 'b')\n")
    return tmp_path / "run.py"


def test_finds_modules_and_their_packages(program):
    names = [path.removeprefix(f"{program.parent}/") for path in source_files(program)]
    assert names == ["run.py", "tools/__init__.py", "tools/deep/__init__.py", "tools/deep/low.py", "tools/middle.py"]


def test_a_literal_constant_without_running_the_program(program):
    assert literal_constant(program, "SECTIONS") == ("a", "b")
    with pytest.raises(KeyError, match="NOTHING"):
        literal_constant(program, "NOTHING")
