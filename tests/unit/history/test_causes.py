"""Each kind of difference has its sentence."""

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


def test_a_new_version_is_one_cause_with_the_file_that_locks_it():
    now = changed(
        "packages", "numpy", value="2.4.6", work=changed("environment", value={"uv.lock": "x"})
    )
    text = "What differs is a package (numpy 2.4.5 → 2.4.6, in uv.lock)."
    assert sentence(find_causes(WORK, now)) == text


FETCHED = "results/run/files/data.root"


def with_public_file(digest, size):
    """A run whose data another job has fetched, by the checksum in the settings."""
    records = copy.deepcopy(WORK.records)
    records[RECORD]["inputs"][FETCHED] = digest
    records[RECORD]["settings"] = {"source": digest}
    records["results/run/records/fetch_dataset/data.json"] = {
        "program": "scripts/fetch_dataset.py",
        "inputs": {},
        "outputs": {FETCHED: digest},
        "packages": {},
    }
    file = {"url": "https://example.org/data.root", "size": size, "sha256": digest}
    return Work(WORK.run, records, {"datasets": {"data": {"files": [file]}}})


def test_the_checksum_of_another_file_is_no_other_setting():
    then, now = with_public_file("a" * 64, 10), with_public_file("b" * 64, 11)
    text = f"What differs is another input file ({FETCHED})."
    assert sentence(find_causes(then, now)) == text
    # A checksum alone is one: the file that it is of was not read.
    now = Work(now.run, then.records, now.document)
    now.records[RECORD]["settings"]["source"] = "other"
    assert "datasets.data.files[0].sha256" in sentence(
        find_causes(with_public_file("a" * 64, 10), now)
    )


CUTS = [f"cut_{number:02d} > {number}" for number in range(20)]


@pytest.mark.parametrize(
    ("place", "cut", "text"),
    [
        (
            19,
            "cut_19 > 7",
            '"… 18 and cut_19 > 19" → "… 18 and cut_19 > 7"',
        ),
        (
            0,
            "other > 0",
            '"cut_00 > 0 and cut_01 …" → "other > 0 and cut_01 …"',
        ),
        (
            10,
            "cut_10 > 10 and more > 1",
            '"… cut_10 > 10 and cut_11 > 11 and …" → '
            '"… cut_10 > 10 and more > 1 and cut_11 > 11 and …"',
        ),
    ],
)
def test_of_a_long_text_the_words_that_differ_are_shown(place, cut, text):
    cuts = [*CUTS[:place], cut, *CUTS[place + 1 :]]
    one, other = (
        changed("regions", "SR", "selection", value=" and ".join(values)) for values in (CUTS, cuts)
    )
    other.records[RECORD]["settings"]["regions"] = "another"
    assert sentence(find_causes(one, other)) == (
        f"What differs is a setting (regions.SR.selection: {text})."
    )


def test_another_step():
    records = {name: WORK.records[name] for name in (RECORD,)}
    text = sentence(find_causes(WORK, Work(WORK.run, records, WORK.document)))
    assert text == "What differs is another step (skim)."
