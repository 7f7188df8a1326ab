"""Mistakes with systematics and backgrounds from data, as in `error_cases`."""

from collections.abc import Callable
from inspect import isfunction

from mistakes import Run, check_run, set_value


def correlations() -> Run:
    rate = {"kind": "normalization", "up": 1.1, "down": 0.9, "samples": ["dy"]}
    set_value("systematics", "rate_{eras}", value=rate)
    set_value("systematics", "rate_{era}", value=rate)
    set_value("systematics", "rate_{sample}", value=rate)
    set_value("systematics", "rate_dy", value=rate | {"eras": [2012], "regions": "serch"})
    return check_run


CASES: dict[str, Callable[[], Run]] = {
    name: item for name, item in list(vars().items()) if isfunction(item) and item.__module__ == __name__ and name[0] != "_"
}
