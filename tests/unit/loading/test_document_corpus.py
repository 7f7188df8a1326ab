"""Good and bad analysis files, each with the verdict that it must get, from both gates."""

import copy
import math
from functools import cache, reduce

import yaml
from support.documents.gates import file_verdicts
from support.documents.mutations import NAMES
from support.example.analysis import DOCUMENT

DUMPER = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
GOOD_NAMES = ("a", "Z_2", "x" * 100, "noun", "Null_1", "y")
NAMED = (
    ("datasets",), ("samples",), ("variables",), ("regions",), ("systematics",), ("objects",), ("columns",),  # noqa: E501
    ("model", "free_normalizations"),
)  # fmt: skip
ENTRIES = {
    ("datasets",): {"files": ["new.root"]},
    ("samples",): {"role": "background", "datasets": []},
    ("variables",): {"expression": "m", "bins": [3, 0, 1], "label": "m"},
    ("regions",): {"selection": "m > 1", "variable": "mass", "role": "validation"},
    ("systematics",): {"kind": "normalization", "up": 1.1, "down": 0.9, "samples": "dy"},
    ("objects",): {"collection": "Jet"},
    ("columns",): "m + 1",
    ("model", "free_normalizations"): {"samples": "top"},
}
NUMBERS = {
    ("center_of_mass_tev",): (0.0912, 13, 100.0),
    ("luminosity_ifb",): (1e-3, 36, 3000.0),
    ("datasets", "dy_low", "cross_section_pb"): (1e-9, 1, 6e10),
    ("datasets", "dy_low", "scale_factor"): (0.5, 1, 1.2),
    ("datasets", "dy_low", "sum_of_weights"): (1, 2.5e9),
    ("systematics", "lumi", "up"): (1, 1.016),
    ("objects", "muon", "mass_gev"): (0, 0.10566),
    ("variables", "mass", "edges"): ([0, 1, 2, 4], [0.5, 1.5]),
    ("model", "poi_bounds"): ([0, 5], [-1.5, 10.0]),
    ("model", "prune_below"): (0, 0.01),
    ("model", "fixed"): ({"lumi": 0}, {"norm_dy": 1.5}),
    ("limits",): ({"level": 0.9}, {"points": {"signal": -5.5}}, {"cross_section_fraction": 0.1}),
}
WRONG = (
    "1",
    True,
    math.nan,
    math.inf,
    -math.inf,
    1e300,
    10**400,
    [],
    [1, "x"],
    [math.nan, 1],
    {"level": 95},
    {"": 1},
)
SECTIONS = {
    "datasets",
    "samples",
    "variables",
    "regions",
    "systematics",
    "objects",
    "free_normalizations",
}
TEXTS = {
    "a key twice": (False, "title: another\n"),
    "a key twice as text": (False, 'columns: {"2012": m, 2012: m}\n'),
    "a truth value as key": (False, "columns: {yes: m}\n"),
    "a list as key": (False, "columns: {? [a, b] : m}\n"),
    "merged keys": (False, "columns: {<<: {a: m}}\n"),
    "bytes": (False, "description: !!binary aGVsbG8=\n"),
    "a tag": (False, "description: !!python/object/apply:os.system [ls]\n"),
    "no number": (False, "skim: {selection: 9**9**9}\n"),
    "deep": (False, f"description: {'[' * 500}{']' * 500}\n"),
    "many digits": (False, f"description: {'9' * 5000}\n"),
    "many terms": (False, f"skim: {{selection: {' + '.join(['m'] * 1000)}}}\n"),
    "a long name of a file": (False, f"certified: {{blocks: {'x' * 5000}}}\n"),
    "a sexagesimal number": (False, "corrections: 1:30\n"),
    "two documents": (False, "---\na: 1\n"),
    "no mapping": (False, "- 1\n"),
    "a comment": (True, "# nothing\n"),
    "a description of lines": (True, "description: |\n  one\n  two\n"),
    "aliases": (True, "columns: {a: &cut 'm > 1', b: *cut}\n"),
    "quoted keys": (True, "'columns': {\"a\": 'm'}\n"),
    "a truth value in quotes": (True, "columns: {'yes': m}\n"),
}


def edited(path, value):
    """The example with a value somewhere; an entry that others refer to stays."""
    document = copy.deepcopy(DOCUMENT)
    *parents, key = path
    reduce(lambda place, name: place.setdefault(name, {}), parents, document)[key] = value
    return document


def corpus():
    """Name → whether it is good, and the text of the file."""
    for place in NAMED:
        for good, names in ((True, GOOD_NAMES), (False, NAMES)):
            for name in names:
                document = edited((*place, name), ENTRIES[place])
                if place == ("datasets",) and good:
                    document["datasets"]["spare"] = {"files": ["spare.root"]}
                yield f"name {place} {name[:20]!r}", good, document
    for place, values in NUMBERS.items():
        yield from ((f"number {place} {value}", True, edited(place, value)) for value in values)
        yield from (
            (f"number {place} {str(value)[:20]}", False, edited(place, value)) for value in WRONG
        )
    for path in mappings(DOCUMENT):
        yield (
            f"unknown key {path}",
            False,
            edited((*path, "unheard_of"), 1) if path else {**DOCUMENT, "unheard_of": 1},
        )


def mappings(value, path=()):
    """Mappings with fixed keys: those that have one of the models' own."""
    if isinstance(value, dict):
        if not path or path[-1] not in SECTIONS:
            yield path
        for key, item in value.items():
            yield from mappings(item, (*path, key))


@cache
def corpus_texts():
    """Name, verdict and YAML of each document."""
    texts = [
        (name, good, yaml.dump(document, Dumper=DUMPER, sort_keys=False, allow_unicode=True))
        for name, good, document in corpus()
    ]
    example = yaml.safe_dump(DOCUMENT, sort_keys=False)
    return texts + [(name, good, example + text) for name, (good, text) in TEXTS.items()]


def test_the_corpus_is_large():
    assert len(corpus_texts()) >= 300
    assert sum(good for _, good, _ in corpus_texts()) >= 80


def test_the_verdict_of_both_gates_is_the_right_one(tmp_path):
    path = tmp_path / "example" / "analysis.yaml"
    path.parent.mkdir()
    wrong = []
    for name, good, text in corpus_texts():
        path.write_text(text, encoding="utf-8")
        found = [not problems for problems in file_verdicts(path)]
        wrong += [] if found == [good, good] else [(name, good, file_verdicts(path))]
    assert wrong == []
