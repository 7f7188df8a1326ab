"""Sizes of the project and of its anchors, tools of the same field, as a Markdown table.

    uv run --group test python benchmarks/sizes.py [REVISION...]

One column per revision of git, one for the working tree, and one for each anchor that is installed.
Lines include empty lines, as for `wc -l`. A *walk* leads from a section of the analysis file to a
Python file that names it as a string. *Code inputs* are the files whose edits rerun a program, by
the revision's own definition. *Markers* are the wordings of `tests/workflow/test_language.py`.
"""

import re
import statistics
import subprocess
import sys
from collections.abc import Iterable, Mapping
from importlib.util import find_spec
from itertools import chain
from pathlib import Path
from tempfile import TemporaryDirectory

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "tests"), str(ROOT / "tests/workflow")]
from test_language import CODE, count, docstrings  # noqa: E402

ANCHORS = ("pyhf", "cabinetry", "coffea", "columnflow")
TREES = ("scripts", "workflow", "tests", "docs")
GENERATED = "; do not edit."
MODELS = "scripts/wollemi/analysis/models/analysis.py"
COUNT_CODE_INPUTS = """
import sys
from pathlib import Path
from wollemi.job.source_code import step_files
for path in sorted(Path("scripts").glob("*.py")):
    if "\\nSECTIONS = " in path.read_text(encoding="utf-8"):
        print(len(step_files(path.absolute())))
"""
Texts = Mapping[str, str]


def read(folder: Path, suffixes: tuple[str, ...], trees: Iterable[str] = (".",)) -> dict[str, str]:
    """Path → text of the files below some folders, without hidden ones."""
    paths = chain.from_iterable((folder / tree).rglob("*.*") for tree in trees)
    names = {path.relative_to(folder).as_posix(): path for path in sorted(paths)}
    return {
        name: path.read_text(encoding="utf-8")
        for name, path in names.items()
        if name.endswith(suffixes) and "/." not in name and path.is_file()
    }


def lines(texts: Texts) -> int:
    """Lines of some files."""
    return sum(text.count("\n") for text in texts.values())


def below(texts: Texts, folder: str) -> dict[str, str]:
    """The files below a folder."""
    return {name: text for name, text in texts.items() if name.startswith(f"{folder}/")}


def by_package(texts: Texts, depth: int) -> dict[str, int]:
    """Lines of the houses (depth 1) or of their packages (depth 2)."""
    found: dict[str, int] = {}
    for name, text in texts.items():
        package = ".".join(name.split("/")[1:-1][:depth])
        found[package] = found.get(package, 0) + text.count("\n")
    return found


def markers(texts: Iterable[str]) -> float:
    """Wordings that are hard to read, per 1,000 words."""
    found, words = map(sum, zip(*(count("", text) for text in texts), strict=True))
    return round(1000 * found / words, 2)


def package_rows(texts: Texts) -> dict[str, float]:
    """Rows that any Python package has."""
    return {
        "lines of the packages": lines(texts),
        "files": len(texts),
        "packages": len({name.rpartition("/")[0] for name in texts}),
        "string keys": sum(
            len(re.findall(r'\[f?"\w+"\]|\.get\("\w+"', text)) for text in texts.values()
        ),
        "aliases of plain mappings": sum(
            len(re.findall(r"^ *[A-Z]\w+ = (?:dict|Mapping)\[", text, re.MULTILINE))
            for text in texts.values()
        ),
        "markers per 1,000 words of docstrings": markers(map(docstrings, texts.values())),
    }


def code_inputs(folder: Path) -> list[int]:
    """Number of code inputs of each program."""
    command = [sys.executable, "-c", COUNT_CODE_INPUTS]
    environment = {"PYTHONPATH": str(folder / "scripts")}
    made = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, check=True
    )
    return [*map(int, made.stdout.split())]


def project_rows(folder: Path) -> dict[str, float]:
    """Rows of a revision of the project."""
    tree = read(folder, (".py", ".smk", ".md"), TREES)
    code = {name: text for name, text in below(tree, "scripts").items() if name.endswith(".py")}
    programs = {name: text for name, text in code.items() if name.count("/") == 1}
    packages = {name: text for name, text in code.items() if name not in programs}
    rules = below(tree, "workflow/rules") | {"Snakefile": (folder / "Snakefile").read_text()}
    pages = {name: text for name, text in tree.items() if re.fullmatch(r"docs/.*\.md", name)}
    prose = [text for text in pages.values() if GENERATED not in text]
    sections = re.findall(r"^    (\w+): ", code[MODELS].partition("\nclass Analysis(")[2], re.M)
    inputs = code_inputs(folder)
    return {
        **{f"lines of `{name}`": size for name, size in by_package(packages, 1).items()},
        "lines of the largest package": max(by_package(packages, 2).values()),
        **package_rows(packages),
        "programs": len(programs),
        "lines of programs": lines(programs),
        "rules": sum(len(re.findall(r"^ *rule\b.*:$", text, re.M)) for text in rules.values()),
        "lines of rules": lines(rules),
        "lines of tests": lines(below(tree, "tests")),
        "pages": len(pages),
        "words of pages that are not generated": sum(len(text.split()) for text in prose),
        "walks of keys": sum(f'"{key}"' in text for key in sections for text in code.values()),
        "code inputs of a program, median": statistics.median(inputs),
        "code inputs of a program, most": max(inputs),
        "markers per 1,000 words of pages": markers(CODE.sub("", text) for text in prose),
    }


def revision_rows(revision: str) -> dict[str, float]:
    """Rows of a revision of git."""
    with TemporaryDirectory() as folder:
        command = ["git", "archive", revision, "Snakefile", *TREES]
        archive = subprocess.run(command, cwd=ROOT, capture_output=True, check=True).stdout
        subprocess.run(["tar", "-x"], cwd=folder, input=archive, check=True)
        return project_rows(Path(folder))


def anchor_rows(name: str) -> dict[str, float]:
    """Rows of an installed package."""
    (folder,) = find_spec(name).submodule_search_locations
    return package_rows(read(Path(folder).parent, (".py",), [name]))


def table(columns: Mapping[str, Mapping[str, float]]) -> str:
    """Markdown table, one column per revision or anchor."""
    longest = sorted(columns.values(), key=len, reverse=True)
    rows = list(dict.fromkeys(row for column in longest for row in column))
    head = ["| | " + " | ".join(columns) + " |", "| --- |" + " ---: |" * len(columns)]
    cells = [
        f"| {row} | "
        + " | ".join(f"{column[row]:,}" if row in column else "" for column in columns.values())
        + " |"
        for row in rows
    ]
    return "\n".join([*head, *cells])


def main(revisions: Iterable[str]) -> None:
    """Print the table."""
    columns = {revision: revision_rows(revision) for revision in revisions}
    columns |= {"working tree": project_rows(ROOT)}
    columns |= {name: anchor_rows(name) for name in ANCHORS if find_spec(name)}
    print(table(columns))


if __name__ == "__main__":
    main(sys.argv[1:])
