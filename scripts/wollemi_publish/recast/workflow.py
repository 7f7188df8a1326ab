"""The workflow of a RECAST entry, in the language of yadage and packtivity (yadage-schemas 0.10).

It is written out with every default: with recent versions of jsonschema, yadage-schemas 0.10 does
not expand anything.
"""

from collections.abc import Sequence
from typing import Any

STEP = "reinterpret_signal"
STEP_REFERENCE = f"steps.yml#/{STEP}"
INITIAL = ("archive", "signal", "cores")
# Published file of the step → its description.
RESULT_FILES = {
    "reinterpretation.json": "limits, CLs, cutflows and acceptance",
    "results.json": "named results",
}
# The archive contains the programs; the packages come from the image, which has the same lock file.
_COMMAND = """\
set -e
cd '{folder}'
python3 -m zipfile -e '{archive}' archive
python3 -B archive/scripts/reinterpret_signal.py --archive archive --signal '{signal}' --work work --cores {cores}
cp work/reinterpretation.json reinterpretation.json
"""  # noqa: E501
_PLAIN: dict[str, Any] = {
    "resources": [],
    "envscript": "",
    "env": {},
    "workdir": None,
    "par_mounts": [],
}
# Patches of the likelihood have no named results; other signals in the file have a separate folder.
_NAMED_RESULTS = """\
echo null > results.json
for run in work/run work/events/run; do
    if [ -f $run/results/{analysis}/results.json ]; then cp $run/results/{analysis}/results.json results.json; fi
done
"""  # noqa: E501


def workflow_document() -> dict[str, Any]:
    """The workflow: one step, from an archive and a file of signals to its results."""
    dependencies = {"dependency_type": "jsonpath_ready", "expressions": ["init"]}
    selected = {
        name: {"expression_type": "stage-output-selector", "step": "init", "output": name}
        for name in INITIAL
    }
    values = {**selected, "folder": "{workdir}"}
    scheduler = {
        "scheduler_type": "singlestep-stage",
        "parameters": [{"key": key, "value": value} for key, value in values.items()],
        "step": {"$ref": STEP_REFERENCE},
    }
    return {"stages": [{"name": STEP, "dependencies": dependencies, "scheduler": scheduler}]}


def step_document(analysis: str, results: Sequence[str], image: str, tag: str) -> dict[str, Any]:
    """The step of the workflow.

    Args:
        analysis: Name of the analysis.
        results: Names of the published files.
        image: Name of the container image.
        tag: Tag of the image.
    """
    named = _NAMED_RESULTS if "results.json" in results else ""
    return {
        STEP: {
            "process": {
                "process_type": "string-interpolated-cmd",
                "cmd": (_COMMAND + named).replace("{analysis}", analysis),
            },
            "publisher": {
                "publisher_type": "interpolated-pub",
                "publish": {file.partition(".")[0]: f"{{workdir}}/{file}" for file in results},
                "glob": False,
                "relative_paths": False,
            },
            "environment": {
                "environment_type": "docker-encapsulated",
                "image": image,
                "imagetag": tag,
                **_PLAIN,
            },
        }
    }
