"""Check that REANA can run the rules. Its engine submits shell commands, each in a container, in a
folder known only there.

See `executor.py` of reanahub/reana-workflow-engine-snakemake for the submitted jobs, and
`schemas.py` and `kubernetes_job_manager.py` of reanahub/reana-job-controller for the values that
its job controller accepts.
"""

import re
from collections.abc import Iterator
from pathlib import Path

from wollemi.reana.plan import Plan, Rule
from wollemi.reana.specification import is_inside
from wollemi_likelihood.base.errors import WollemiError

# `KUBERNETES_MEMORY_FORMAT` and `KUBERNETES_CPU_FORMAT` of reana-commons.
_MEMORY = re.compile(r"(\d+|(\d+\.)?\d+[KMGTPE]i?)")
_CPU = re.compile(r"(\d+m|(\d+\.)?\d+)")
_OUTSIDE = re.compile(r"""(?:^|(?<=[\s='"<>:]))(?:/|~|\.\./)[^\s'";|&)]*""")
_HARMLESS = {"/dev/null", "/dev/stderr", "/dev/stdout"}
_RESOURCES_REMEDY = "give the rule **job_resources(...) of workflow/rules/common.smk"


def check_rules(plan: Plan) -> list[WollemiError]:
    """Problems of the rules, one per kind, with the affected rules.

    Args:
        plan: Plan with the rules of an analysis.
    """
    found: dict[tuple[str, str], list[str]] = {}
    for rule in plan.rules:
        for problem in _problems(rule):
            found.setdefault(problem, []).append(rule.name)
    return [
        WollemiError(_names(rules), problem, remedy) for (problem, remedy), rules in found.items()
    ]


def local_images(plan: Plan) -> list[str]:
    """Images that exist only on this machine, as named by podman; a cluster cannot pull them."""
    names = {rule.container.removeprefix("docker://") for rule in plan.rules}
    return sorted(name for name in names if name.startswith("localhost/"))


def _names(rules: list[str]) -> str:
    if len(rules) == 1:
        return f"rule {rules[0]}"
    return f"rules {', '.join(rules[:3])}" + (
        f" and {len(rules) - 3} more" if len(rules) > 3 else ""
    )


def _problems(rule: Rule) -> Iterator[tuple[str, str]]:
    if rule.kind != "shell":
        yield (
            f"'{rule.kind}:' instead of 'shell:', and REANA runs shell commands only",
            "write a program, and call it in 'shell:'",
        )
    for section in rule.functions:
        yield (
            f"a named function in '{section}:', which REANA's client cannot send",
            "compute plain values when the file is parsed, or give the function no name",
        )
    yield from _image_problems(rule.container)
    yield from _resource_problems(rule)
    yield from _path_problems(rule)


def _image_problems(image: str) -> Iterator[tuple[str, str]]:
    name = image.removeprefix("docker://")
    tag = name.rpartition("/")[2].partition(":")[2]
    if not name:
        yield (
            "no container, so that REANA would take an image without the packages",
            "add 'container: IMAGE'",
        )
    elif "://" in name or name.endswith(".sif"):
        yield (
            f"the image '{image}' comes from no container registry",
            "name it as docker://<registry>/<name>:<tag>",
        )
    elif tag in ("", "latest") and "@sha256:" not in name:
        yield (
            f"the image '{image}' has no fixed version",
            "name it with a tag other than latest, or with its digest",
        )


def _resource_problems(rule: Rule) -> Iterator[tuple[str, str]]:
    memory = rule.resources.get("kubernetes_memory_limit")
    cpu = rule.resources.get("kubernetes_cpu_request")
    timeout = rule.resources.get("kubernetes_job_timeout")
    if not isinstance(memory, str) or not _MEMORY.fullmatch(memory):
        yield (
            f"memory: kubernetes_memory_limit is {_value(memory)}, not such as '512M'",
            _RESOURCES_REMEDY,
        )
    if not isinstance(cpu, str) or not _CPU.fullmatch(cpu):
        yield (
            f"cpu: kubernetes_cpu_request is {_value(cpu)}, not such as '1' or '500m'",
            _RESOURCES_REMEDY,
        )
    if not isinstance(timeout, int) or timeout <= 0:
        yield (
            (
                f"job timeout: kubernetes_job_timeout is {_value(timeout)}, not a number of "
                "seconds above 0"
            ),
            _RESOURCES_REMEDY,
        )


def _value(value: object) -> str:
    return "missing" if value is None else repr(value)


def _path_problems(rule: Rule) -> Iterator[tuple[str, str]]:
    outside = [path for path in rule.paths if path.startswith(("/", "~", "../"))]
    outside += [
        word
        for word in _OUTSIDE.findall(rule.command)
        if word not in _HARMLESS and not is_inside(word)
    ]
    for path in dict.fromkeys(outside):
        yield (
            f"'{path}' is outside of the folder of the workflow",
            "bring it into the folder and name it relative to it",
        )
    words = re.split(r"""[\s='"<>;|&()]+""", rule.command)
    for word in sorted(
        {word for word in words if "{" not in word and is_inside(word) and Path(word).is_file()}
    ):
        if word not in rule.paths:
            yield (
                f"the command reads '{word}', which is not an input of the rule",
                "add it to 'input:'",
            )
