"""Workspaces of the example, and the example with a second variable in each region."""

import copy

from build_workspace import SECTIONS

from support.example.analysis import DOCUMENT
from support.example.products import settings
from wollemi.model.workspace import WorkspaceBuilder

MONITORED = copy.deepcopy(DOCUMENT)
MONITORED["variables"]["other"] = MONITORED["variables"]["mass"]
for _region in MONITORED["regions"].values():
    _region["monitor"] = ["other"]


def build(histograms, document=DOCUMENT):
    """The workspace of the signal."""
    return WorkspaceBuilder(settings(SECTIONS, document), histograms).build("signal")
