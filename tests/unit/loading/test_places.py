"""Every expression of the shipped analyses: a name with one more letter is reported with its place
and the right name.
"""

import copy
import re

import pytest
from support.project.paths import ROOT

from wollemi.analysis.plain.datasets import event_datasets
from wollemi.analysis.plain.needed_columns import needed_branches
from wollemi.analysis.plain.triggers import with_triggers
from wollemi.loading.all import check_references
from wollemi.loading.load import read_analysis
from wollemi.loading.places import expressions_of, locate_place, missing_lines, written_place
from wollemi_likelihood.base.errors import MissingBranchError
from wollemi_likelihood.base.nearest import nearest_name
from wollemi_likelihood.expressions.syntax import used_names

SHIPPED = sorted(path.parent.name for path in (ROOT / "config/analyses").glob("*/analysis.yaml"))


def misspelled(document, place, name):
    """The analysis with the last letter of a name doubled where it stands in an expression; none:
    it is not written like that.
    """
    changed = copy.deepcopy(document)
    parent, key = locate_place(changed, place)
    if parent is None or not isinstance(parent[key], str | list):
        return None
    pattern, wrong = rf"(?<![\w.]){re.escape(name)}(?![\w(])", f"{name}{name[-1]}"
    if isinstance(parent[key], list):  # what a hook uses
        parent[key] = [re.sub(pattern, wrong, used) for used in parent[key]]
    else:
        parent[key] = re.sub(pattern, wrong, parent[key])
    return changed if changed != document else None


def reported(document, dataset, branches):
    """What is said of an analysis whose files have some branches."""
    problems = check_references(document)
    if problems:
        return problems
    # As a step on the dataset sees it.
    seen = with_triggers(document, dataset)
    needed = needed_branches(seen, dataset)
    missing = {
        name: nearest_name(name, [*branches, *seen.get("objects", {}), *seen.get("columns", {})])
        for name in needed
    }
    missing = {name: nearest for name, nearest in missing.items() if name not in branches}
    error = MissingBranchError("the file", "lacks branches", "correct the name", missing)
    lines = missing_lines(seen, expressions_of(seen, dataset), error)
    return [f"{written_place(document, dataset, place)}: {line}" for place, line in lines]


@pytest.mark.parametrize("analysis", SHIPPED)
def test_a_misspelled_name_is_told_with_its_place(analysis):
    document = read_analysis(ROOT / "config/analyses" / analysis / "analysis.yaml").plain
    tried = set()
    for dataset in event_datasets(document):
        seen = with_triggers(document, dataset)
        branches = needed_branches(seen, dataset)
        assert reported(document, dataset, branches) == []
        for place, text, _ in expressions_of(seen, dataset):
            for name in used_names(text):
                changed = None if (place, name) in tried else misspelled(document, place, name)
                tried.add((place, name))
                # That of a part of a dataset is written at the whole one; nobody writes the
                # columns of a missing momentum.
                written = written_place(document, dataset, place)
                if changed is not None and not written.startswith("missing_momentum."):
                    wrong = f"{name}{name[-1]}"
                    lines = [
                        line
                        for line in reported(changed, dataset, branches)
                        if line.startswith(f"{written}: ")
                    ]
                    assert any(wrong.rpartition(".")[2] in line for line in lines), (place, wrong)
                    known = {*branches, *seen.get("objects", {}), *seen.get("columns", {})}
                    assert name not in known or any(
                        f"did you mean '{name}'?" in line for line in lines
                    ), (place, wrong, lines)
    assert tried
