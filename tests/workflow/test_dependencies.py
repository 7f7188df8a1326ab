"""No job needs a package of the tests: all that our files import belongs to the dependencies.

Libraries import what they find beside them, such as sympy, which tests have and users do not:
stated here, with who does.
"""

import ast
import json
import re
import subprocess
import sys
import tomllib
from functools import cache
from importlib.metadata import PackageNotFoundError, packages_distributions, requires
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from support.project.paths import ROOT
from support.tiny.analysis import environment, snakemake_command

from wollemi.job.locked_packages import LOCKED_PACKAGES
from wollemi.job.source_code import source_files
from wollemi.plan.registry import PLOTS, PRODUCTS

DECLARED = [
    Requirement(line)
    for line in tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["dependencies"]
    if not line.startswith("wollemi")
]
PROGRAMS = sorted(
    path for path in (ROOT / "scripts").glob("*.py") if "run_program(PROGRAM" in path.read_text()
)
owners_of_modules = cache(packages_distributions)
# What libraries look for and do without → those that do.
OPTIONAL = {
    "sympy": {"vector"},
    "mpmath": {"sympy"},
    "cloudpickle": {"pyarrow"},
    "chardet": {"requests"},
}


@cache
def sources():
    """All files that some program reaches."""
    return sorted({Path(file) for program in PROGRAMS for file in source_files(program)})


def applies(requirement, extra=""):
    return requirement.marker is None or requirement.marker.evaluate({"extra": extra})


def closure(wanted):
    """Distributions that come with requirements, here."""
    found, pending = (
        set(),
        [(item, extra) for item in wanted if applies(item) for extra in ("", *item.extras)],
    )
    while pending:
        item, extra = pending.pop()
        if (name := canonicalize_name(item.name), extra) in found:
            continue
        found.add((name, extra))
        try:
            lines = requires(name) or []
        except PackageNotFoundError:
            continue
        below = [Requirement(line) for line in lines]
        pending += [
            (other, more)
            for other in below
            if applies(other, extra)
            for more in ("", *other.extras)
        ]
    return {name for name, _ in found}


def owners(module):
    """Distributions that have a top-level module; of what lies in no distribution, nothing."""
    return {canonicalize_name(name) for name in owners_of_modules().get(module, ())}


def test_the_records_name_the_closure():
    """The lock file and the metadata of what is installed agree, but for markers of other
    platforms.
    """
    here = {name.replace("-", "_") for name in closure(DECLARED)}
    assert here <= LOCKED_PACKAGES


def test_all_that_our_files_import_is_a_dependency():
    known, inside = (
        {*sys.stdlib_module_names, *(path.name for path in ROOT.glob("scripts/wollemi*"))},
        closure(DECLARED),
    )
    imported = {
        (path.name, module) for path in sources() for module in imported_modules(path) - known
    }
    assert {(path, module) for path, module in imported if not owners(module) & inside} == set()


def imported_modules(path):
    """Top-level modules that a file imports, also later, in functions."""
    nodes = list(ast.walk(ast.parse(path.read_text(encoding="utf-8"))))
    names = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    return {
        name.partition(".")[0]
        for name in names | {node.module for node in nodes if isinstance(node, ast.ImportFrom)}
    }


# Imports what files import anywhere, also later, in functions; prints top-level module → the file
# that asked for it first.
LOADER = """
import ast, json, sys

asked = {}

class Watch:
    def find_spec(self, name, path=None, target=None):
        if "." not in name and name not in asked:
            frame = sys._getframe(1)
            while "importlib" in frame.f_code.co_filename:
                frame = frame.f_back
            asked[name] = frame.f_code.co_filename

sys.meta_path.insert(0, Watch())
folder, *files = sys.argv[1:]
sys.path.insert(0, folder)
for file in files:
    nodes = list(ast.walk(ast.parse(open(file, encoding="utf-8").read())))
    names = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    names |= {node.module for node in nodes if isinstance(node, ast.ImportFrom)}
    exec(compile("\\n".join(f"import {name}" for name in sorted(names)), file, "exec"), {})
print(json.dumps({name: file for name, file in asked.items() if name in sys.modules}))
"""


def loaded(files):
    """Top-level module → the file that asked for it first, in a process that imports all that files
    import.
    """
    line = [sys.executable, "-c", LOADER, str(ROOT / "scripts"), *map(str, files)]
    return json.loads(
        subprocess.run(line, capture_output=True, text=True, check=True).stdout.splitlines()[-1]
    )


def outside(found):
    """Distributions that do not belong to the dependencies → who asked for them: distributions, or
    `ours`.
    """
    inside, asked = closure(DECLARED), {}
    for module, file in found.items():
        place = re.search(r"site-packages/(\w+)", file)
        for owner in owners(module) - inside:
            asked.setdefault(owner, set()).update(owners(place[1]) - {owner} if place else {"ours"})
    return asked


def test_what_jobs_load_belongs_to_the_dependencies():
    asked = outside(loaded(sources()))
    assert {
        name: askers for name, askers in asked.items() if not askers <= OPTIONAL.get(name, set())
    } == {}


def test_a_package_of_the_tests_is_found(tmp_path):
    """Also one that a function imports."""
    (tmp_path / "step.py").write_text("import numpy\n\n\ndef main():\n    import codespell_lib\n")
    assert outside(loaded([tmp_path / "step.py"])) == {"codespell": {"ours"}}


# Packages that take a job some time to load, and the programs of the rules that may load them: a
# start is most of what a small job takes.
DRAWING = " ".join(
    ["plot_regions", "plot_corrections", "plot_templates", "plot_simplified"]
    + [entry.program for entry in PLOTS]
)
FITTING = " ".join(item.batches or item.program for item in PRODUCTS)
SLOW_TO_LOAD = {
    "awkward": "generate_events skim_events fill_histograms process_events read_histograms",
    "pyarrow": "generate_events skim_events fill_histograms process_events read_histograms "
    "merge_parts write_tables",
    "uproot": "generate_events skim_events process_events read_histograms split_dataset "
    "measure_correction import_workspaces",
    "vector": "skim_events fill_histograms process_events",
    "llvmlite": f"skim_events fill_histograms process_events throw_toys {FITTING} "
    "import_workspaces plot_regions write_likelihood write_simplified write_smodels",
    "correctionlib": "skim_events fill_histograms process_events",
    "pandas": "write_tables",
    "matplotlib": DRAWING,
    "mplhep": DRAWING,
    "scipy": "plot_regions plot_fit plot_contour check_model plot_simplified",
    "pyhf": "check_model import_workspaces",
    "jinja2": "summarize_results write_likelihood write_tables write_hepdata write_site "
    "write_recast write_simplified",
    "pythia8mc": "generate_events",
}


def test_no_job_loads_what_it_does_not_use(finished):
    """By the records of a whole run, which tell the packages that each job had loaded."""
    records = [json.loads(path.read_text()) for path in finished.rglob("records/**/*.json")]
    assert len({record["program"] for record in records}) > 15
    found = {
        (Path(record["program"]).stem, name) for record in records for name in record["packages"]
    }
    too_much = {
        (program, name)
        for program, name in found
        if name in SLOW_TO_LOAD and program not in SLOW_TO_LOAD[name].split()
    }
    assert too_much == set()


def test_a_plan_loads_no_pandas(finished):
    """Snakemake asks for its tables among the parameters of jobs that were made."""
    python, *rest = snakemake_command("--dry-run")
    done = subprocess.run(
        [python, "-X", "importtime", *rest],
        cwd=finished,
        env=environment(),
        capture_output=True,
        text=True,
        check=True,
    )
    imported = {line.rpartition("|")[2].strip() for line in done.stderr.splitlines()}
    assert "snakemake.persistence" in imported
    assert "pandas" not in imported
