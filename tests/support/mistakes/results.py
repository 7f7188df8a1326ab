"""Mistakes with named results and with the entry for RECAST."""

from collections.abc import Callable
from inspect import isfunction

from support.tiny.mistakes import Run, check_run, set_value


def result_names() -> Run:
    """A file, a signal, a parameter, a region and a placeholder that are not there, and a name that
    is taken.
    """
    pointers = {
        "file": ("limit.json", "/limits/signal_200/observed"),
        "signal": ("limits.json", "/limits/signal_20/observed"),
        "parameter": ("fit.json", "/fits/signal_200/parameters/norm_dyy/value"),
        "fit": ("fit.json", "/fits/background/parameters/mu/value"),
        "region": ("summary.json", "/yields/serch/observed"),
        "cutflow": ("cutflow/dy_lo.json", "/regions/search/0/events"),
        "limit_{signals}": ("limits.json", "/limits/{signals}/observed"),
        "unnamed": ("limits.json", "/limits/{signal}/observed"),
        "of_{signal}": ("limits.json", "/limits/{signal}/observed"),
        "of_signal_200": ("limits.json", "/limits/signal_200/observed"),
    }
    set_value(
        "results",
        value={
            name: {"file": file, "pointer": pointer} for name, (file, pointer) in pointers.items()
        },
    )
    return check_run


def result_shapes() -> Run:
    """The notation of a pointer, and the keys."""
    set_value("results", value={})
    set_value(
        "results", "dots", value={"file": "limits.json", "pointer": "limits.signal_200.observed"}
    )
    set_value("results", "key", value={"file": "limits.json", "key": "/limits/signal_200/observed"})
    set_value("results", "a name", value={"file": "limits.json", "pointer": "/exclusion/observed"})
    return check_run


def recast_examples() -> Run:
    """A signal that is not there, a name that is taken, a file that nobody else has, more than one
    signal.
    """
    like = {"like": "signal_200", "datasets": {"signal_200": {}}}
    examples = {
        "a": {**like, "like": "signal_20"},
        "archived": like,
        "b": {**like, "datasets": {"signal_200": {"files": ["b.root"]}}},
        "c": {**like, "grid": [{"mass": 200}]},
    }
    set_value("publication", value={"recast": {"examples": examples}})
    return check_run


CASES: dict[str, Callable[[], Run]] = {
    name: item
    for name, item in list(vars().items())
    if isfunction(item) and item.__module__ == __name__ and name[0] != "_"
}
