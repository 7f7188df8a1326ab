"""Curves of others on the limit plot of the tiny analysis."""

import hashlib
from pathlib import Path

from support.tiny.analysis import ANALYSIS
from support.tiny.mistakes import set_value
from wollemi.analysis.view import view_of
from wollemi.loading.expand import plain_document
from wollemi.loading.load import read_document
from wollemi.plan.plan import Plan

TABLE = b"mass [TeV],observed [fb],expected [fb]\n0.2,100,200\n0.3,50,70\n"


def give_overlays() -> Plan:
    """Two curves of one public file, which is in the mirror."""
    Path("mirror/limits.csv").write_bytes(TABLE)
    remote = {"url": "http://127.0.0.1:9/limits.csv", "size": len(TABLE)}
    remote["sha256"] = hashlib.sha256(TABLE).hexdigest()
    set_value("plots", "limit_x", value={"label": "mass [GeV]"})
    names = ("observed", "expected")
    set_value("overlays", value={name: {"label": name, "y": name, **remote} for name in names})
    return Plan(view_of(plain_document(read_document(Path(ANALYSIS)))), "tiny")
