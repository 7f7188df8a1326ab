"""Write the likelihood for publication: the model of the backgrounds, and a patch set that adds
each signal.

`BkgOnly.json` and `patchset.json` have the format of pyhf (specification 1.0.0), as in ATLAS
publications (ATL-PHYS-PUB-2019-029). `README.md` has the commands that compute the
numbers of `cls.json` with pyhf alone.
"""

import sys

from wollemi.base.json_files import read_json, render_json
from wollemi.job.absent_model import require_model
from wollemi.job.command_line import Program
from wollemi.job.job import Job, run_program
from wollemi.model.published_likelihood import (
    NO_RECORD,
    all_cls,
    common_background,
    patch_set,
    readme,
)
from wollemi.results.cls import Cls
from wollemi_likelihood.interpolation import interpolation_of

SECTIONS = ("name", "title", "limits", "inspire_id")
PROGRAM = Program(
    __file__,
    __doc__,
    inputs={
        "workspaces": "pyhf workspaces, each named <signal>.json",
        "template": "template of the README",
    },
    outputs={
        "background": "model and data without signal",
        "patchset": "a patch a signal",
        "cls": "CLs of each signal",
        "readme": "README",
    },
    sections=SECTIONS,
)


def main(job: Job) -> None:
    """Write the package."""
    require_model(job.inputs("workspaces"))
    settings = job.settings
    workspaces = {path.stem: read_json(path) for path in job.inputs("workspaces")}
    hepdata = settings.inspire_id or NO_RECORD
    about = {
        "name": settings.name,
        "title": settings.title,
        "hepdata": hepdata,
        "description": settings.title,
    }
    background = common_background(workspaces)
    patches = patch_set(workspaces, background, settings.limits.points or {}, about)
    values = all_cls(workspaces)
    job.output("background").write_text(render_json(background), encoding="utf-8")
    job.output("patchset").write_text(render_json(patches), encoding="utf-8")
    measurement = next(iter(workspaces.values()))["measurements"][0]["name"]
    head = {
        "measurement": measurement,
        "signal_strength": 1.0,
        "test_statistic": "qtilde",
        "method": "asymptotic",
    }
    job.write_json("cls", Cls.model_validate(head | {"signals": values}).plain())
    patch = next(iter(workspaces)) if values.keys() != workspaces.keys() else None
    text = readme(job.input("template"), about, values, patch, interpolation_of(measurement))
    job.output("readme").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    sys.exit(run_program(PROGRAM, main))
