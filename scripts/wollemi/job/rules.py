"""Values of the rules that follow from the analysis and from the programs: dependencies, commands,
environments. Standard library only, for the Snakefile.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any

from wollemi.analysis.plain.queries import as_list
from wollemi.analysis.plain.sections import canonical_json, section_digests, select_sections
from wollemi.job.environments import environment_file
from wollemi.job.source_code import (
    file_facts,
    further_arguments,
    literal_arguments,
    literal_constant,
    rule_command,
    step_digests,
)
from wollemi.plan.plan import Plan
from wollemi.plan.registry import PRODUCTS

# Read once for all rules.
_known_facts = lru_cache(None)(file_facts)


@lru_cache(None)
def command(program: str) -> str:
    """The command line of a program, with the names of its rule."""
    return rule_command(f"scripts/{program}.py")


@lru_cache(None)
def code_state(program: str) -> str:
    """One digest of all code that determines a program's outputs."""
    return section_digests({"code": step_digests(f"scripts/{program}.py", _known_facts)})["code"]


def environment(program: str, own: str | None = None) -> str:
    """The conda environment of a rule, relative to a rule file.

    Args:
        program: Name of the program.
        own: Path of another environment, of a command of another framework.
    """
    return os.path.relpath(own or str(environment_file(program)), "workflow/rules")


class RuleValues:
    """Parameters of the rules of a run.

    Args:
        plan: Plan of the run.
        analysis: Path of the analysis file.
    """

    def __init__(self, plan: Plan, analysis: str) -> None:
        self._plan, self._analysis = plan, analysis

    def planned(
        self, program: str, dataset: str | None = None, command: str | None = None
    ) -> dict[str, str]:
        """Digests of the sections that a program declares, and of its code, as in its record: a
        change reruns its rule.
        """
        sections = literal_constant(f"scripts/{program}.py", "SECTIONS")
        selected = select_sections(self._plan.analysis.plain, sections, dataset, command=command)
        digests = section_digests(selected)
        settings = " ".join(f"{name}={digest}" for name, digest in sorted(digests.items()))
        return {"settings": settings, "code": code_state(program)}

    def model_inputs(self, program: str) -> dict[str, list[str]]:
        """The products of the model that a program reads, by the names of its inputs."""
        names = literal_arguments(f"scripts/{program}.py", "PROGRAM")["inputs"]
        made = [item.name for item in PRODUCTS if item.name in names]
        return {name: self._plan.product(name) for name in made}

    def of_command(self, name: str) -> dict[str, tuple[str]]:
        """Settings of a command of another framework, whose image cannot read an analysis file; in
        tuples, as braces in texts are wildcards.
        """
        return {
            "told": (canonical_json(self._plan.command_settings(name)),),
            "lists": (canonical_json(self._plan.command_lists(name)),),
        }

    def further_jobs(
        self,
        program: str,
        datasets: Sequence[str],
        *items: Callable[[str], Mapping[str, Any]],
    ) -> str:
        """The quoted arguments for all of these datasets except the first: its process runs their
        jobs as well.
        """
        return further_arguments(
            {
                "analysis": [self._analysis],
                "planned": [self.planned(program, dataset)["settings"]],
                "dataset": [dataset],
                "part": ["{part}"],
                "folder": [self._plan.files_folder(dataset)],
                **{name: as_list(value) for item in items for name, value in item(dataset).items()},
            }
            for dataset in datasets[1:]
        )
