"""Each kind of difference is told apart in one sentence."""

import copy

import pytest

from wollemi.history.causes import Work, find_causes, sentence

RECORD = "results/run/records/fit.json"
WORK = Work(
    "results/run",
    {
        RECORD: {
            "inputs": {
                "input/a.root": "1",
                "results/run/events.parquet": "5",
                "config/analyses/run/hooks.py": "9",
            },
            "outputs": {"results/run/fit.json": "2"},
            "code": {"scripts/fit.py": "3", "scripts/wollemi/fit.py": "8"},
            "environment": {"uv.lock": "4"},
            "packages": {"numpy": "2.4.5", "python": "3.11"},
            "settings": {"regions": "6", "goodness": "7"},
        },
        "results/run/records/skim.json": {
            "inputs": {},
            "outputs": {"results/run/events.parquet": "5"},
            "code": {},
            "environment": {},
            "packages": {},
        },
    },
    {"regions": {"SR": {"selection": "m > 200"}}, "goodness": {"seed": 5, "toys": 10}},
    "0123456789",
)


def changed(*path, value, work=WORK):
    """The work with one value changed: of the record, or of the document."""
    now = Work(work.run, copy.deepcopy(work.records), copy.deepcopy(work.document), "abcdef0123")
    place = now.document if path[0] in now.document else now.records[RECORD]
    for name in path[:-1]:
        place = place[name]
    place[path[-1]] = value
    if path[0] in now.document:
        now.records[RECORD]["settings"][path[0]] = "other"
    return now


@pytest.mark.parametrize(
    ("now", "text"),
    [
        (
            changed("regions", "SR", "selection", value="m > 250"),
            'a setting (regions.SR.selection: "m > 200" → "m > 250")',
        ),
        (changed("goodness", "seed", value=6), "another seed (goodness.seed: 5 → 6)"),
        (changed("packages", "numpy", value="2.4.6"), "a package (numpy 2.4.5 → 2.4.6)"),
        (changed("inputs", "input/a.root", value="other"), "another input file (input/a.root)"),
        (
            changed("code", "scripts/wollemi/fit.py", value="other"),
            "code (scripts/wollemi/fit.py, commit 01234567 → abcdef01)",
        ),
        (
            changed("inputs", "config/analyses/run/hooks.py", value="other"),
            "code (config/analyses/run/hooks.py, commit 01234567 → abcdef01)",
        ),
        (changed("environment", "uv.lock", value="other"), "an environment file (uv.lock)"),
    ],
)
def test_each_cause_has_its_sentence(now, text):
    assert sentence(find_causes(WORK, now)) == f"What differs is {text}."


def test_what_a_job_has_made_is_no_cause():
    now = changed("inputs", "results/run/events.parquet", value="other")
    assert find_causes(WORK, now) == []
    assert sentence([]).startswith("Both were made with the same settings, code")


def test_several_causes_are_one_sentence():
    now = changed("packages", "numpy", value="2.4.6", work=changed("goodness", "toys", value=20))
    text = "What differs is a setting (goodness.toys: 10 → 20) and a package (numpy 2.4.5 → 2.4.6)."
    assert sentence(find_causes(WORK, now)) == text


def test_without_the_analysis_the_section_is_named():
    now = changed("regions", "SR", "selection", value="m > 250")
    now = Work(now.run, now.records, None)
    assert sentence(find_causes(WORK, now)) == "What differs is a setting (section 'regions')."


def test_many_are_counted_and_long_values_are_cut():
    now = changed("packages", value={"numpy": "3", "python": "4"})
    assert "(numpy 2.4.5 → 3; python 3.11 → 4)" in sentence(find_causes(WORK, now))
    now = changed("code", value={f"scripts/{number}.py": "x" for number in range(9)})
    assert " and 8 more)" in sentence(find_causes(WORK, now))
    now = changed("regions", "SR", "selection", value="m > 250 and " * 100 + "True")
    assert len(sentence(find_causes(WORK, now))) < 250


def test_another_step():
    records = {name: WORK.records[name] for name in (RECORD,)}
    text = sentence(find_causes(WORK, Work(WORK.run, records, WORK.document)))
    assert text == "What differs is another step (skim)."
