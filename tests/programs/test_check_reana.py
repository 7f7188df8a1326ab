"""Planted defects, each found by name. To add one, add a function here and its message as
`tests/data/reana/<name>.txt`.
"""

import os
import re
import subprocess
from functools import cache
from inspect import isfunction
from pathlib import Path

import check_reana
import pytest
import yaml
from support.project.folders import copied
from support.project.paths import ROOT
from support.services.forked_snakemake import run_snakemake
from support.tiny.edits import setting
from support.tiny.events import copy_as_another

from wollemi.reana.plan import plan_analysis
from wollemi.reana.specification import reana_parameters

GOLDEN = ROOT / "tests/data/reana"
IMAGE = "docker://registry.example/group/wollemi:0.2.0"
PARAMETERS = "config/reana/tiny.yaml"
SPECIFICATION = "config/reana/specifications/tiny.yaml"
STATISTICS, PLOTS = (f"workflow/rules/{name}.smk" for name in ("statistics", "plots"))
RESOURCES = "scripts/wollemi/job/resources.py"


def replace(path, old, new):
    text = Path(path).read_text()
    assert old in text
    Path(path).write_text(text.replace(old, new, 1))


def edit(path, section, key, *removed, added=()):
    """Change a list of the specification."""
    document = yaml.safe_load(Path(path).read_text())
    document[section][key] = [
        *(name for name in document[section][key] if name not in removed),
        *added,
    ]
    Path(path).write_text(yaml.safe_dump(document))


class Rules:
    """Defects that Snakemake's plan shows."""

    def script_rule():
        text = Path(STATISTICS).read_text()
        start = text.index("    shell:", text.index("rule check_model"))
        end = text.index("\n\n\n", start)
        Path(STATISTICS).write_text(
            text[:start] + '    script:\n        "../../scripts/check_model.py"' + text[end:]
        )

    def no_container():
        replace("Snakefile", "\n\ncontainer: IMAGE\n", "")

    def no_resources():
        replace(STATISTICS, '    resources:\n        **job_resources("check_model"),\n', "")

    def memory_in_other_words():
        replace(RESOURCES, 'f"{MEMORY_MB}M"', 'f"{MEMORY_MB} MB"')

    def absolute_path_in_a_command():
        elsewhere = '.replace("{input.templates:q}", "/eos/user/w/wollemi/summary.html.j2")'
        replace(PLOTS, 'command("summarize_results")', f'command("summarize_results"){elsewhere}')

    def absolute_production_file():
        setting(
            "datasets",
            "signal_200",
            "files",
            value=[str(Path("input/signal_200_0.root").absolute())],
        )(Path.cwd())

    def undeclared_input():
        replace(
            STATISTICS,
            'command("build_workspace")',
            '"cat config/config.yaml > /dev/null && " + command("build_workspace")',
        )

    def function_as_input():
        rule = "rule check_model"
        text = Path(STATISTICS).read_text().partition(rule)[2]
        given = "workspaces=plan.workspaces"
        changed = text.replace(given, "workspaces=lambda wildcards: plan.workspaces", 1)
        replace(STATISTICS, f"{rule}{text}", f"{rule}{changed}")

    def image_without_a_version():
        for path in ("config/config.yaml", PARAMETERS):
            replace(path, ":0.2.0", "")

    def missing_production_file():
        Path("input/dy_high_0.root").unlink()

    def unlisted_production_file():
        setting("datasets", "dy_high", "files", value=["input/dy_high_0.root", "input/more.root"])(
            Path.cwd()
        )
        copy_as_another(Path("input/dy_high_0.root"), Path("input/more.root"))


class Specifications:
    """Defects of the specification alone."""

    def no_specification():
        Path(SPECIFICATION).unlink()

    def parameter_that_disagrees():
        replace("config/config.yaml", ":0.2.0", ":0.3.0")

    def unknown_parameter():
        replace(PARAMETERS, "max_events", "max_event")

    def parameters_inline():
        document = yaml.safe_load(Path(SPECIFICATION).read_text())
        document["inputs"]["parameters"] = {"analysis": "tiny"}
        Path(SPECIFICATION).write_text(yaml.safe_dump(document))

    def unlisted_input():
        edit(SPECIFICATION, "inputs", "directories", "config/analyses/tiny")

    def missing_input():
        edit(SPECIFICATION, "inputs", "files", added=["input/dy_hihg_0.root"])

    def input_outside():
        edit(SPECIFICATION, "inputs", "directories", added=["../shared/data"])

    def unknown_output():
        edit(
            SPECIFICATION,
            "outputs",
            "files",
            "results/tiny/limits.json",
            added=["results/tiny/limit.json"],
        )

    def unnamed_product():
        edit(SPECIFICATION, "outputs", "directories", "results/tiny/workspaces")

    def other_workflow():
        replace(SPECIFICATION, "file: Snakefile", "file: workflow/Snakefile")

    def missing_tests():
        document = yaml.safe_load(Path(SPECIFICATION).read_text())
        document["tests"] = {"files": ["tests/reana/tiny.feature"]}
        Path(SPECIFICATION).write_text(yaml.safe_dump(document))


RULES, SPECIFICATIONS = (
    {n: f for n, f in vars(group).items() if isfunction(f)} for group in (Rules, Specifications)
)
# Without a file there is no plan; of the others, those of the same lines are planted apart.
APART = ("no_container", "no_resources", "function_as_input")
PLANTED = (
    ("missing_production_file",),
    APART,
    tuple(name for name in RULES if name not in (*APART, "missing_production_file")),
)


@pytest.fixture(scope="session")
def specified(tmp_path_factory, pristine):
    """A project with the tiny analysis and its specification."""
    folder = copied(pristine, tmp_path_factory.mktemp("specified") / "project")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        configuration = Path("config/config.yaml")
        configuration.write_text(re.sub("image: .*", f"image: {IMAGE}", configuration.read_text()))
        assert check_reana.main(["--write", "tiny"]) == 0
    return folder


@pytest.fixture
def workspace(tmp_path, specified, monkeypatch):
    """A copy of it as the working folder."""
    monkeypatch.chdir(copied(specified, tmp_path / "project"))
    return Path.cwd()


@pytest.fixture(scope="session")
def plan(specified):
    """What Snakemake would do there, asked once."""

    @cache
    def answer():
        with pytest.MonkeyPatch.context() as patch:
            patch.chdir(specified)
            return plan_analysis(reana_parameters("tiny"))

    return lambda parameters: answer()


def check(names, folder, capsys):
    """The program finds what was planted, and nothing else."""
    assert check_reana.main(["tiny"]) == 2
    message = re.sub(
        r"and \d+ more", "and N more", capsys.readouterr().err.replace(str(folder), "PROJECT")
    )
    golden = [(GOLDEN / f"{name}.txt").read_text(encoding="utf-8") for name in names]
    assert problems(message) == problems("".join(golden))


def problems(text):
    return sorted(re.split(r"\n(?=\S)", text.rstrip()))


def test_each_defect_has_its_message():
    assert {path.stem for path in GOLDEN.glob("*.txt")} == RULES.keys() | SPECIFICATIONS.keys()


@pytest.fixture
def forked(workspace, tmp_path, monkeypatch):
    """Snakemake is asked in a process that has its libraries already, not in a new one."""

    def run(command, **_):
        _, _, code, *arguments = command
        output = tmp_path / "said.txt"
        exit_code = run_snakemake(arguments, workspace, dict(os.environ), output, code)
        return subprocess.CompletedProcess(command, exit_code, stderr=output.read_text())

    monkeypatch.setattr("wollemi.reana.plan.subprocess.run", run)


@pytest.mark.parametrize("names", PLANTED, ids=lambda names: names[0])
def test_defects_of_the_rules(names, workspace, forked, capsys):
    for name in names:
        RULES[name]()
    check(names, workspace, capsys)


@pytest.mark.parametrize("name", SPECIFICATIONS)
def test_defects_of_the_specification(name, workspace, plan, capsys, monkeypatch):
    monkeypatch.setattr(check_reana, "plan_analysis", plan)
    SPECIFICATIONS[name]()
    check([name], workspace, capsys)


def test_what_is_written_has_no_problem(workspace, plan, capsys, monkeypatch):
    monkeypatch.setattr(check_reana, "plan_analysis", plan)
    assert check_reana.main([]) == 0
    assert capsys.readouterr().out == f"{SPECIFICATION}: no problems\n"


def test_writing_again_gives_the_same(workspace, plan, monkeypatch):
    monkeypatch.setattr(check_reana, "plan_analysis", plan)
    before = [Path(path).read_bytes() for path in (SPECIFICATION, PARAMETERS)]
    assert check_reana.main(["--write", "tiny"]) == 0
    assert [Path(path).read_bytes() for path in (SPECIFICATION, PARAMETERS)] == before
    assert not list(workspace.rglob(".partial.*"))


def test_mirrors_inside_of_the_folder_are_inputs(workspace, plan, monkeypatch):
    monkeypatch.setattr(check_reana, "plan_analysis", plan)
    replace("config/config.yaml", "../shared/data", "mirror")
    assert check_reana.main(["--write"]) == 0
    assert "mirror" in yaml.safe_load(Path(SPECIFICATION).read_text())["inputs"]["directories"]
    assert yaml.safe_load(Path(PARAMETERS).read_text())["mirrors"] == ["mirror"]


def test_an_image_that_no_cluster_can_pull(workspace, capsys):
    for path in ("config/config.yaml", PARAMETERS):
        replace(path, IMAGE, "docker://localhost/wollemi:0.2.0")
    assert check_reana.main(["tiny"]) == 0
    assert (
        "note: the image 'localhost/wollemi:0.2.0' is on this machine only"
        in capsys.readouterr().out
    )


def test_an_analysis_that_is_not_there(workspace, capsys):
    assert check_reana.main(["tinny"]) == 2
    assert "did you mean 'tiny'?" in capsys.readouterr().err
