"""Decisions of the plugin of verdicts: inputs of a test file, files to run, and their order."""

import math

import pytest
from support.project import dependencies
from support.project.dependencies import ALWAYS, Dependencies
from support.project.verdicts import SOON, Touched, Verdicts, by_distance, touched

TREE = {
    "tests/conftest.py": "import pytest\n\n\n"
    "@pytest.fixture\ndef numbers():\n    from support.reading import read\n\n    return read()\n",
    "tests/support/__init__.py": "",
    "tests/support/starting.py": "import subprocess\nimport add\n\n\n"
    "def start(command):\n    return subprocess.run(command)\n\n\n"
    "def fixed():\n    return 1\n",
    "tests/support/reading.py": "from support.starting import fixed, start\n"
    "from support.paths import ROOT\n\n\n"
    "def read():\n    return (ROOT / 'tests/data/numbers.txt').read_text()\n\n\n"
    "def run():\n    return start(['ls'])\n\n\n"
    "def prepared(start):\n    return start\n\n\n"
    "STARTED = [start]\n",
    "tests/support/paths.py": "from pathlib import Path\n\nROOT = Path(__file__).parents[2]\n",
    "tests/support/loading.py": "import support.reading\nfrom support.reading import run\n\n\n"
    "def nothing():\n    return 2\n",
    "tests/data/numbers.txt": "1",
    "scripts/add.py": "from sums import total\n",
    "scripts/sums.py": "def total(*items):\n    return sum(items)\n",
    "scripts/alone.py": "",
    "scripts/beside.py": "def module_beside(package: str, module: str): ...\n",
    "scripts/house/__init__.py": "",
    "scripts/house/room/door.py": "import alone\n",
    "scripts/calls.py": "import beside\n\n\ndef open():\n"
    '    return beside.module_beside(\n        "house", "room.door"\n    )\n',
    "scripts/searches.py": 'import beside\n\nDOOR = beside.module_beside(NAME, "room.door")\n',
    "workflow/rules.smk": "",
    "docs/page.txt": "",
}
READING = {"tests/support/__init__.py", "tests/support/reading.py", "tests/support/starting.py"}
LOADED = {*READING, "tests/support/paths.py", "scripts/add.py", "scripts/sums.py"}
HOUSE = {"scripts/house/__init__.py", "scripts/house/room/door.py"}
WORKFLOW = {"scripts", "workflow"}


@pytest.fixture
def inputs_of(tmp_path, monkeypatch):
    """Inputs of a test file with a given text, without those of every test."""
    monkeypatch.setattr(dependencies, "ROOT", tmp_path)
    caches = dependencies.definitions, dependencies._unshown
    for cache in caches:
        cache.cache_clear()

    def inputs(text):
        for path, content in {**TREE, "tests/test_it.py": text}.items():
            (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / path).write_text(content)
        files = [*TREE, "tests/test_it.py", *ALWAYS]
        return Dependencies(files).of("tests/test_it.py") - {"tests/test_it.py", *ALWAYS}

    yield inputs
    for cache in caches:
        cache.cache_clear()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("import alone\n", {"scripts/alone.py"}),
        ("import calls\n", {"scripts/alone.py", "scripts/beside.py", "scripts/calls.py", *HOUSE}),
        ("import searches\n", WORKFLOW),
        ("import add\n", {"scripts/add.py", "scripts/sums.py"}),
        # A support module imports a function that starts programs, for another function.
        (
            "from support.reading import read\n\n\ndef test_it():\n    read()\n",
            {*LOADED, "tests/data/numbers.txt"},
        ),
        ("def test_it(numbers): ...\n", {*LOADED, "tests/data/numbers.txt"}),
        ("from support.reading import run\n", WORKFLOW),
        ("def test_it():\n    from support.reading import run\n", WORKFLOW),
        ("from support.reading import STARTED\n", WORKFLOW),
        ("from support.reading import start\n", WORKFLOW),  # passed on
        ("from support.reading import fixed\n", LOADED),
        ("from support.reading import prepared\n", WORKFLOW),
        ("import support.reading\n", WORKFLOW),
        # What the imported modules load runs, too.
        ("from support.loading import nothing\n", {*LOADED, "tests/support/loading.py"}),
        ("PATH = 'docs/page.txt'\n", {"docs/page.txt"}),
    ],
)
def test_inputs(inputs_of, text, expected):
    found = inputs_of(text)
    if expected is WORKFLOW:
        assert found >= WORKFLOW
    else:
        assert found == expected


STORED = {"digests": {"a.py": "1", "b.py": "2"}, "seconds": 3.0, "skipped": [], "failed": False}


@pytest.mark.parametrize(
    ("stored", "now", "expected"),
    [
        (STORED, {"a.py": "1", "b.py": "2"}, None),
        (STORED, {"a.py": "1", "b.py": "3"}, ({"b.py"}, 3.0, False)),
        (STORED, {"a.py": "", "b.py": "2"}, ({"a.py"}, 3.0, False)),
        ({**STORED, "failed": True}, {"a.py": "1", "b.py": "2"}, (set(), 3.0, True)),
        ({"failed": True}, {}, (set(), math.inf, True)),
        ({}, {}, (set(), math.inf, False)),
        ({"digest": "1", "inputs": ["a.py"], "skipped": []}, {}, (set(), math.inf, False)),
    ],
)
def test_a_file_is_touched(stored, now, expected):
    found = touched("test_a.py", stored, now)
    assert (found and (found.changed, found.seconds, found.failed)) == expected


FEW = ("x",)
MANY = ("x", "y", "z")


@pytest.mark.parametrize(
    "files",
    [
        [Touched("test_z.py", FEW, (), 0, True), Touched("test_a.py", FEW, ("p/a.py",), 0)],
        [Touched("test_a.py", MANY, ("p/a.py",), 0), Touched("test_b.py", FEW, ("p/a.py",), 0)],
        [
            Touched("test_a_topic.py", MANY, ("p/a.py",), 0),
            Touched("test_ab.py", FEW, ("p/a.py",), 0),
        ],
        [Touched("t/test_c.py", MANY, ("t/test_c.py",), 0), Touched("test_b.py", FEW, ("x",), 0)],
        [
            Touched("test_c.py", MANY, ("x",), 0),
            Touched("test_b.py", ("scripts",), ("scripts",), 0),
        ],
        [Touched("test_c.py", MANY, ("x",), 0), Touched("test_b.py", (".",), (".",), 0)],
        [Touched("test_c.py", FEW, ("x",), 0), Touched("test_b.py", MANY, ("x",), 0)],
    ],
)
def test_the_nearest_comes_first(files):
    for given in (files, files[::-1]):
        nearest, others = by_distance(given)
        assert nearest + others == [item.file for item in files]


def test_tests_of_the_whole_workflow_are_not_near():
    files = [Touched(name, (name,), (), 0.0) for name in ("x", "scripts", ".")]
    assert by_distance(files) == (["x"], ["scripts", "."])


def test_the_nearest_are_done_soon():
    seconds = {"a": SOON / 2, "b": SOON, "c": SOON / 2, "d": 0.01, "e": 0.0, "f": math.inf}
    files = [
        Touched(name, "x" * (place + 1), (), it) for place, (name, it) in enumerate(seconds.items())
    ]
    assert by_distance(files) == (["a", "c", "e"], ["b", "d", "f"])


def test_the_longest_come_first(monkeypatch):
    known = {"tests/unit/test_a.py": 6.0, "tests/programs/test_b.py": 0.5}
    new = ["tests/workflow/test_c.py", "tests/programs/x/test_d.py", "tests/unit/test_e.py"]
    others = ["tests/unit/shared.py", "docs/test_page.py"]
    files = [*new[::-1], *others, *known]
    project = type("Project", (), {"files": files})()
    verdicts = Verdicts(project, "")
    stored = {file: {"seconds": it} for file, it in known.items()}
    monkeypatch.setattr(verdicts, "_read", lambda file: stored.get(file, {}))
    assert verdicts.longest_first() == [new[0], "tests/unit/test_a.py", *new[1:], *list(known)[1:]]
