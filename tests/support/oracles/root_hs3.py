"""-2 ln L of a document of HS3 at some points, by RooFit.

A program for any Python that has ROOT: `root_hs3.py document.json found.json`, with a list of
parameter → value on stdin.
"""

import json
import math
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any


def minus_two_log_likelihood(
    root: Any, path: str, points: list[Mapping[str, float]]
) -> list[float]:
    """At each point, up to one constant.

    RooFit's data of all regions together cannot be made from HS3's of each: so the regions without
    constraints, and each constraint once.

    Args:
        root: the module.
        path: of the document.
        points: parameter → value.
    """
    document = json.loads(Path(path).read_text())
    workspace = root.RooWorkspace("workspace")
    root.RooJSONFactoryWSTool(workspace).importJSON(path)
    regions = [
        workspace.pdf(f"{name.removeprefix('model_')}_model").createNLL(
            workspace.data(data), Extended=True
        )
        for likelihood in document["likelihoods"]
        for name, data in zip(likelihood["distributions"], likelihood["data"], strict=True)
    ]
    constraints = []
    for pdf in workspace.allPdfs():
        if pdf.GetName().endswith("onstraint"):
            names = [item for item in pdf.getVariables() if item.GetName().startswith("nom_")]
            constraints.append((pdf, root.RooArgSet(*names)))
    found = []
    for point in points:
        for name, value in point.items():
            if variable := workspace.var(name):
                variable.setVal(value)
        terms = [pdf.getVal(nominal) for pdf, nominal in constraints]
        found.append(2 * sum(region.getVal() for region in regions) - 2 * sum(map(math.log, terms)))
    return found


def main() -> None:
    """Write what is found."""
    import ROOT

    ROOT.RooMsgService.instance().setGlobalKillBelow(ROOT.RooFit.WARNING)
    _, document, output = sys.argv
    points = json.load(sys.stdin)
    Path(output).write_text(json.dumps(minus_two_log_likelihood(ROOT, document, points)))


if __name__ == "__main__":
    main()
