import ast

import pytest
from support.project.paths import ROOT

from wollemi.job import source_code
from wollemi.job.source_code import literal_constant, source_files


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


def is_newer(text):
    """Whether Python 3.8, with which REANA 0.9 parses the workflow, cannot parse a file."""
    try:
        ast.parse(text, feature_version=(3, 8))
    except SyntaxError:
        return True
    return False


def test_imports_of_files_whose_grammar_is_newer_than_the_parser(monkeypatch):
    texts = [text for path in (ROOT / "scripts").rglob("*.py") if is_newer(text := path.read_text())]
    expected = [source_code._imports.__wrapped__(text) for text in texts]
    assert all(expected)
    monkeypatch.setattr(source_code, "ast", OldParser())
    assert [source_code._imports.__wrapped__(text) for text in texts] == expected


class OldParser:
    """The module `ast` of a Python that knows no function definitions, let alone `match`."""

    def parse(self, text):
        if "def " in text:
            raise SyntaxError
        return ast.parse(text)

    def __getattr__(self, name):
        return getattr(ast, name)
