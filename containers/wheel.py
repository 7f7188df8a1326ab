"""What a wheel holds beside the package: the workflow, which `wollemi start` copies into a folder.

A hook of hatchling, because a checkout that is installed as it is needs no second copy.
"""

import runpy
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

LIST = "scripts/wollemi/commands/carried.py"


class WorkflowHook(BuildHookInterface):
    """Puts the workflow into `wollemi/project` of a wheel."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Name the files; hatchling calls it before it builds."""
        if version != "editable":
            root = Path(self.root)
            carried = runpy.run_path(str(root / LIST))["WORKFLOW"]
            paths = [*(root / name for name in carried), *(root / "scripts").glob("*.py")]
            build_data["force_include"] |= {
                str(path): f"wollemi/project/{path.relative_to(root)}" for path in paths
            }
