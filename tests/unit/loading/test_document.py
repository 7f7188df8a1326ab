"""One verdict: what the Snakefile refuses, the programs refuse, and the other way around."""

import json
import re
from collections import Counter
from pathlib import Path

import pytest
from support.documents.gates import program_problems, shipped, snakefile_problems
from support.documents.mutations import mutations
from support.project.paths import ROOT

from wollemi.loading.document import read_manifests
from wollemi_likelihood.base.errors import WollemiError

SHIPPED = shipped()
TEXTS = r"(^|\.)(title|description|label|experiment|data_label|theory_label|abstract|location|contact|publication|unit)$"  # noqa: E501
EXPRESSIONS = r"^columns\.\w+$|\.(selection|expression|weight|weights|factor|cuts|order|best)$|^skim\.selection|\.selection\."  # noqa: E501
FIELDS = r"^objects\.\w+\.(fields|calibrate)\.|^systematics\.\w+\.(up|down)"
IN_LISTS_OF_NAMES = (
    r"\.(samples|datasets|monitor|log_x|log_y|show_signals|stack_signals|regions|uses)\.\d+$"
)


def is_text_for_people(path, mutation):
    places = rf"{TEXTS}|^plots\.(regions|samples|annotations)\.|^publication\.hepdata\."
    return isinstance(mutation.new, str) and re.search(places, path)


def is_number_within_bounds(path, mutation):
    numbers = [
        isinstance(value, int | float) and not isinstance(value, bool)
        for value in (mutation.old, mutation.new)
    ]
    return all(numbers) and abs(mutation.new) <= 1e20


def inserted(mutation):
    """The value of a new key."""
    value = mutation.document
    for key in (*mutation.path, mutation.new):
        value = value[key]
    return value


def is_left_out(path, mutation):
    if mutation.kind == "insert":
        return inserted(mutation) is None
    return (
        mutation.kind == "delete"
        or mutation.new is None
        or (mutation.new in ([], {}) and mutation.old)
    )


def is_expression(path, mutation):
    if mutation.kind == "insert":
        return isinstance(inserted(mutation), str) and re.search(
            f"{EXPRESSIONS}|{FIELDS}", f"{path}.{mutation.new}"
        )
    return isinstance(mutation.new, str | int | float) and re.search(
        f"{EXPRESSIONS}|{FIELDS}", path
    )


def is_read_elsewhere(path, mutation):
    return re.search(
        r"\.(settings|files|options|examples|url|tree|record|names|inputs|histograms|collection|path)(\.|$)|^hooks",
        path,
    )


def is_name_of_its_own(path, mutation):
    return (mutation.kind == "rename" or (mutation.kind, path) == ("insert", "columns")) and (
        re.fullmatch(r"[A-Za-z]\w*", str(mutation.new))
    )


def is_short_form(path, mutation):
    return (
        mutation.kind == "wrap"
        and mutation.new == [mutation.old]
        and isinstance(mutation.old, str | int | float)
    )


def is_choice(path, mutation):
    return isinstance(mutation.new, bool) and isinstance(mutation.old, bool)


# Why a change is no mistake that a check of the file alone could find, by class. An empty list or
# mapping is one left out.
LEGITIMATE = {
    "a text for people says what its author wants": is_text_for_people,
    "a number within its bounds is the physicist's": is_number_within_bounds,
    "what is optional, or one of several, may be left out": is_left_out,
    "an expression of the language; its names are compared with the files": is_expression,
    "checked by what reads it: Pythia, the files, the hook, the example's own check": is_read_elsewhere,  # noqa: E501
    "a name of its own, which nothing refers to": is_name_of_its_own,
    "one name is a list of one": is_short_form,
    "a switch has two sides": is_choice,
}


def reason(mutation):
    """The class of a change that is no mistake; empty if there is none."""
    path = ".".join(map(str, mutation.path))
    return next((text for text, applies in LEGITIMATE.items() if applies(path, mutation)), "")


@pytest.mark.parametrize("name", SHIPPED)
def test_the_analyses_that_ship_pass_both(name):
    assert snakefile_problems(SHIPPED[name], name) == program_problems(SHIPPED[name], name) == []


@pytest.mark.parametrize(
    ("value", "valid"),
    [
        *((value, True) for value in (True, False, "keep")),
        *((value, False) for value in ("Keep", "kept", "true", "", 0, 1, 1.0, None, ["keep"], {})),
    ],
)
def test_negative_bins_are_floored_refused_or_kept(value, valid):
    document = SHIPPED["ttbar_agc"]
    document = {**document, "model": {**document["model"], "floor_negative_bins": value}}
    for problems in (snakefile_problems, program_problems):
        found = problems(document, "ttbar_agc")
        assert (found == []) == valid, found
        assert all("model.floor_negative_bins" in problem for problem in found)


@pytest.mark.parametrize(
    ("name", "seed"), [(name, 20260101 + number) for number, name in enumerate(SHIPPED)]
)
def test_a_random_mistake_has_one_verdict(name, seed):
    verdicts = Counter()
    for mutation in mutations(SHIPPED[name], 50, seed):
        of_snakefile, of_programs = (
            snakefile_problems(mutation.document, name),
            program_problems(mutation.document, name),
        )
        what = (mutation.kind, mutation.path, mutation.new, of_snakefile, of_programs)
        assert bool(of_snakefile) == bool(of_programs), what
        assert all(
            re.match(r"[^:\s][^:]*: \S", problem) for problem in [*of_snakefile, *of_programs]
        ), what
        assert of_programs or reason(mutation), what
        verdicts[bool(of_programs)] += 1
    assert verdicts[True] > verdicts[False] > 0


def test_a_manifest_is_checked_once(tmp_path, monkeypatch):
    """A batch job compares it with the plan of the run, and does not check it again."""
    monkeypatch.chdir(tmp_path)
    broken = {"format": "wollemi-manifest-1", "files": []}
    Path("m.json").write_text(json.dumps(broken))
    document = {
        "datasets": {"x": {"manifest": "m.json"}},
        "samples": {"s": {"role": "signal", "datasets": ["x"]}},
    }
    with pytest.raises(WollemiError, match=r"m.json: is not a manifest"):
        read_manifests(document, ROOT / "workflow/schemas")
    assert read_manifests(document, ROOT / "workflow/schemas", are_checked=True) == {
        "m.json": broken
    }
    Path("m.json").write_text("{")
    with pytest.raises(WollemiError, match=r"m.json: is not a manifest"):
        read_manifests(document, ROOT / "workflow/schemas", are_checked=True)
