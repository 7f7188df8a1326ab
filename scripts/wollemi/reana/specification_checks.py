"""Check that a specification lists everything its analysis needs, and only existing files."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from wollemi.analysis.plain.queries import as_list
from wollemi.base.user_commands import user_command
from wollemi.base.yaml import load_yaml
from wollemi.reana.plan import Plan
from wollemi.reana.specification import (
    is_covered,
    is_inside,
    parameters_path,
    reana_parameters,
    specification_path,
    tests_path,
)
from wollemi_likelihood.base.errors import WollemiError
from wollemi_likelihood.base.nearest import did_you_mean

_SECTIONS = ("inputs", "workflow", "outputs")


def _write(name: str) -> str:
    return "run " + user_command(f"python scripts/check_reana.py --write {name}")


def check_specification(name: str, plan: Plan) -> list[WollemiError]:
    """Problems of the specification of an analysis.

    Args:
        name: Name of the analysis.
        plan: Snakemake's plan for it.
    """
    path = specification_path(name)
    write = _write(name)
    if not Path(path).is_file():
        return [WollemiError(path, "does not exist", write)]
    document = load_yaml(path)
    missing = [
        section
        for section in _SECTIONS
        if not isinstance(document, dict) or not isinstance(document.get(section), dict)
    ]
    if missing:
        return [
            WollemiError(path, f"the section '{section}' is missing", write) for section in missing
        ]
    parameters = list(_check_parameters(path, name, document["inputs"].get("parameters") or {}))
    return [
        *_check_workflow(path, document["workflow"]),
        *parameters,
        *_check_inputs(path, document["inputs"], plan),
        # Outputs of another configuration have other names: each would be reported, and none is the
        # cause.
        *([] if parameters else _check_outputs(path, document["outputs"], plan)),
        *_check_tests(path, name, document.get("tests") or {}),
    ]


def _check_workflow(path: str, workflow: dict[str, Any]) -> Iterator[WollemiError]:
    for key, expected in (("type", "snakemake"), ("file", "Snakefile")):
        if workflow.get(key) != expected:
            yield WollemiError(
                f"{path}: workflow.{key}", f"is {workflow.get(key)!r}", f"set it to '{expected}'"
            )


def _check_parameters(path: str, name: str, parameters: dict[str, Any]) -> Iterator[WollemiError]:
    file = parameters_path(name)
    if parameters != {"input": file}:
        where = f"{path}: inputs.parameters"
        yield WollemiError(
            where,
            f"is {parameters!r}",
            f"write 'input: {file}' there: REANA passes this file as the configuration",
        )
    if not Path(file).is_file():
        yield WollemiError(file, "does not exist", _write(name))
        return
    given, expected = load_yaml(file) or {}, reana_parameters(name)
    for key in sorted(given.keys() | expected.keys()):
        if key not in expected:
            yield WollemiError(
                f"{file}: {key}",
                f"is not a key of the configuration{did_you_mean(key, expected)}",
                "remove it",
            )
        elif key not in given:
            yield WollemiError(
                f"{file}: {key}",
                "is missing",
                f"set it to {expected[key]!r}, as in the configuration",
            )
        elif given[key] != expected[key]:
            problem = f"is {given[key]!r}, and the configuration says {expected[key]!r}"
            yield WollemiError(
                f"{file}: {key}",
                problem,
                f"{_write(name)}, or edit config/config.yaml",
            )


def _check_inputs(path: str, inputs: dict[str, Any], plan: Plan) -> Iterator[WollemiError]:
    files, directories = as_list(inputs.get("files")), as_list(inputs.get("directories"))
    kinds = (
        ("files", files, Path.is_file, "file"),
        ("directories", directories, Path.is_dir, "folder"),
    )
    for section, names, is_there, kind in kinds:
        for name in names:
            if not is_inside(name):
                problem = f"'{name}' is outside of the folder of the workflow"
                yield WollemiError(
                    f"{path}: inputs.{section}",
                    problem,
                    "bring it into the folder and name it relative to it",
                )
            elif not is_there(Path(name)):
                yield WollemiError(
                    f"{path}: inputs.{section}",
                    f"{kind} '{name}' does not exist",
                    "correct or remove the line",
                )
    for name in plan.needed:
        if is_inside(name) and not is_covered(name, files, directories):
            remedy = "add it to inputs.files, or its folder to inputs.directories"
            yield WollemiError(
                f"{path}: inputs", f"'{name}' is read by the workflow and not listed", remedy
            )


def _check_outputs(path: str, outputs: dict[str, Any], plan: Plan) -> Iterator[WollemiError]:
    files, directories = as_list(outputs.get("files")), as_list(outputs.get("directories"))
    for name in files:
        if name not in plan.made:
            problem = f"no rule makes '{name}'{did_you_mean(name, sorted(plan.made))}"
            yield WollemiError(f"{path}: outputs.files", problem, "correct or remove the line")
    for name in directories:
        if not any(is_covered(made, (), [name]) for made in plan.made):
            yield WollemiError(
                f"{path}: outputs.directories",
                f"no rule makes a file in '{name}'",
                "correct or remove the line",
            )
    for name in plan.products:
        if not is_covered(name, files, directories):
            yield WollemiError(
                f"{path}: outputs", f"the product '{name}' is not named", "add it, or its folder"
            )


def _check_tests(path: str, name: str, tests: dict[str, Any]) -> Iterator[WollemiError]:
    listed, own = as_list(tests.get("files")), tests_path(name)
    for file in listed:
        if not Path(file).is_file():
            yield WollemiError(
                f"{path}: tests.files", f"'{file}' does not exist", "correct or remove the line"
            )
    if Path(own).is_file() and own not in listed:
        yield WollemiError(f"{path}: tests.files", f"'{own}' is not listed", "add it")
