from pathlib import Path

import check_reana
import pytest

from wollemi.reana.plan import Plan, Rule
from wollemi.reana.rule_checks import check_rules
from wollemi.reana.specification import is_covered, is_inside

RESOURCES = {
    "kubernetes_memory_limit": "512M",
    "kubernetes_cpu_request": "1",
    "kubernetes_job_timeout": 60,
}
GOOD = {
    "name": "fit_model",
    "kind": "shell",
    "container": "docker://registry.example/group/image:1.0",
    "resources": RESOURCES,
    "command": "python {input.code[0]:q} --log {log:q} 2>/dev/null",
    "paths": ("scripts/fit_model.py",),
    "functions": (),
}


def problems(**changes):
    rule = Rule(**{**GOOD, **changes})
    return [error.problem for error in check_rules(Plan((rule,), (), frozenset(), ()))]


def test_a_good_rule_has_no_problem():
    assert problems() == []


@pytest.mark.parametrize(
    "image",
    [
        "docker://image",
        "docker://registry.example:5000/image",
        "registry.example/image:latest",
        "images/image.sif",
        "library://image",
    ],
)
def test_images_without_a_fixed_version(image):
    (problem,) = problems(container=image)
    assert image in problem


@pytest.mark.parametrize(
    "image",
    ["image:1", "docker://registry.example:5000/image:1", f"docker://image@sha256:{'0' * 64}"],
)
def test_images_with_a_fixed_version(image):
    assert problems(container=image) == []


@pytest.mark.parametrize("memory", ["512", "512M", "1.5Gi", "256Ki"])
def test_memory_as_kubernetes_writes_it(memory):
    assert problems(resources={**RESOURCES, "kubernetes_memory_limit": memory}) == []


@pytest.mark.parametrize("memory", [512, "512 MB", "0.5", "512m", "512MB", None])
def test_memory_that_kubernetes_does_not_know(memory):
    (problem,) = problems(resources={**RESOURCES, "kubernetes_memory_limit": memory})
    assert problem.startswith("memory: ")


@pytest.mark.parametrize("cpu", [1, "one", "1 core", "1.m"])
def test_cpu_that_kubernetes_does_not_know(cpu):
    (problem,) = problems(resources={**RESOURCES, "kubernetes_cpu_request": cpu})
    assert problem.startswith("cpu: ")


@pytest.mark.parametrize("timeout", [0, -1, "60", "1h"])
def test_timeout_that_is_no_number_of_seconds(timeout):
    (problem,) = problems(resources={**RESOURCES, "kubernetes_job_timeout": timeout})
    assert problem.startswith("job timeout: ")


@pytest.mark.parametrize(
    ("command", "path"),
    [
        ("cat /eos/user/file > {output}", "/eos/user/file"),
        ("python run.py --fit=/tmp/fit.json", "/tmp/fit.json"),
        ("python run.py --fit '/tmp/fit.json'", "/tmp/fit.json"),
        ("cp ~/file {output}", "~/file"),
        ("cp ../file {output}", "../file"),
        ("python {input.code[0]:q} >/tmp/log", "/tmp/log"),
    ],
)
def test_commands_that_leave_the_folder(command, path):
    assert problems(command=command) == [f"'{path}' is outside of the folder of the workflow"]


@pytest.mark.parametrize(
    "command",
    ["echo 3/4 {output}", "python {input}/file > /dev/null", "awk '{{print a/b}}' {input}"],
)
def test_commands_that_stay(command):
    assert problems(command=command) == []


def test_rules_with_the_same_problem_are_named_together():
    rules = tuple(
        Rule(**{**GOOD, "name": f"skim_{number}", "container": ""}) for number in range(5)
    )
    (error,) = check_rules(Plan(rules, (), frozenset(), ()))
    assert error.where == "rules skim_0, skim_1, skim_2 and 2 more"


def test_what_is_inside_of_the_folder():
    assert [is_inside(path) for path in ("a/b", "/a", "~/a", "../a", "a/../b", "")] == [
        True,
        False,
        False,
        False,
        False,
        False,
    ]


def test_what_is_covered():
    assert is_covered("a/b/c", ["a/b/c"], [])
    assert is_covered("a/b/c", [], ["a/b/"])
    assert not is_covered("a/bc", ["a"], ["a/b"])


def test_all_analyses_by_default(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("b", "a", "c"):
        Path(f"config/analyses/{name}").mkdir(parents=True)
    for name in ("b", "a"):
        Path(f"config/analyses/{name}/analysis.yaml").touch()
    assert check_reana.shipped_analyses() == ["a", "b"]
