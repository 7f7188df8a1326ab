"""Sizes of the project as a Markdown table: lines of the packages, programs, rules, tests and docs.

    uv run --group test python benchmarks/sizes.py [REVISION...]

Without a revision of git, of the working tree. The line of a package counts all lines of its Python
files, also empty ones, as `wc -l` does.
"""

import subprocess
import sys
from collections.abc import Callable, Iterable
from pathlib import Path, PurePosixPath

ROOT = Path(__file__).resolve().parents[1]
GENERATED = "; do not edit."


def git(*arguments: str) -> str:
    """Output of git in the repository."""
    command = ["git", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout


def read_tree(revision: str | None) -> dict[str, str]:
    """Path → text of the Python files, rules and pages of a revision, or of the working tree."""
    names = git("ls-tree", "-r", "--name-only", revision) if revision else git("ls-files")
    kept = [name for name in names.splitlines() if name.endswith((".py", ".smk", ".md"))]
    kept += ["Snakefile"]
    if revision:
        return {name: git("show", f"{revision}:{name}") for name in kept}
    return {name: (ROOT / name).read_text(encoding="utf-8") for name in kept}


def lines(tree: dict[str, str], wanted: Callable[[PurePosixPath], bool]) -> int:
    """Lines of the wanted files."""
    return sum(text.count("\n") for name, text in tree.items() if wanted(PurePosixPath(name)))


def package_of(path: PurePosixPath) -> str | None:
    """Package of a module: `wollemi.model`, `wollemi_likelihood.kernels`."""
    if path.suffix != ".py" or path.parts[0] != "scripts" or len(path.parts) < 3:
        return None
    return ".".join(path.parts[1:-1][:2])


def package_sizes(tree: dict[str, str]) -> dict[str, int]:
    """Lines of each package."""
    found: dict[str, int] = {}
    for name, text in tree.items():
        if package := package_of(PurePosixPath(name)):
            found[package] = found.get(package, 0) + text.count("\n")
    return found


def sizes(tree: dict[str, str]) -> dict[str, int]:
    """What the table lists, with its size."""
    packages = package_sizes(tree)
    pages = {n: t for n, t in tree.items() if n.startswith("docs/") and n.endswith(".md")}
    prose = {name: text for name, text in pages.items() if GENERATED not in text}
    houses = sorted({name.partition(".")[0] for name in packages})
    return {
        **{
            f"lines of `{house}`": sum(
                size for name, size in packages.items() if name.partition(".")[0] == house
            )
            for house in houses
        },
        "largest package": max(packages.values()),
        "Python files of the packages": sum(
            package_of(PurePosixPath(name)) is not None for name in tree
        ),
        "lines of programs": lines(tree, lambda p: p.parts[0] == "scripts" and len(p.parts) == 2),
        "lines of rules": lines(tree, lambda p: p.suffix == ".smk" or p.name == "Snakefile"),
        "lines of tests": lines(tree, lambda p: p.parts[0] == "tests" and p.suffix == ".py"),
        "pages": len(pages),
        "words of pages that are not generated": sum(len(text.split()) for text in prose.values()),
    }


def table(columns: dict[str, dict[str, int]]) -> str:
    """Markdown table, one column per revision."""
    rows = list(dict.fromkeys(row for column in columns.values() for row in column))
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
    names = list(revisions) or [None]
    print(table({name or "working tree": sizes(read_tree(name)) for name in names}))


if __name__ == "__main__":
    main(sys.argv[1:])
