"""Stacks of a test, with the names that all of them have."""

from wollemi.plots.stack import Stack
from wollemi.plots.style import PlotLabels


def stack_of(axis, layers, observed, uncertainty, lines=(), title="SR", stage="", **more):
    """A stack of layers and lines, with a band and data if they are not None."""
    names = ("Data", title, stage, PlotLabels("X", "8 TeV"))
    return Stack(axis, layers, lines, uncertainty, "Stat. unc.", observed, *names, **more)
