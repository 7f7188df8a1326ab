"""Mistakes with what is published."""

from support.products.hepdata_texts import publication
from support.tiny.mistakes import Run, check_run, set_value


def hepdata_descriptions() -> Run:
    """Two are missing, one has a name of no table, and one was left to be written later."""
    section = publication()
    tables = section["hepdata"]["tables"]
    del tables["covariance"], tables["prefit_peak"]
    tables["limit_mu"] = tables.pop("limits_mu")
    tables["cls"] = "TODO: say what this is"
    set_value("publication", value=section)
    return check_run
