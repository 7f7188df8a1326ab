"""Mistakes with what is published."""

from collections.abc import Callable
from inspect import isfunction

from support.products.hepdata_texts import publication
from support.tiny.mistakes import Run, check_run, set_value


def paper() -> Run:
    """A plot with a typing mistake, and a table that is a plot."""
    chosen = {"figures": ["postfit_serch", "limits"], "tables": "search_mt"}
    set_value("publication", value={"paper": chosen})
    return check_run


def hepdata_descriptions() -> Run:
    """Two are missing, one has a name of no table, and one was left to be written later."""
    section = publication()
    tables = section["hepdata"]["tables"]
    del tables["covariance"], tables["prefit_peak"]
    tables["limit_mu"] = tables.pop("limits_mu")
    tables["cls"] = "TODO: say what this is"
    set_value("publication", value=section)
    return check_run


CASES: dict[str, Callable[[], Run]] = {
    name: item
    for name, item in list(vars().items())
    if isfunction(item) and item.__module__ == __name__ and name[0] != "_"
}
