"""Draw the packages in `scripts` and their imports, from the code: `docs/packages.svg`. List the
imports at the end of each package's README, and the READMEs' first sentences in CONTRIBUTING.md.
Draw the chain of rules for the README, the report and the site: `workflow/report/parts/chain.svg`.

Each package with a README is drawn above the packages that it imports. Arrows that a longer path
implies are left out.
"""

import argparse
import ast
import math
import os
import re
import sys
import textwrap
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from html import escape
from itertools import pairwise
from pathlib import Path
from typing import Any

from wollemi.base.machine_errors import exit_code
from wollemi.base.whole_files import write_whole
from wollemi.job.environments import ENVIRONMENTS
from wollemi_likelihood.base.errors import WollemiError

ROOT = Path(__file__).resolve().parent.parent
PICTURE = ROOT / "docs/packages.svg"
CHAIN = ROOT / "workflow/report/parts/chain.svg"
LIST = ROOT / "CONTRIBUTING.md"
QUOTES = '"""'
HEADING = "\n## Imports\n\n<!-- Written by scripts/draw_packages.py. -->\n\n"
WIDTH, ROW, HEIGHT, MARGIN = 1000, 74, 34, 12
GAP = 14  # at least, between the boxes of a row
BENDS, PASSES = 26, 12
INK, PAPER = "#567", "#e8eef4"
# Of the chain: names of rules in a row, and the height of a row in pixels.
COLUMNS, NAMES = 5, 24
TIP = (
    '<marker id="tip" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="8" markerHeight="8" '
    'orient="auto">'
    f'<path d="M0 0 8 4 0 8z" fill="{INK}"/></marker>'
)
Graph = dict[str, set[str]]


def package_of(module: str) -> str:
    """Package of a module.

    Args:
        module: Name without `wollemi`, such as `analysis.plain.queries`, or of another package,
            such as `wollemi_likelihood.fit`.
    """
    return ".".join(module.split(".")[:-1]) or module


def imported_packages(folder: Path) -> Graph:
    """Find the packages that the modules of each package import, including imports for types.

    Args:
        folder: Path of `scripts`.
    """
    modules = {
        ".".join(path.relative_to(folder).with_suffix("").parts).removeprefix("wollemi."): path
        for path in sorted(folder.glob("wollemi*/**/*.py"))
    }
    modules = {name: path for name, path in modules.items() if path.name != "__init__.py"}
    found: Graph = {package_of(name): set() for name in modules}
    for name, path in modules.items():
        targets = {target for target in _imports(path) if target in modules}
        found[package_of(name)] |= {package_of(target) for target in targets} - {package_of(name)}
    return found


def _imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("wollemi"):
            module = f"{node.module}.".removeprefix("wollemi.")
            yield module[:-1]
            yield from (f"{module}{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Import):
            yield from (alias.name.removeprefix("wollemi.") for alias in node.names)


def levels(graph: Graph) -> dict[str, int]:
    """Level of each package: number of steps of the longest path below it.

    Raises:
        RecursionError: Packages import each other.
    """

    def level(name: str) -> int:
        return max((1 + level(below) for below in graph[name]), default=0)

    return {name: level(name) for name in graph}


def reduced(graph: Graph) -> Graph:
    """Remove arrows that a longer path implies."""

    def reach(name: str) -> set[str]:
        return graph[name].union(*(reach(below) for below in graph[name]))

    return {
        name: below - set().union(*(reach(other) for other in below))
        for name, below in graph.items()
    }


def rows_of(graph: Graph) -> tuple[list[list[str]], list[list[str]]]:
    """Rows from the top, and the path of each arrow from row to row; a name with `>` marks where an
    arrow crosses a row.
    """
    height = levels(graph)
    rows: list[list[str]] = [[] for _ in range(max(height.values()) + 1)]
    for name in sorted(graph):
        rows[height[name]].append(name)
    ways = []
    for name, below in sorted(graph.items()):
        for end in sorted(below):
            passed = [f"{name}>{end}>{at}" for at in range(height[name] - 1, height[end], -1)]
            for place, at in zip(passed, range(height[name] - 1, height[end], -1), strict=True):
                rows[at].append(place)
            ways.append([name, *passed, end])
    return rows[::-1], ways


def place(rows: Sequence[list[str]], ways: Sequence[Sequence[str]]) -> dict[str, float]:
    """Centers of boxes and bends in pixels, as near to their neighbors as the order allows."""
    near: dict[str, list[str]] = {name: [] for row in rows for name in row}
    for first, second in (pair for way in ways for pair in pairwise(way)):
        near[first].append(second)
        near[second].append(first)
    width = paper_width(rows)
    at = _spread(rows, width)
    for sweep in range(PASSES):
        for row in rows if sweep % 2 else rows[::-1]:
            row.sort(
                key=lambda name: sum(at[other] for other in near[name]) / max(len(near[name]), 1)
            )
            at |= _spread([row], width)
    return at


def paper_width(rows: Sequence[Sequence[str]]) -> int:
    """Width of the drawing in pixels: the boxes of its fullest row do not touch."""
    return max(WIDTH, *(math.ceil(sum(map(_width, row)) + GAP * (len(row) + 1)) for row in rows))


def _spread(rows: Sequence[Sequence[str]], width: int) -> dict[str, float]:
    at = {}
    for row in rows:
        free = (width - sum(map(_width, row))) / (len(row) + 1)
        left = free
        for name in row:
            at[name] = left + _width(name) / 2
            left += _width(name) + free
    return at


def _width(name: str) -> float:
    return BENDS if ">" in name else 7.4 * len(name) + 2 * MARGIN


def picture(graph: Graph) -> str:
    """The drawing as SVG."""
    rows, ways = rows_of(reduced(graph))
    across = place(rows, ways)
    down = {
        name: MARGIN + HEIGHT / 2 + ROW * number for number, row in enumerate(rows) for name in row
    }
    boxes = [
        _box(name, across[name], down[name]) for row in rows for name in row if ">" not in name
    ]
    height = ROW * (len(rows) - 1) + HEIGHT + 2 * MARGIN
    arrows = [_arrow(way, across, down) for way in ways]
    return _drawing([*arrows, *boxes], height, "monospace", "12", paper_width(rows))


def _drawing(parts: Sequence[str], height: float, font: str, size: str, width: int = WIDTH) -> str:
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
        f'font-family="{font}" font-size="{size}">'
    )
    paper = f'<rect width="{width}" height="{height}" fill="#fff"/>'
    return "\n".join([head, f"<defs>{TIP}</defs>", paper, *parts, "</svg>", ""])


def _box(name: str, x: float, y: float) -> str:
    width = _width(name)
    corner = f'x="{x - width / 2:.1f}" y="{y - HEIGHT / 2:.1f}"'
    box = (
        f'<rect {corner} width="{width:.1f}" height="{HEIGHT}" rx="4" fill="{PAPER}" '
        f'stroke="{INK}"/>'
    )
    return f'{box}<text x="{x:.1f}" y="{y + 4:.1f}" text-anchor="middle">{escape(name)}</text>'


def _arrow(way: Sequence[str], across: Mapping[str, float], down: Mapping[str, float]) -> str:
    path = f"M{across[way[0]]:.1f} {down[way[0]] + HEIGHT / 2:.1f}"
    for first, second in pairwise(way):
        start, end = down[first] + HEIGHT / 2, down[second] - HEIGHT / 2
        middle = (start + end) / 2
        path += (
            f"C{across[first]:.1f} {middle:.1f} {across[second]:.1f} {middle:.1f} "
            f"{across[second]:.1f} {end:.1f}"
        )
        path += f"V{end + HEIGHT:.1f}" if ">" in second else ""
    return f'<path d="{path}" fill="none" stroke="{INK}" marker-end="url(#tip)"/>'


def chain(root: Path) -> str:
    """All rules as SVG: a box per rule file, in the order of the Snakefile."""
    snakefile = (root / "Snakefile").read_text(encoding="utf-8")
    boxes, top, left = [], MARGIN, 3 * MARGIN
    step = (WIDTH - left - 3 * MARGIN) / COLUMNS
    for stage in filter(ENVIRONMENTS.get, re.findall(r"workflow/rules/(\w+)[.]smk", snakefile)):
        code = (root / f"workflow/rules/{stage}.smk").read_text(encoding="utf-8")
        height = HEIGHT + NAMES * math.ceil(len(ENVIRONMENTS[stage]) / COLUMNS)
        boxes += [
            f'<rect x="{left}" y="{top}" width="{WIDTH - left - MARGIN}" height="{height}" rx="4" '
            f'fill="{PAPER}" stroke="{INK}"/>',
            f'<text x="{left + MARGIN}" y="{top + 22}"><tspan font-weight="bold">{stage}</tspan>'
            f'<tspan dx="{MARGIN}">{escape(code.split(QUOTES)[1])}</tspan></text>',
        ]
        for place, rule in enumerate(ENVIRONMENTS[stage]):
            x = left + MARGIN + step * (place % COLUMNS)
            y = top + 46 + NAMES * (place // COLUMNS)
            boxes.append(f'<text x="{x:g}" y="{y}" font-family="monospace">{rule}</text>')
        top += height + MARGIN
    arrow = (
        f'<path d="M{left / 2:g} {MARGIN}V{top - MARGIN}" stroke="{INK}" marker-end="url(#tip)"/>'
    )
    return _drawing([arrow, *boxes], top, "sans-serif", "14")


def page_of(package: str) -> str:
    """Package with the README on a package: the first folder of the core, two of another house."""
    parts = package.split(".")
    return ".".join(parts[: 2 if parts[0].startswith("wollemi_") else 1])


def merged(graph: Graph) -> Graph:
    """Imports among the packages that have a README."""
    found: Graph = {page_of(name): set() for name in graph}
    for name, below in graph.items():
        found[page_of(name)] |= set(map(page_of, below)) - {page_of(name)}
    return found


def permitted(name: str, contracts: Sequence[Mapping[str, Any]]) -> list[str]:
    """Packages of its house that the contracts of import-linter let a package import."""
    full = name if name.startswith("wollemi_") else f"wollemi.{name}"
    house, _, inner = full.partition(".")
    found: list[str] = []
    for contract in contracts:
        if contract["type"] == "layers" and house in contract["containers"]:
            rows = [row.split(" | ") for row in contract["layers"]]
            place = next((at for at, row in enumerate(rows) if inner in row), len(rows))
            found = [f"{house}.{layer}" for row in rows[place + 1 :] for layer in row]
    for contract in contracts:
        if contract["type"] == "forbidden" and full in contract["source_modules"]:
            found = [one for one in found if one not in contract["forbidden_modules"]]
    return sorted(one.removeprefix("wollemi.") for one in found)


def imports_text(name: str, graph: Graph, contracts: Sequence[Mapping[str, Any]]) -> str:
    """The end of a README: imports of the code, and further ones that are permitted."""
    found = graph.get(name, set())
    lines = {"Imports": found, "May also import": {*permitted(name, contracts)} - found}
    texts = (f"- {key}: `{'`, `'.join(sorted(names))}`." for key, names in lines.items() if names)
    return "".join(f"{textwrap.fill(text, 120, subsequent_indent='  ')}\n" for text in texts)


def readmes(folder: Path) -> dict[Path, str]:
    """README of each package as it should be, the packages from the lowest to the highest.

    Raises:
        WollemiError: A README names a file that does not exist.
    """
    project = tomllib.loads((folder.parent / "pyproject.toml").read_text(encoding="utf-8"))
    contracts = project["tool"]["importlinter"]["contracts"]
    graph = merged(imported_packages(folder))
    height = levels(graph)
    found: dict[str, tuple[Path, str]] = {}
    for path in sorted(folder.glob("wollemi*/**/README.md")):
        name = ".".join(path.parent.relative_to(folder).parts).removeprefix("wollemi.")
        by_hand = path.read_text(encoding="utf-8").split(HEADING)[0]
        if lost := lost_names(by_hand, path.parent):
            where = str(path.relative_to(folder.parent))
            raise WollemiError(where, f"{lost[0]} does not exist", "name another file")
        imports = imports_text(name, graph, contracts)
        found[name] = path, by_hand + (HEADING + imports if imports else "")
    return dict(found[name] for name in sorted(found, key=lambda name: height.get(name, 99)))


def lost_names(text: str, folder: Path) -> list[str]:
    """Modules in the table of a README, and other paths in it, that do not exist."""
    modules = re.findall(r"`([^`]+)`", "".join(re.findall(r"^\|.*?\|", text, re.MULTILINE)))
    paths = re.findall(
        r"`([\w./]+/[\w./]+|\w+\.py)`", re.sub(r"^\|.*", "", text, flags=re.MULTILINE)
    )
    found = [one for one in paths if not ((folder / one).exists() or (ROOT / one).exists())]
    return found + [
        one
        for one in modules
        if not (folder / f"{one}.py").exists() and not (folder / one).is_dir()
    ]


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the drawing, or with --check report whether it is outdated."""
    parser = argparse.ArgumentParser(prog="draw_packages.py", description=__doc__)
    parser.add_argument(
        "--check", action="store_true", help="write nothing; exit with 1 if the drawing has drifted"
    )
    check = parser.parse_args(arguments).check
    return exit_code(lambda: _main(check), [ROOT])


def _main(check: bool) -> int:
    texts = readmes(ROOT / "scripts")
    rows = "".join(
        re.sub(r"# (.*?)\n\n(.*?)\n.*", r"| \1 | \2 |\n", text, flags=re.DOTALL)
        for text in texts.values()
    )
    before, head, _ = LIST.read_text(encoding="utf-8").partition("| package | |\n| --- | --- |\n")
    texts |= {
        LIST: before + head + rows,
        PICTURE: picture(merged(imported_packages(ROOT / "scripts"))),
    }
    texts[CHAIN] = chain(ROOT)
    drifted = [
        path
        for path, text in texts.items()
        if not path.is_file() or path.read_text(encoding="utf-8") != text
    ]
    for path in drifted:
        print(f"{'has drifted' if check else 'written'}: {os.path.relpath(path, ROOT)}")
        if not check:
            write_whole(path, texts[path])
    return 1 if check and drifted else 0


if __name__ == "__main__":
    sys.exit(main())
