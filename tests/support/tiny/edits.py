"""Edits of a project with the tiny analysis, and sets of the rules that they concern."""

import shutil

from support.tiny.analysis import edit_analysis
from support.tiny.events import copy_as_another
from wollemi.plan.registry import PLOTS, PRODUCTS

FIT = {
    "require_model",
    "throw_toys",
    *(item.program for item in PRODUCTS),
    *(item.batches for item in PRODUCTS if item.batches),
    "write_likelihood",
}
SUMMARY = {"summarize_results", "write_tables"}
OF_MODEL = {entry.program for entry in PLOTS} - {"plot_contour"}
STACKS = {"plot_regions", "plot_fit", *SUMMARY}
PLOTS = {*STACKS, *OF_MODEL}
MODEL = {"lint_templates", "build_workspace", *FIT, *OF_MODEL, *SUMMARY}
HISTOGRAMS = {*MODEL, "plot_regions"}
SIMULATION = ("dy_low", "dy_high", "dy_alternative", "signal_200")
EVENTS = ("data", *SIMULATION)


def each(step, datasets=EVENTS):
    return {f"{step}_{dataset}" for dataset in datasets}


def from_fill(datasets=EVENTS):
    after = HISTOGRAMS - ({"lint_templates"} if set(datasets) == {"data"} else set())
    return each("fill_histograms", datasets) | each("merge_parts", datasets) | after


def from_skim(datasets=EVENTS):
    return each("skim_events", datasets) | from_fill(datasets)


def setting(*path, value):
    """An edit that sets one value of the analysis file."""

    def edit(project):
        def change(document):
            for key in path[:-1]:
                document = document[key]
            document[path[-1]] = value

        edit_analysis(project, change)

    return edit


def one_more_dataset(project):
    copy_as_another(project / "input/dy_high_0.root", project / "input/dy_new.root")

    def change(document):
        new = {"cross_section_pb": 0.1, "files": ["input/dy_new.root"]}
        document["datasets"]["dy_new"] = document["datasets"]["dy_high"] | new
        document["samples"]["dy"]["datasets"].append("dy_new")

    edit_analysis(project, change)


def line_added(path, line="# Edited."):
    """An edit of a file: a comment, which is no code."""

    def edit(project):
        with (project / path).open("a") as file:
            file.write(f"\n{line}\n")

    return edit


def code_added(path):
    """An edit of a source file."""
    return line_added(path, "EDITED = True")


def text_replaced(path, old, new):
    """Another text in a file, where it stands once."""

    def edit(project):
        text = (project / path).read_text()
        assert text.count(old) == 1
        (project / path).write_text(text.replace(old, new))

    return edit


def other_file(project):
    shutil.copyfile(project / "input/dy_alternative_0.root", project / "input/dy_high_0.root")
