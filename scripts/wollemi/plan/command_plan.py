"""The commands of other frameworks in a run, with inputs and outputs as named in the rule.

Standard library only.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from wollemi.analysis.plain.commands import FOLDER, commands, input_datasets, used_commands
from wollemi.analysis.plain.queries import as_list
from wollemi.plan.dataset_plan import DatasetPlan


@dataclass(frozen=True)
class CommandPlan(DatasetPlan):
    """Datasets, and the commands that write some of their files."""

    @property
    def commands(self) -> list[str]:
        """Commands of other frameworks that have to run."""
        return used_commands(self.analysis.plain)

    def command_lists(self, command: str) -> dict[str, list[str]]:
        """Dataset → its files, for the datasets that a command reads."""
        return {
            name: self.dataset_files(name) for name in input_datasets(self.analysis.plain, command)
        }

    def command_inputs(self, command: str) -> list[str]:
        """Files of the datasets that a command reads."""
        lists = self.command_lists(command).values()
        return list(dict.fromkeys(file for files in lists for file in files))

    def command_manifests(self, command: str) -> list[str]:
        """Manifests of the datasets that a command reads."""
        names = input_datasets(self.analysis.plain, command)
        return [path for name in names for path in self.dataset_manifest(name)]

    def command_files(self, command: str) -> list[str]:
        """Code and other files that a command needs."""
        return as_list(commands(self.analysis.plain)[command].get("files"))

    def command_outputs(self, command: str) -> list[str]:
        """Files that a command writes."""
        outputs = as_list(commands(self.analysis.plain)[command]["outputs"])
        return self.paths(f"{FOLDER}/{command}/{name}" for name in outputs)

    def command_settings(self, command: str) -> dict[str, Any]:
        """The entry of a command."""
        return dict(commands(self.analysis.plain)[command])
