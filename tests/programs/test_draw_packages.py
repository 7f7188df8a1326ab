"""The drawing of the packages: against grimp's imports, nothing left out, no arrow up, and drift is
found. Each package has a page with its imports.
"""

import re
import xml.etree.ElementTree as ElementTree
from collections import defaultdict
from itertools import pairwise

import draw_packages
import grimp
import pytest
from draw_packages import (
    LIST,
    chain,
    imported_packages,
    imports_text,
    levels,
    lost_names,
    merged,
    package_of,
    permitted,
    picture,
    readmes,
    reduced,
)
from support.project.folders import copied
from support.project.paths import ROOT
from support.services.forked_snakemake import run_snakemake
from support.tiny.analysis import COPIED, environment

from wollemi.job.environments import ENVIRONMENTS

SCRIPTS = ROOT / "scripts"
PACKAGES = sorted(path.parent for path in SCRIPTS.glob("wollemi*/__init__.py"))
SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(scope="module")
def graph():
    return merged(imported_packages(SCRIPTS))


def test_imports_are_those_that_grimp_finds():
    graph = imported_packages(SCRIPTS)
    found = grimp.build_graph(*(path.name for path in PACKAGES), cache_dir=None)
    modules = {
        ".".join(path.relative_to(SCRIPTS).with_suffix("").parts)
        for package in PACKAGES
        for path in package.rglob("*.py")
        if path.name != "__init__.py"
    }
    names = {module: package_of(module.removeprefix("wollemi.")) for module in modules}
    assert set(names) <= found.modules
    pairs = {
        (names[a], names[b])
        for a in names
        for b in found.find_modules_directly_imported_by(a)
        if b in names
    }
    assert {(a, b) for a in graph for b in graph[a]} == {(a, b) for a, b in pairs if a != b}
    assert set(graph) == set(names.values())


def below(graph, name):
    return graph[name].union(*(below(graph, other) for other in graph[name]))


def test_no_way_is_lost_with_the_arrows_left_out(graph):
    fewer = reduced(graph)
    assert all(
        fewer[name] <= graph[name] and below(fewer, name) == below(graph, name) for name in graph
    )
    assert reduced(fewer) == fewer


def test_all_packages_are_drawn_once_and_no_arrow_points_up(graph):
    root = ElementTree.fromstring(picture(graph))
    boxes = {text.text: float(text.get("y")) for text in root.iter(f"{SVG}text")}
    assert len(list(root.iter(f"{SVG}text"))) == len(boxes)
    assert boxes.keys() == graph.keys()
    assert all(boxes[name] < boxes[other] for name in graph for other in graph[name])
    arrows = [path.get("d") for path in root.findall(f"{SVG}path")]
    assert len(arrows) == sum(map(len, reduced(graph).values()))
    for arrow in arrows:
        heights = [
            float(y) for y in re.findall(r"(?:M|C|V|[\d.]+ )[\d.]*? ?([\d.]+)(?=[CV]|$)", arrow)
        ]
        assert heights == sorted(heights)


def test_boxes_of_a_row_do_not_touch(graph):
    rows = defaultdict(list)
    boxes = ElementTree.fromstring(picture(graph)).findall(f"{SVG}rect")[1:]
    for x, y, width in ([float(box.get(key)) for key in ("x", "y", "width")] for box in boxes):
        rows[y].append((x, x + width))
    assert sum(map(len, rows.values())) == len(graph)
    for row in map(sorted, rows.values()):
        assert all(first[1] + 10 < second[0] for first, second in pairwise(row)), row


def test_a_circle_has_no_drawing():
    with pytest.raises(RecursionError):
        levels({"a": {"b"}, "b": {"a"}})


def test_each_package_has_a_page():
    """Of at most 40 lines, whose first sentence is in CONTRIBUTING.md."""
    folders = {path.parent for path in SCRIPTS.glob("wollemi*/*/__init__.py")} | {*PACKAGES}
    pages = {path.parent: path.read_text(encoding="utf-8") for path in readmes(SCRIPTS)}
    assert pages.keys() == folders - {SCRIPTS / "wollemi"}
    assert {folder for folder, text in pages.items() if text.count("\n") > 40} == set()
    listed = dict(re.findall(r"^\| `(wollemi[a-z0-9_.]*)` \| (.*\.) \|$", LIST.read_text(), re.M))
    assert listed == {
        ".".join(folder.relative_to(SCRIPTS).parts): text.splitlines()[2]
        for folder, text in pages.items()
    }


def test_a_page_lists_the_imports(graph):
    pages = {path.parent: text for path, text in readmes(SCRIPTS).items()}
    text = pages[SCRIPTS / "wollemi/plots"]
    for line in ("Imports", "May also import"):
        assert len(re.findall(rf"^- {line}: ", text, re.MULTILINE)) == 1
    imports = re.findall("`(.*?)`", text.split("- Imports: ")[1].split("- May")[0])
    assert imports == sorted(graph["plots"])
    assert "analysis.plain" in imported_packages(SCRIPTS)["plots"]
    assert "analysis" in imports


def test_the_contracts_decide_on_further_imports():
    contracts = [
        {
            "type": "layers",
            "containers": ["wollemi"],
            "layers": ["pages", "plots | tables", "model", "job", "base"],
        },
        {
            "type": "forbidden",
            "source_modules": ["wollemi.plots", "wollemi.base.yaml"],
            "forbidden_modules": ["wollemi.job", "numpy"],
        },
    ]
    assert permitted("pages", contracts) == ["base", "job", "model", "plots", "tables"]
    assert permitted("plots", contracts) == ["base", "model"]
    assert permitted("base", contracts) == []
    assert permitted("wollemi_publish", contracts) == []
    text = imports_text("plots", {"plots": {"model"}, "model": set()}, contracts)
    assert text == "- Imports: `model`.\n- May also import: `base`.\n"


def test_a_page_names_files_that_exist():
    text = "| module | |\n| `chain`, `lost` | `not/checked` |\n\n"
    text += "See `chain.py`, `a.py`, `config/b.yaml`."
    folder = SCRIPTS / "wollemi/provenance"
    assert lost_names(text, folder) == ["a.py", "config/b.yaml", "lost"]


def test_every_rule_is_in_the_chain_once():
    root = ElementTree.fromstring(chain(ROOT))
    texts = [text for text in root.iter(f"{SVG}text") if text.get("font-family") == "monospace"]
    assert [text.text for text in texts] == [
        name for names in ENVIRONMENTS.values() for name in names
    ]


def test_no_rule_reads_a_product_of_a_later_stage(tmp_path):
    """The order from top to bottom, against Snakemake's graph of the default analysis."""
    for name in (*COPIED, "config/analyses/zprime"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        copied(ROOT / name, tmp_path / name)
    arguments = ["--rulegraph", "--forceall", "all", "publish"]
    assert run_snakemake(arguments, tmp_path, environment(), tmp_path / "graph.txt") == 0
    text = (tmp_path / "graph.txt").read_text()
    labels = dict(re.findall(r'(\d+)\[label = "(\w+)"', text))
    stages = {rule: at for at, rules in enumerate(ENVIRONMENTS.values()) for rule in rules}

    def stage(rule):
        return max((len(name), at) for name, at in stages.items() if rule.startswith(name))[1]

    edges = [(labels[a], labels[b]) for a, b in re.findall(r"(\d+) -> (\d+)", text)]
    edges = [(a, b) for a, b in edges if b not in ("all", "publish")]
    assert len(edges) > 100
    assert [(a, b) for a, b in edges if stage(a) > stage(b)] == []


def test_the_drawing_has_not_drifted(capsys):
    assert draw_packages.main(["--check"]) == 0, (
        f"run scripts/draw_packages.py: {capsys.readouterr().out}"
    )


def test_drift_is_found_and_mended(graph, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(draw_packages, "imported_packages", lambda folder: graph)
    monkeypatch.setattr(draw_packages, "PICTURE", tmp_path / "packages.svg")
    assert draw_packages.main(["--check"]) == 1
    assert "packages.svg" in capsys.readouterr().out
    assert draw_packages.main([]) == 0
    assert draw_packages.main(["--check"]) == 0
