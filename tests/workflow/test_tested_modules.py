"""Each module has a unit test of its name, or a test file that imports it, or its package says here
which test runs it.
"""

import ast
import re
from pathlib import PurePath

import pytest
from support.project.dependencies import Dependencies, imports
from support.project.paths import ROOT
from support.project.verdicts import Snapshot

# Package → test files of its other modules: they are pieces that work only together.
TESTED_BY = {
    "wollemi": "programs/test_tabulate_events.py",
    "wollemi/analysis/models": "programs/test_check_mistakes.py",
    "wollemi/analysis/plain": "unit/loading/test_composition.py",
    "wollemi/archive/writing": "programs/test_archive_analysis.py",
    "wollemi/base": "programs/test_write_results.py",
    "wollemi/check": "programs/test_check_analysis.py",
    "wollemi/commands": "workflow/test_commands.py",
    "wollemi_engine/compiled": (
        "unit/engine/compiled/test_loop_random.py unit/interactive/menus/test_trigger.py"
    ),
    "wollemi/event_loop": "programs/test_skim_events.py",
    "wollemi/events": "physics/test_event_account.py",
    "wollemi/finished": "unit/finished/test_finished_run.py",
    "wollemi/histograms": "programs/test_merge_parts.py",
    "wollemi/history": "programs/test_manage_history.py",
    "wollemi/inputs": "programs/test_skim_events.py",
    "wollemi/job": "unit/job/test_job.py",
    "wollemi/loading": "programs/test_check_mistakes.py",
    "wollemi/model": "programs/test_build_workspace.py",
    "wollemi/pages": "unit/finished/test_finished_run.py",
    "wollemi/plan": "unit/plan/test_plan.py",
    "wollemi/plots": "programs/test_plots.py",
    "wollemi/reana": "programs/test_check_reana.py",
    "wollemi/reinterpretation": "programs/test_reinterpret_signal.py",
    "wollemi/results": "unit/finished/test_finished_run.py",
    "wollemi_convert/configurations": "unit/convert/configurations/test_trexfitter.py",
    "wollemi_convert/histfactory": "unit/convert/histfactory/test_arithmetic.py",
    "wollemi_convert/hs3": "unit/convert/hs3/test_arithmetic.py",
    "wollemi_interactive/commands": "workflow/test_commands.py",
    "wollemi_interactive/explore": "unit/interactive/explore/test_explorer.py",
    "wollemi_interactive/menus": "programs/test_filter_events.py",
    "wollemi_interactive/queries": "unit/interactive/commands/test_query.py",
    "wollemi_interactive/tables": "programs/test_tabulate_events.py",
    "wollemi_likelihood": "unit/likelihood/test_fit.py",
    "wollemi_likelihood/base": "unit/likelihood/test_compiled.py",
    "wollemi_likelihood/compiler": "unit/likelihood/compiler/test_kernels.py",
    "wollemi_likelihood/expressions": "unit/likelihood/expressions/test_syntax.py",
    "wollemi_likelihood/kernels": "unit/likelihood/test_plain_likelihood.py",
    "wollemi_publish/hepdata": "programs/test_write_hepdata.py",
    "wollemi_publish/recast": "programs/test_write_recast.py",
    "wollemi_publish/simplified": "programs/test_write_simplified.py",
}


@pytest.fixture(scope="module")
def files():
    """Files of the project."""
    return Snapshot().files


@pytest.fixture(scope="module")
def others(files):
    """Package → its modules that no test file names or imports."""
    tests = [file for file in files if re.fullmatch(r"tests/(.*/)?test_\w+\.py", file)]
    imported = {target for test in tests for _, target in imports(parsed(test))}
    imported |= {target.rpartition(".")[0] for target in imported}
    found = {}
    for file in files:
        path = PurePath(file)
        if not re.fullmatch(r"scripts/wollemi\w*/.*\w+\.py", file) or path.name == "__init__.py":
            continue
        package = "/".join(path.parts[1:-1])
        unit = re.sub(r"^wollemi(_|/|$)", "", package)
        own = re.compile(rf"tests/unit/{unit}/test_{path.stem}(_\w+)?\.py".replace("//", "/"))
        module = ".".join(path.with_suffix("").parts[1:])
        if module not in imported and not any(map(own.fullmatch, tests)):
            found.setdefault(package, []).append(file)
    return found


def parsed(file):
    return ast.parse((ROOT / file).read_bytes())


def test_packages_are_the_listed_ones(others):
    assert others.keys() == TESTED_BY.keys()


@pytest.mark.parametrize("package", sorted(TESTED_BY))
def test_a_package_is_run_by_its_test(package, files, others):
    found = Dependencies(files)
    places = {place for test in TESTED_BY[package].split() for place in found.of(f"tests/{test}")}
    for module in others[package]:
        assert places & {".", module, *map(str, PurePath(module).parents)}, module
