"""The work of `wollemi new`: a repository of its own for an analysis."""

import re
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import click

from wollemi.base.errors import WollemiError
from wollemi.base.templates import render_text
from wollemi.commands.programs import check_empty, workflow_root
from wollemi.commands.vendored import this_source, write_workflow
from wollemi.interactive.first_analysis import ROLES, GivenFile, analysis_text, guess_role

NAME = re.compile(r"[a-z][a-z0-9_]*")
# Template of `workflow/new` → file of the repository.
WRITTEN = {
    "README.md": "README.md",
    "CITATION.cff": "CITATION.cff",
    "hooks.py": "config/analyses/{name}/hooks.py",
    "test_analysis.py": "tests/test_{name}.py",
    "pytest.ini": "tests/pytest.ini",
    "check": "ci/check",
    "github.yml": ".github/workflows/analysis.yml",
    "gitlab-ci.yml": ".gitlab-ci.yml",
    "gitignore": ".gitignore",
}


def make_repository(name: str, paths: Sequence[Path], given: Mapping[str, Any]) -> None:
    """Ask what is not given, and write the repository; ends with exit code 2 for a user error.

    Args:
        name: of the analysis, and of the new folder.
        paths: files of events.
        given: options of the command.
    """
    folder = Path(name)
    try:
        if not NAME.fullmatch(folder.name):
            problem = "is no name of an analysis"
            raise WollemiError(folder.name, problem, "take lower-case letters, digits and _")
        if not paths:
            raise WollemiError("FILES", "no file is given", "name files of events")
        files = list(_files(paths, given))
        title = given["title"] or click.prompt("Title", default=folder.name)
        author = given["author"] or _git_name() or click.prompt("Author")
        luminosity = given["luminosity"] or click.prompt("Luminosity in fb⁻¹", type=float)
        energy = given["energy"] or click.prompt("Center-of-mass energy in TeV", default=13.0)
        text = analysis_text(folder.name, title, files, luminosity, energy)
    except WollemiError as error:
        click.echo(str(error), err=True)
        raise SystemExit(2) from None
    check_empty(folder)
    write_workflow(folder, this_source(), folder.name)
    _write(folder, text, title, author)
    told = ", ".join(f"{file.name} ({file.role})" for file in files)
    click.echo(f"{folder} (written): {told}\n\n    cd {folder} && wollemi run")


def _files(paths: Sequence[Path], given: Mapping[str, Any]) -> Iterator[GivenFile]:
    """What each file is: by the options, its weights, or an answer."""
    sections = dict(_cross_section(text) for text in given["cross_section"])
    unknown = [*(sections.keys() | set(given["signals"])) - {path.name for path in paths}]
    if unknown:
        raise WollemiError(unknown[0], "is none of the files", "write its name without its folder")
    asked = not given["signals"] and not sections
    for path in paths:
        role = "signal" if path.name in given["signals"] else guess_role(path)
        role = "background" if role == "data" and path.name in sections else role
        if asked:
            role = click.prompt(path.name, default=role, type=click.Choice(ROLES))
        if role == "data":
            yield GivenFile(path.resolve(), role)
            continue
        section = sections.get(path.name) or click.prompt(
            f"Cross section of {path.name} in pb", type=click.FloatRange(min=0, min_open=True)
        )
        yield GivenFile(path.resolve(), role, section)


def _cross_section(text: str) -> tuple[str, float]:
    name, _, number = text.rpartition("=")
    try:
        value = float(number)
    except ValueError:
        value = 0.0
    if not name or not value > 0:
        remedy = "write FILE=PB, such as dy.root=6025"
        raise WollemiError("--cross-section", f"'{text}' is no cross section", remedy)
    return name, value


def _git_name() -> str:
    """The name that git signs with, if it is there."""
    try:
        done = subprocess.run(
            ["git", "config", "user.name"],  # noqa: S607 - the user's own
            capture_output=True,
            text=True,
            check=False,
        )
    except OSError:
        return ""
    return done.stdout.strip()


def _write(folder: Path, analysis: str, title: str, author: str) -> None:
    """Write all that is not the workflow."""
    # The author changes the date with each release.
    values = {"name": folder.name, "title": title, "author": author, "date": date.today()}
    for template, target in WRITTEN.items():
        path = folder / target.format(name=folder.name)
        path.parent.mkdir(parents=True, exist_ok=True)
        source = workflow_root() / "workflow/new" / f"{template}.j2"
        path.write_text(render_text(source, **values), encoding="utf-8")
    (folder / "ci/check").chmod(0o755)
    (folder / "config/analyses" / folder.name / "analysis.yaml").write_text(
        analysis, encoding="utf-8"
    )
