"""One program a rule, environments pinned as in uv.lock, and nothing that a preservation system
would refuse.
"""

import re
import sys
import tomllib

import pytest
import yaml
from support.project.paths import ROOT
from support.project.reached_modules import imported_modules, reached
from support.project.rule_files import RULE_FILES, written_rules

from wollemi.job.environments import ENVIRONMENTS as PROGRAMS
from wollemi.job.environments import environment_file
from wollemi.job.source_code import literal_arguments, literal_constant, source_files

SNAKEFILES = [ROOT / "Snakefile", *RULE_FILES]
ENVIRONMENTS = sorted((ROOT / "envs").glob("*.yaml"))
# Name in conda-forge → name in PyPI, where they differ.
PYPI_NAMES = {"hist-base": "hist", "matplotlib-base": "matplotlib"}
# Module → name in PyPI, where they differ.
DISTRIBUTIONS = {
    "PIL": "pillow",
    "boost_histogram": "boost-histogram",
    "hepdata_lib": "hepdata-lib",
    "hepdata_validator": "hepdata-validator",
    "yaml": "pyyaml",
}
LOCKED = {
    item["name"]: item["version"]
    for item in tomllib.loads((ROOT / "uv.lock").read_text())["package"]
    if "version" in item
}
DIRECTIVES = "script|run|notebook|wrapper|message|benchmark|group|cache|checkpoint"
FORBIDDEN = rf"^\s*(?:{DIRECTIVES})\b[^=\n]*:|lambda|source_path|\|\s*tee"


def pins(path):
    """Package → version of an environment, without Python and pip; those that pip installs
    included.
    """
    dependencies = yaml.safe_load(path.read_text())["dependencies"]
    wheels = [
        wheel.replace("==", "=")
        for item in dependencies
        if isinstance(item, dict)
        for wheel in item["pip"]
    ]
    items = [item.partition("=") for item in dependencies if isinstance(item, str)] + [
        item.partition("=") for item in wheels
    ]
    return {
        PYPI_NAMES.get(name, name): version
        for name, _, version in items
        if name not in ("python", "pip")
    }


RULES = list(written_rules())
ALL_RULES = [pytest.param(path, name, text, id=name) for path, name, text in RULES]


def products_of_each(text):
    """What gives the products of a rule whose process does the jobs of several datasets."""
    jobs = (ROOT / "scripts/wollemi/plan/event_jobs.py").read_text()
    return "".join(
        re.search(rf"^def {function}\(.*?(?=^\S)", jobs, re.MULTILINE | re.DOTALL).group()
        for function in re.findall(r"of_each\(datasets, (\w+)\)", text)
    )


@pytest.mark.parametrize("path", ENVIRONMENTS, ids=lambda path: path.stem)
def test_versions_are_those_of_the_lock(path):
    wrong = {
        name: (pin, LOCKED.get(name)) for name, pin in pins(path).items() if pin != LOCKED.get(name)
    }
    assert not wrong


@pytest.mark.parametrize("path", sorted({path for path, _, _ in RULES}), ids=lambda path: path.stem)
def test_an_environment_has_what_its_programs_import_and_nothing_else(path):
    programs = {program for file, program, _ in RULES if file == path}
    (environment,) = {environment_file(program) for program in programs}
    local = {file.stem for file in (ROOT / "scripts").iterdir()}
    modules = {module.partition(".")[0] for module in reached(programs)}
    modules -= set(sys.stdlib_module_names) | local
    needed = {DISTRIBUTIONS.get(module, module) for module in modules}
    assert needed == pins(ROOT / environment).keys()


@pytest.mark.parametrize("program", [n for group in PROGRAMS.values() for n in group])
def test_functions_of_an_analysis_can_import_awkward(program):
    """Also one that does not use it: the modules of `hooks.py` are imported as a whole."""
    declared = literal_arguments(ROOT / f"scripts/{program}.py", "PROGRAM").get("inputs", ())
    pinned = pins(ROOT / environment_file(program))
    assert "hooks" not in declared or {"awkward", "numpy"} <= pinned.keys()


def test_only_programs_that_have_histograms_load_hist():
    """It costs 0.08 s a job over numpy."""
    programs = [program for group in PROGRAMS.values() for program in group]
    assert {
        program
        for program in programs
        if any("hist" in imported(file) for file in source_files(ROOT / f"scripts/{program}.py"))
    } == {
        "fill_histograms",
        "process_events",
        "merge_parts",
        "read_histograms",
        "draw_pseudodata",
        "estimate_background",
        "measure_correction",
        "build_workspace",
        "lint_templates",
        "predict_regions",
        "plot_regions",
        "plot_templates",
        "plot_fit",
        "write_hepdata",
        "write_simplified",
    }


def imported(path):
    """Names of the packages a file imports."""
    return {name.partition(".")[0] for name in imported_modules(path)}


@pytest.mark.parametrize("path", SNAKEFILES, ids=lambda path: path.name)
def test_no_forbidden_directive(path):
    assert not re.findall(FORBIDDEN, path.read_text(), flags=re.MULTILINE)


@pytest.mark.parametrize(("path", "name", "text"), ALL_RULES)
def test_a_rule_runs_the_program_of_its_name(path, name, text):
    assert re.findall(r'code=code\("(\w+)"\)', text) == [name]
    assert text.count(f'command("{name}")') == 1
    for directive in ("input", "output", "log", "params", "conda", "shell"):
        assert len(re.findall(rf"^ +{directive}:", text, re.MULTILINE)) == 1, directive
    assert f"logs/{name}" in text
    assert f"records/{name}" in text + products_of_each(text)
    assert f'planned("{name}"' in text
    assert text.count(f'environment("{name}"') == 1
    assert environment_file(name) == f"envs/{path.stem}.yaml"
    assert (ROOT / f"envs/{path.stem}.yaml").is_file()


@pytest.mark.parametrize(("path", "name", "text"), ALL_RULES)
def test_the_code_of_a_rule_exists(path, name, text):
    sources = source_files(ROOT / f"scripts/{name}.py")
    assert all((ROOT / source).is_file() for source in sources)
    assert literal_constant(ROOT / f"scripts/{name}.py", "SECTIONS")


def test_each_program_has_a_rule():
    programs = {
        path.stem
        for path in (ROOT / "scripts").glob("*.py")
        if "run_program(PROGRAM" in path.read_text()
    }
    assert programs == {program for _, program, _ in RULES}
    assert sorted(programs) == sorted(program for group in PROGRAMS.values() for program in group)


def test_the_snakefile_needs_little():
    """A login node or a preservation system parses it with the standard library, PyYAML and
    jsonschema.
    """
    pending = {
        name
        for path in SNAKEFILES
        for name in re.findall(r"^(?:from|import) ([\w.]+)", path.read_text(), re.MULTILINE)
    }
    found = reached(pending)
    assert "wollemi_likelihood.base.errors" in found
    packages = {module.partition(".")[0] for module in found}
    assert packages - set(sys.stdlib_module_names) <= {
        "wollemi",
        "wollemi_engine",
        "wollemi_likelihood",
        "yaml",
        "jsonschema",
    }


def test_the_snakefile_is_short():
    assert len((ROOT / "Snakefile").read_text().splitlines()) <= 60
