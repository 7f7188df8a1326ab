"""The REANA specifications of the shipped analyses: complete by our own check, valid by REANA's
own client and schema.
"""

import ast
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import check_reana
import pytest
from support.project.folders import ANALYSES
from support.project.interpreters import python_3_8
from support.project.paths import ROOT
from support.services.reana_workspace import (
    make_environment,
    specification,
    upload,
    upload_shipped,
)
from support.tiny.analysis import planned_rules

from wollemi.job.source_code import source_files
from wollemi.reana.specification import specification_path

# The default analysis and one of real data; the others with the slow tests.
TRIED = [
    name if name in ("zprime", "hzz4l") else pytest.param(name, marks=pytest.mark.slow)
    for name in ANALYSES
]
CLIENT = ("reana-client==0.9.6", "setuptools<81")
# requirements.txt of reana-workflow-engine-snakemake 0.9.4, which has Ubuntu 20.04 and so Python
# 3.8.
ENGINE = (
    "snakemake==7.32.4",
    "pulp==2.7.0",
    "jsonschema==3.2.0",
    "pyyaml==6.0.1",
    "tabulate==0.8.10",
    "setuptools<81",
)
SCHEMA_CHECK = """
import json, sys, jsonschema, yaml
from reana_commons.config import reana_yaml_schema_file_path as schema
jsonschema.validate(yaml.safe_load(open(sys.argv[1])), json.load(open(schema)))
"""
# What `reana-client create` sends: functions are no JSON.
SENT = """
import json, sys
from reana_commons.snakemake import snakemake_load
sent = json.dumps(snakemake_load("Snakefile", workdir=".", input=sys.argv[1])["steps"])
print(*("STEP " + step["name"] for step in json.loads(sent)), sep="\\n")
"""


@pytest.fixture(scope="module")
def client_python(tmp_path_factory):
    """An environment with REANA's client."""
    return make_environment(tmp_path_factory.mktemp("client"), *CLIENT)


@pytest.fixture(scope="module")
def workspaces(tmp_path_factory):
    """For each analysis the inputs of its specification, and nothing else."""
    folder = tmp_path_factory.mktemp("workspaces")
    found = {name: upload_shipped(name, folder / name) for name in ANALYSES}
    for name, workspace in found.items():
        upload(ROOT, [specification_path(name)], workspace)
    return found


def call(*command, folder):
    """Run without a server, a token or what this process has set for Python."""
    clean = {name: value for name, value in os.environ.items() if name in ("PATH", "HOME", "LANG")}
    done = subprocess.run(
        command, cwd=folder, env=clean, check=False, capture_output=True, text=True
    )
    return done.returncode, done.stdout + done.stderr


def validate(client_python, workspace, analysis):
    """What users run, offline: neither the images nor a server are asked."""
    return call(
        client_python.with_name("reana-client"),
        "validate",
        "-f",
        specification_path(analysis),
        folder=workspace,
    )


@pytest.mark.parametrize("analysis", TRIED)
def test_no_problems_and_nothing_to_write_again(tmp_path, monkeypatch, capsys, analysis):
    """Written in a folder with the inputs alone, the files are those that ship: so the inputs are
    complete.
    """
    upload_shipped(analysis, tmp_path)
    shutil.copytree(ROOT / "tests/reana", tmp_path / "tests/reana", dirs_exist_ok=True)
    monkeypatch.chdir(tmp_path)
    assert check_reana.main(["--write", analysis]) == 0, capsys.readouterr().err
    for path in (specification_path(analysis), f"config/reana/{analysis}.yaml"):
        assert Path(path).read_bytes() == (ROOT / path).read_bytes(), (
            f"run scripts/check_reana.py --write: {path} has drifted"
        )


@pytest.mark.slow
@pytest.mark.parametrize("analysis", TRIED)
def test_the_client_accepts_it(client_python, workspaces, analysis):
    code, output = validate(client_python, workspaces[analysis], analysis)
    assert code == 0, output
    assert "SUCCESS: Valid REANA specification file." in output
    assert "SUCCESS: REANA specification parameters appear valid." in output
    assert "SUCCESS: Workflow operations appear valid." in output


@pytest.mark.slow
@pytest.mark.parametrize("analysis", ANALYSES)
def test_the_schema_accepts_it(client_python, workspaces, analysis):
    code, output = call(
        client_python,
        "-c",
        SCHEMA_CHECK,
        specification_path(analysis),
        folder=workspaces[analysis],
    )
    assert code == 0, output


@pytest.mark.slow
def test_the_client_can_send_every_rule(client_python, workspaces):
    code, output = call(
        client_python, "-c", SENT, "config/reana/dimuon.yaml", folder=workspaces["dimuon"]
    )
    assert code == 0, output
    assert "STEP skim_events_double_mu_2012" in output.splitlines()


@pytest.mark.slow
def test_the_client_refuses_another_workflow_type(client_python, workspaces, tmp_path):
    workspace = Path(shutil.copytree(workspaces["dimuon"], tmp_path / "workspace"))
    path = workspace / specification_path("dimuon")
    path.write_text(path.read_text().replace("type: snakemake", "type: snakmake"))
    assert validate(client_python, workspace, "dimuon")[0] == 1
    assert call(client_python, "-c", SCHEMA_CHECK, path, folder=workspace)[0] == 1


@pytest.mark.slow
def test_the_client_refuses_an_incomplete_upload(client_python, workspaces, tmp_path):
    workspace = Path(shutil.copytree(workspaces["dimuon"], tmp_path / "workspace"))
    (workspace / "workflow/schemas/analysis.schema.json").unlink()
    assert validate(client_python, workspace, "dimuon")[0] == 1


def old_interpreter():
    """A Python 3.8 of this machine, if there is one."""
    return python_3_8() or pytest.skip("there is no python3.8 on this machine")


@pytest.fixture(scope="module")
def engine_python(tmp_path_factory):
    """Python and packages of the engine of REANA 0.9.4, as far as parsing needs them."""
    folder = tmp_path_factory.mktemp("engine")
    return make_environment(folder, *ENGINE, interpreter=old_interpreter())


def planned_commands(python, workspace, analysis):
    """The job table and the commands of a dry run."""
    parameters = workspace / f"config/reana/{analysis}.yaml"
    command = [
        python,
        "-m",
        "snakemake",
        "--dry-run",
        "--printshellcmds",
        "--cores",
        "1",
        "--configfile",
        parameters,
    ]
    code, output = call(*command, folder=workspace)
    assert code == 0, output
    commands = [line.strip() for line in output.splitlines() if re.match(r" +(python |--)", line)]
    return sorted(commands), sorted(set(re.findall(r"^(\w+) +(\d+)$", output, re.MULTILINE)))


@pytest.mark.parametrize("analysis", TRIED)
def test_the_python_of_the_engine_plans_the_same(engine_python, workspaces, analysis):
    old = planned_commands(engine_python, workspaces[analysis], analysis)
    assert old == planned_commands(sys.executable, workspaces[analysis], analysis)
    assert len(old[0]) > 5
    assert len(old[1]) > 5


def test_what_is_parsed_has_the_grammar_of_the_engine():
    """Python 3.8: what the Snakefile imports, and the programs, whose constants it reads."""
    common = (ROOT / "workflow/rules/common.smk").read_text()
    modules = [
        ROOT / f"scripts/{name.replace('.', '/')}.py"
        for name in re.findall(r"^from (wollemi\S+)", common, re.MULTILINE)
    ]
    parsed = {Path(name) for module in modules for name in source_files(module)}
    programs = [
        path
        for path in (ROOT / "scripts").glob("*.py")
        if "run_program(PROGRAM" in path.read_text()
    ]
    assert len(parsed) > 3
    assert programs
    for path in (*parsed, *programs):
        ast.parse(path.read_text(), filename=str(path), feature_version=(3, 8))


def test_other_resources_rerun_nothing(finished_copy):
    path = finished_copy / "scripts/wollemi/job/resources.py"
    text = path.read_text()
    path.write_text(text.replace("MEMORY_MB = 1024", "MEMORY_MB = 2048"))
    assert path.read_text() != text
    assert planned_rules(finished_copy) == {}


def test_jobs_take_half_of_their_memory_at_most(finished):
    """The margin that is stated in job/resources.py, on the tiny analysis: peak memory in the logs
    against the limit.
    """
    texts = [path.read_text() for path in (finished / "results/tiny/logs").rglob("*.log")]
    peaks = [float(peak) for text in texts for peak in re.findall(r"(\d+) MB peak memory", text)]
    assert peaks
    assert max(peaks) < 1024 / 2


def test_acceptance_tests_are_listed():
    for analysis in ANALYSES:
        path = f"tests/reana/{analysis}.feature"
        assert (ROOT / path).is_file()
        assert specification(analysis)["tests"]["files"] == [path]
