"""`extends`, `lists`, `like`, `defaults`: what they write out is what a user would have written."""

import itertools
import json
import random
from pathlib import Path

import pytest
import yaml
from support.project.seeds import slow_but

from wollemi.analysis.plain.sections import section_digests
from wollemi.loading.composition import composed, composed_files, read_composed
from wollemi.loading.load import read_analysis
from wollemi_likelihood.base.errors import WollemiError


@pytest.fixture
def write(tmp_path):
    """Write analysis files: path below the folder of analyses → content."""

    def write_files(**files):
        for name, content in files.items():
            path = tmp_path / name.replace("__", "/").replace("_yaml", ".yaml")
            path.parent.mkdir(exist_ok=True)
            path.write_text(content if isinstance(content, str) else yaml.safe_dump(content))
        return tmp_path / "search/analysis.yaml"

    return write_files


def plain(text):
    return composed(yaml.safe_load(text), "analysis.yaml")


def test_a_file_that_uses_none_of_it_stays_as_it_is(write):
    document = {"name": "search", "datasets": {"a": {"files": ["{mass}", None]}}, "plots": None}
    path = write(search__analysis_yaml=document)
    assert json.dumps(read_composed(path)) == json.dumps(yaml.safe_load(path.read_text()))
    assert composed_files(path) == []


def test_points_of_a_list():
    document = plain("""
        lists:
          mass: {200: {seed: 7, tev: 0.2}, 400: {seed: 8, tev: 0.4}}
          flavor: [ee, mumu]
        samples:
          "z_{mass}": {role: signal, datasets: ["z_{mass}"]}
        datasets:
          "z_{mass}": {generate: {settings: ["m = {mass}.", other], seed: "{mass.seed}"}}
        regions:
          "{flavor}_high": {selection: "mass_{flavor} > 1"}
        systematics:
          scale: {samples: [dy, "z_{mass}"]}
        limits: {points: {"z_{mass}": "{mass.tev}"}, masses: ["{mass}"]}
    """)
    assert document == {
        "samples": {
            f"z_{mass}": {"role": "signal", "datasets": [f"z_{mass}"]} for mass in (200, 400)
        },
        "datasets": {
            f"z_{mass}": {"generate": {"settings": [f"m = {mass}.", "other"], "seed": seed}}
            for mass, seed in ((200, 7), (400, 8))
        },
        "regions": {
            f"{flavor}_high": {"selection": f"mass_{flavor} > 1"} for flavor in ("ee", "mumu")
        },
        "systematics": {"scale": {"samples": ["dy", "z_200", "z_400"]}},
        "limits": {"points": {"z_200": 0.2, "z_400": 0.4}, "masses": [200, 400]},
    }
    assert list(document["samples"]) == ["z_200", "z_400"]


def test_braces_of_others_stay():
    document = plain(r"""
        lists: {mass: [200], mat: [1]}
        plots: {label: '$m_{mas}$ [$\mathrm{mas}$] {signal} {other}'}
        results: {"limit_{signal}": {pointer: "/limits/{signal}"}}
    """)
    assert document == {
        "plots": {"label": r"$m_{mas}$ [$\mathrm{mas}$] {signal} {other}"},
        "results": {"limit_{signal}": {"pointer": "/limits/{signal}"}},
    }


def test_one_point_may_differ():
    document = plain("""
        lists: {mass: [200, 400]}
        samples:
          z_400: {color: red}
          "z_{mass}": {label: "Z ({mass})"}
    """)
    assert document["samples"] == {
        "z_400": {"label": "Z (400)", "color": "red"},
        "z_200": {"label": "Z (200)"},
    }


@pytest.mark.parametrize("seed", slow_but(range(4), range(20)))
def test_any_lists_are_loops(seed):
    """Random lists and patterns, against loops over their product."""
    random_ = random.Random(seed)
    lists = {name: [f"{name}{index}" for index in range(random_.randint(1, 3))] for name in "xyz"}
    used = random_.sample("xyz", random_.randint(1, 3))
    inner = random_.choice([name for name in "xyz" if name not in used] or [None])
    pattern = "_".join(f"{{{name}}}" for name in used)
    items = [pattern, "fixed", *([f"{{{inner}}}-{pattern}"] if inner else [])]
    document = composed({"lists": lists, "samples": {pattern: {"items": items}}}, "file")
    expected = {}
    for values in itertools.product(*(lists[name] for name in used)):
        name = "_".join(values)
        more = [f"{value}-{name}" for value in lists[inner]] if inner else []
        expected[name] = {"items": [name, "fixed", *more]}
    assert document == {"samples": expected}
    assert list(document["samples"]) == list(expected)


def test_like_another_one():
    document = plain("""
        datasets:
          b: {like: a, generate: {seed: 2}, weight: null}
          a: {generate: {seed: 1, events: 9}, weight: w}
          c: {like: b, tree: T}
    """)
    assert document["datasets"] == {
        "b": {"generate": {"seed": 2, "events": 9}},
        "a": {"generate": {"seed": 1, "events": 9}, "weight": "w"},
        "c": {"generate": {"seed": 2, "events": 9}, "tree": "T"},
    }


def test_defaults_are_below_every_entry():
    document = plain("""
        lists: {mass: [1, 2]}
        defaults:
          datasets: {tree: Events, weight: w}
          systematics: {samples: ["z{mass}"]}
        datasets: {a: {files: [f]}, data: {files: [g], weight: null}, drawn: {draw: {}}}
        systematics: {one: {kind: normalization}, two: {samples: [a]}}
    """)
    assert document["datasets"] == {
        "a": {"files": ["f"], "tree": "Events", "weight": "w"},
        "data": {"files": ["g"], "tree": "Events"},
        "drawn": {"draw": {}},
    }
    assert document["systematics"] == {
        "one": {"kind": "normalization", "samples": ["z1", "z2"]},
        "two": {"samples": ["a"]},
    }


def test_the_later_file_wins_and_null_takes_away(write):
    path = write(
        search__analysis_yaml={"extends": ["../one.yaml", "two.yaml"], "c": {"z": 3}, "d": None},
        one_yaml={"a": 1, "c": {"x": 1, "y": [1, 2]}, "d": 5},
        search__two_yaml={"a": 2, "c": {"y": [3]}},
    )
    assert read_composed(path) == {"a": 2, "c": {"x": 1, "y": [3], "z": 3}}
    assert composed_files(path) == [
        str(path.parents[1] / "one.yaml"),
        str(path.parent / "two.yaml"),
    ]


@pytest.mark.parametrize("seed", slow_but(range(4), range(20)))
def test_files_that_extend_each_other_in_a_circle(seed, tmp_path):
    """The list of files ends, and reading names the circle."""
    draw = random.Random(seed)
    paths = [tmp_path / f"{name}/analysis.yaml" for name in "abcd"]
    for path in paths:
        path.parent.mkdir()
        others = draw.choices([f"../{name}/analysis.yaml" for name in "abcd"], k=2)
        path.write_text(yaml.safe_dump({"extends": others}))
    reached, new = set(), {paths[0]}
    while new:
        reached |= new
        new = {
            path.parent.parent / Path(name).relative_to("..")
            for path in new
            for name in yaml.safe_load(path.read_text())["extends"]
        } - reached
    found = composed_files(paths[0])
    assert len(found) == len(set(found))
    assert {*found, str(paths[0])} == set(map(str, reached))
    with pytest.raises(WollemiError, match="goes round in a circle"):
        read_composed(paths[0])


def test_an_analysis_extends_another(write):
    """A changed setting reruns what depends on it: the digests of the other sections are equal."""
    first = {"name": "first", "lists": {"mass": [1, 2]}, "samples": {"z{mass}": {"role": "signal"}}}
    path = write(
        first__analysis_yaml=first,
        search__analysis_yaml={
            "extends": "../first/analysis.yaml",
            "name": "search",
            "lists": {"mass": [1, 2, 3]},
        },
    )
    document = read_composed(path)
    assert document == {
        "name": "search",
        "samples": {f"z{n}": {"role": "signal"} for n in (1, 2, 3)},
    }
    other = read_composed(path.parents[1] / "first/analysis.yaml")
    digests, others = section_digests(document), section_digests(other)
    assert [name for name in digests if digests[name] != others[name]] == ["name", "samples"]


MISTAKES = {
    "extends: nothing.yaml": "nothing.yaml: cannot be read",
    "extends: {a: b}": "extends: is neither a path nor a list of paths",
    "extends: /etc/passwd": "is outside of",
    "extends: ../../x.yaml": "is outside of",
    "extends: analysis.yaml": "goes round in a circle: ",
    "extends: list.yaml": "is not a mapping of sections",
    "lists: [1]": "lists: is not a mapping",
    "lists: {signal: [1]}": "lists: 'signal' is taken",
    "lists: {a b: [1]}": "lists: 'a b' is no name",
    "lists: {mass: []}": "lists.mass: is neither a list of values nor a mapping",
    "lists: {mass: {200: 7}}": "lists.mass: is neither a list of values nor a mapping",
    'lists: {mass: [1]}\ntitle: "at {mass}"': ": title: '{mass}' is in an entry that",
    'lists: {mass: {1: {seed: 2}}}\nsamples: {"z{mass}": {a: "{mass.sed}"}}': (
        "samples.z{mass}.a: mass 1 has no 'sed'; did you mean 'seed'?"
    ),
    'lists: {mass: [1]}\ndatasets: {"z{mass}": {settings: ["m = {mas}."]}}': (
        "datasets.z{mass}.settings: unknown list 'mas' in '{mas}'; did you mean 'mass'?"
    ),
    'lists: {mass: [1]}\ndatasets: {"z{mass}": {pb: "{mas.pb}"}}': "unknown list 'mas'",
    'lists: {a: [1, 2], b: [1, 2]}\nsamples: {"z{a}": {}, "z{b}": {}}': "'z1' is made twice",
    "samples: {a: {like: bb}, b: {}}": "samples.a.like: 'bb' is not there; did you mean 'b'?",
    "samples: {a: {like: b}, b: {like: a}}": "like: goes round in a circle: ",
    "defaults: 5": "defaults: is not a mapping",
    "defaults: {dataset: {}}": "'dataset' has no defaults; did you mean 'datasets'?",
    "defaults: {datasets: 5}": "defaults.datasets: is not a mapping",
}


@pytest.mark.parametrize("text", MISTAKES)
def test_mistakes_are_named(write, text):
    path = write(search__analysis_yaml=text, search__list_yaml="- 1")
    with pytest.raises(WollemiError) as caught:
        read_analysis(path)
    assert MISTAKES[text] in str(caught.value)
    assert str(path.parent) in str(caught.value)
