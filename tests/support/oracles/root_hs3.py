"""-2 ln L of a document of HS3 at some points, by RooFit.

A program for any Python that has ROOT: `root_hs3.py document.json found.json`, with a list of
parameter → value on stdin.
"""

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any


def minus_two_log_likelihood(
    root: Any, path: str, points: list[Mapping[str, float]]
) -> list[float]:
    """At each point, up to one constant, by the data and the distribution of all regions together.

    Args:
        root: the module.
        path: of the document.
        points: parameter → value.
    """
    workspace = root.RooWorkspace("workspace")
    root.RooJSONFactoryWSTool(workspace).importJSON(path)
    if workspace.obj("analysis").GetPdf().GetName() != "simPdf":
        raise ValueError("the model of the analysis is another distribution")
    names = [item for item in workspace.allVars() if item.GetName().startswith("nom_")]
    together = workspace.pdf("simPdf").createNLL(
        workspace.data("data"), GlobalObservables=root.RooArgSet(*names)
    )
    found = []
    for point in points:
        for name, value in point.items():
            if variable := workspace.var(name):
                variable.setVal(value)
        found.append(2 * together.getVal())
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
