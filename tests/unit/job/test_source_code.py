import ast
import statistics
from functools import lru_cache

import pytest
from support.project.paths import ROOT

from wollemi.job import source_code
from wollemi.job.code_text import code_text
from wollemi.job.environments import ENVIRONMENTS
from wollemi.job.source_code import (
    NO_STEP,
    file_facts,
    literal_constant,
    source_files,
    step_digests,
    step_files,
)

# Program of a rule → most code files that an edit may rerun it for; `MOST` without an entry. One
# more is one more reason to run again: is it a step's, or does it only refuse, word or watch
# (`NO_STEP`), or come in by an import for one name?
MOST = 50
CODE_FILES = {
    "require_model": 10,
    "fetch_dataset": 10,
    "run_command": 5,
    "fetch_corrections": 10,
    "fetch_workspace": 10,
    "fetch_overlays": 10,
    "import_workspaces": 75,
    "fetch_certificates": 11,
    "sum_luminosity": 11,
    "write_results": 13,
    "write_recast": 15,
    "write_paper": 29,
    "plot_simplified": 13,
    "draw_pseudodata": 15,
    "plot_limits": 25,
    "plot_contour": 28,
    "estimate_background": 18,
    "measure_correction": 43,
    "plot_corrections": 13,
    "generate_events": 18,
    "check_model": 37,
    "plot_ranking": 21,
    "split_dataset": 20,
    "read_histograms": 25,
    "write_tables": 53,
    "merge_parts": 35,
    "lint_templates": 35,
    "build_workspace": 38,
    "compute_significance": 44,
    "rank_parameters": 44,
    "scan_likelihood": 44,
    "plot_scans": 20,
    "plot_goodness": 16,
    "test_goodness": 47,
    "merge_goodness": 12,
    "group_uncertainties": 51,
    "test_intervals": 54,
    "merge_intervals": 17,
    "run_toys": 51,
    "merge_toys": 17,
    "compute_region_limits": 57,
    "scan_discovery": 47,
    "plot_discovery": 16,
    "plot_intervals": 23,
    "plot_toys": 23,
    "plot_templates": 38,
    "plot_uncertainties": 22,
    "write_likelihood": 45,
    "fit_model": 47,
    "predict_regions": 74,
    "throw_toys": 49,
    "extrapolate_limits": 50,
    "plot_extrapolation": 21,
    "compute_limits": 53,
    "plot_fit": 44,
    "write_smodels": 53,
    "summarize_results": 69,
    "plot_regions": 73,
    "write_hepdata": 65,
    "write_site": 74,
    "write_simplified": 59,
    "fill_histograms": 79,
    "skim_events": 89,
    "process_events": 95,
}
FRONT_END = tuple(
    f"wollemi/{name}"
    for name in (
        "__init__", "loading", "base/errors", "base/yaml", "check", "commands", "finished",
        "provenance", "reana",
    )
)  # fmt: skip


@pytest.fixture
def program(tmp_path):
    package = tmp_path / "tools" / "deep"
    package.mkdir(parents=True)
    for path in (tmp_path / "tools" / "__init__.py", package / "__init__.py"):
        path.write_text("")
    (package / "low.py").write_text("import json\n")
    (tmp_path / "tools" / "middle.py").write_text("from tools.deep import low\n")
    (tmp_path / "unused.py").write_text("")
    (tmp_path / "run.py").write_text(
        "import sys\nfrom tools.middle import thing\nSECTIONS = ('a', 'b')\n"
    )
    return tmp_path / "run.py"


def test_finds_modules_and_their_packages(program):
    names = [path.removeprefix(f"{program.parent}/") for path in source_files(program)]
    assert names == [
        "run.py",
        "tools/__init__.py",
        "tools/deep/__init__.py",
        "tools/deep/low.py",
        "tools/middle.py",
    ]


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
    texts = [
        text for path in (ROOT / "scripts").rglob("*.py") if is_newer(text := path.read_text())
    ]
    expected = [source_code._imports(code_text(text)) for text in texts]
    assert all(expected)
    monkeypatch.setattr(source_code, "ast", OldParser())
    assert [source_code._imports(code_text(text)) for text in texts] == expected


@pytest.fixture
def facts(tmp_path, monkeypatch):
    """Where facts of source files are kept, with nothing known."""
    monkeypatch.setenv("WOLLEMI_CACHE", str(tmp_path / "cache"))
    forget()
    yield lambda: next((tmp_path / "cache").glob("code_*.json"))
    forget()


def forget():
    for known in (source_code._facts_of, source_code._known_facts, source_code._facts_file):
        known.cache_clear()


def test_what_is_kept_of_source_files_is_what_is_found_in_them(facts, tmp_path):
    program = tmp_path / "scripts/step.py"
    program.parent.mkdir()
    program.write_text("import part\n")
    program.with_name("part.py").write_text("A = 1\n")
    first = step_digests(program)
    source_code.keep_facts()
    forget()
    assert step_digests(program) == first
    program.with_name("part.py").write_text("A = 2\n")
    assert step_digests(program).keys() == first.keys()
    assert step_digests(program) != first


def test_many_programs_are_given_the_code_of_one_moment(program):
    """Each of their files is read once."""
    other, low = program.with_name("other.py"), program.parent / "tools/deep/low.py"
    other.write_text("from tools.middle import thing\n")
    known = lru_cache(None)(file_facts)
    first = step_digests(program, known)
    assert first == step_digests(program)
    low.write_text("import json\nA = 1\n")
    assert step_digests(other, known)[str(low)] == first[str(low)]
    assert step_digests(other)[str(low)] != first[str(low)]


@pytest.mark.parametrize("content", ["", "[1]", '{"0": 1}', '{"0": ["a"'])
def test_what_was_kept_and_cannot_be_read_is_found_again(facts, tmp_path, content):
    program = tmp_path / "step.py"
    program.write_text("A = 1\n")
    first = step_digests(program)
    source_code.keep_facts()
    facts().write_text(content)
    forget()
    assert step_digests(program) == first
    source_code.keep_facts()
    assert facts().read_text() != content


def test_nothing_is_kept_where_nothing_can_be_written(tmp_path, monkeypatch):
    (tmp_path / "file").touch()
    monkeypatch.setenv("WOLLEMI_CACHE", str(tmp_path / "file/cache"))
    forget()
    source_code.keep_facts()
    forget()


class OldParser:
    """The module `ast` of a Python that knows no function definitions, let alone `match`."""

    def parse(self, text):
        if "def " in text:
            raise SyntaxError
        return ast.parse(text)

    def __getattr__(self, name):
        return getattr(ast, name)


@pytest.mark.parametrize("program", [name for names in ENVIRONMENTS.values() for name in names])
def test_few_code_files_rerun_a_program(program):
    _, *files = [
        path.removeprefix(f"{ROOT / 'scripts'}/")
        for path in step_files(ROOT / f"scripts/{program}.py")
    ]
    assert 1 + len(files) <= CODE_FILES.get(program, MOST), files
    assert not [path for path in files if path.startswith(FRONT_END)]
    # Programs read an analysis by its views.
    assert not [path for path in files if path.startswith("wollemi/analysis/models")]


def test_code_files_of_most_programs():
    assert statistics.median(CODE_FILES.values()) <= 36
    assert CODE_FILES["fit_model"] <= 47
    assert CODE_FILES["plot_limits"] <= 25


@pytest.mark.parametrize("module", NO_STEP)
def test_what_is_no_step_is_there(module):
    path = ROOT / "scripts" / module.replace(".", "/")
    assert path.is_dir() or path.with_suffix(".py").is_file()
