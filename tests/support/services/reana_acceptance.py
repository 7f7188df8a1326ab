"""Run acceptance tests by the parser of reana-commons on a local workspace. A program for an
environment with `reana-commons`.

What `reana-client test` asks a server for is read from the workspace, from what `reana_executor.py`
wrote about the run, and from the specification.
"""

import json
import sys
from pathlib import Path
from typing import Any

from reana_commons.gherkin_parser.data_fetcher import DataFetcherBase
from reana_commons.gherkin_parser.parser import parse_and_run_tests


class LocalFetcher(DataFetcherBase):  # type: ignore[misc]
    """A run on this machine, in the form of the answers of REANA's server."""

    def __init__(self, workspace: Path, result: dict[str, Any], specification: dict[str, Any]):
        self.workspace, self.result, self.specification = workspace, result, specification

    def list_files(
        self, workflow: str, file_name: str | None = None, **others: Any
    ) -> list[dict[str, Any]]:
        paths = [path for path in self.workspace.glob(file_name or "**/*") if path.is_file()]
        return [
            {"name": str(path.relative_to(self.workspace)), "size": self._size(path)}
            for path in paths
        ]

    @staticmethod
    def _size(path: Path) -> dict[str, Any]:
        return {"raw": path.stat().st_size, "human_readable": f"{path.stat().st_size} B"}

    def get_workflow_disk_usage(self, workflow: str, parameters: dict[str, Any]) -> dict[str, Any]:
        entries = [
            {"name": f"/{path.relative_to(self.workspace)}", "size": self._size(path)}
            for path in self.workspace.rglob("*")
        ]
        return {
            "disk_usage_info": [
                {"name": "", "size": {"raw": sum(item["size"]["raw"] for item in entries)}},
                *entries,
            ]
        }

    def get_workflow_logs(
        self, workflow: str, steps: list[str] | None = None, **others: Any
    ) -> dict[str, str]:
        jobs = {
            number: job
            for number, job in self.result["jobs"].items()
            if not steps or job["job_name"] in steps
        }
        return {
            "logs": json.dumps({"workflow_logs": "", "engine_specific": None, "job_logs": jobs})
        }

    def get_workflow_status(self, workflow: str) -> dict[str, Any]:
        return {"status": self.result["status"], "progress": self.result["progress"]}

    def get_workflow_specification(self, workflow: str) -> dict[str, Any]:
        return {"specification": self.specification}

    def download_file(self, workflow: str, file_name: str) -> tuple[bytes, str, bool]:
        return (self.workspace / file_name.lstrip("/")).read_bytes(), file_name, False


def main(workspace: str, result: str, specification: str, feature: str) -> None:
    """Print the outcome of each scenario as JSON."""
    run = json.loads(Path(result).read_text(encoding="utf-8"))
    fetcher = LocalFetcher(Path(workspace), run, json.loads(specification))
    _, outcomes = parse_and_run_tests(feature, "workflow", fetcher)
    print(
        json.dumps(
            [
                {
                    "scenario": item.scenario,
                    "result": item.result.name,
                    "failed": item.failed_testcase,
                }
                for item in outcomes
            ]
        )
    )


if __name__ == "__main__":
    main(*sys.argv[1:])
