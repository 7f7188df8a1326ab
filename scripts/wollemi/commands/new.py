"""The work of `wollemi new`: create a repository for an analysis."""

import re
import shutil
import subprocess
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

import click

from wollemi.base.templates import render_text
from wollemi.base.user_commands import user_command
from wollemi.commands.first_analysis import analysis_text
from wollemi.commands.first_region import choose_region
from wollemi.commands.first_weight import check_weight, positive_weight
from wollemi.commands.given_files import ROLES, GivenFile
from wollemi.commands.numbers import POSITIVE
from wollemi.commands.programs import check_empty, workflow_root
from wollemi.commands.vendored import this_source, write_workflow
from wollemi.houses import module_beside
from wollemi.inputs.inspection import file_weights
from wollemi.inputs.origins import DATA, SIMULATION, Origin, judge_origin
from wollemi_likelihood.base.errors import WollemiError
from wollemi_likelihood.expressions.bounds import UNWEIGHTED

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
    """Prompt for missing values and write the repository; exit with code 2 for a user error.

    Args:
        name: Name of the analysis and of the new folder.
        paths: Paths of files of events.
        given: Options of the command.
    """
    folder = Path(name)
    try:
        if not NAME.fullmatch(folder.name):
            problem = "is no name of an analysis"
            raise WollemiError(folder.name, problem, "take lower-case letters, digits and _")
        make = _imported if given["source"] else _of_files
        text, title, author, lines, shown, copies = make(folder.name, paths, given)
    except WollemiError as error:
        click.echo(str(error), err=True)
        raise SystemExit(2) from None
    check_empty(folder)
    write_workflow(folder, this_source(), folder.name)
    _write(folder, text, title, author)
    for place, source in copies.items():
        target = folder / "config/analyses" / folder.name / place
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, target)
    click.echo("\n".join([*lines, f"{folder} (written){shown}"]))
    click.echo(f"\n    cd {folder} && {user_command('wollemi run')}")


def _imported(name: str, paths: Sequence[Path], given: Mapping[str, Any]) -> tuple[Any, ...]:
    """The analysis of another program's configuration, as that of files of events."""
    if paths or any(given[key] for key in ("signals", "data", "cross_section", "weight")):
        problem = "are taken from the configuration"
        raise WollemiError("files and their options", problem, "leave them out with --from")
    readers = module_beside("wollemi_convert", "configurations.readers", "wollemi new --from")
    ask = partial(click.prompt, type=POSITIVE)
    text, title, found = readers.import_analysis(name, given["source"], given, ask)
    lines = [f"not imported: {line}" for line in found.unsaid]
    return text, title, _author(given), lines, "", found.files


def _of_files(name: str, paths: Sequence[Path], given: Mapping[str, Any]) -> tuple[Any, ...]:
    """Text, title, author, lines to print, content in words, and files to copy next to it."""
    if not paths:
        raise WollemiError("FILES", "no file is given", "name files of events")
    files = list(_files(paths, given))
    title = given["title"] or click.prompt("Title", default=name)
    author = _author(given)
    luminosity = given["luminosity"] or click.prompt("Luminosity in fb⁻¹", type=POSITIVE)
    energy = given["energy"] or click.prompt(
        "Center-of-mass energy in TeV", default=13.0, type=POSITIVE
    )
    shown = choose_region(files)
    text = analysis_text(name, title, files, shown, luminosity, energy)
    datasets = ", ".join(f"{file.name} ({file.role})" for file in files)
    lines = [f"region: {shown}", *missing_roles({file.role for file in files})]
    return text, title, author, lines, f": {datasets}", {}


def _author(given: Mapping[str, Any]) -> str:
    return given["author"] or _git_name() or str(click.prompt("Author"))


def _files(paths: Sequence[Path], given: Mapping[str, Any]) -> Iterator[GivenFile]:
    """Files with their roles, from the options, or from their content or an answer."""
    sections = dict(_cross_section(text) for text in given["cross_section"])
    weights = dict(_weight_of(text, [path.name for path in paths]) for text in given["weight"])
    named = {*sections, *given["signals"], *given["data"]}
    unknown = sorted(named - {path.name for path in paths})
    if unknown:
        raise WollemiError(
            unknown[0], "is not among the files", "write its name without its folder"
        )
    both = sorted(set(given["data"]) & {*sections, *given["signals"]})
    if both:
        problem = "is given as data and as simulation"
        raise WollemiError(both[0], problem, "remove --data, or its --cross-section and --signal")
    for path in paths:
        file = GivenFile(path.resolve(), "", sections.get(path.name))
        origin = judge_origin(file.path, file.layout)
        role = _given_role(path.name, given, file.cross_section_pb is not None)
        click.echo(f"{path.name}: {_judged(role, origin)}")
        if not role:
            role = _asked_role(path.name, origin, is_asked=not named)
        if role != "data" and file.cross_section_pb is None:
            section = click.prompt(f"Cross section of {path.name} in pb", type=POSITIVE)
            file = replace(file, cross_section_pb=section)
        if role != "data":
            weight = weights.get(path.name, weights.get("", ""))
            file = replace(file, weight=_weight(file, weight, is_asked=not named))
        yield replace(file, role=role)


def _weight_of(text: str, names: Sequence[str]) -> tuple[str, str]:
    """File, or nothing for all files, and weight: `dy.root=genWeight`, `genWeight`."""
    name, _, weight = text.partition("=")
    return (name, weight) if name in names else ("", text)


def _weight(file: GivenFile, given: str, *, is_asked: bool) -> str:
    """Weight of the events of a simulated file, from the option, its content, or an answer."""
    if not given:
        candidates = file_weights(file.path, file.layout)
        for shown in [*map(str, candidates)] or ["none found, each event counts as 1"]:
            click.echo(f"{file.path.name}: weight: {shown}")
        if not is_asked or len(candidates) < 2:
            return positive_weight(file.path, candidates)
        choices = click.Choice([*(found.expression for found in candidates), UNWEIGHTED])
        given = click.prompt(f"Weight of {file.path.name}", type=choices)
    check_weight(file, given)
    return given


def missing_roles(roles: Collection[str]) -> Iterator[str]:
    """Consequences of missing roles, as text.

    Args:
        roles: Roles of all files.
    """
    if "data" not in roles and "background" in roles:
        yield "data: none given, pseudo-data are the expected background"
    missing = [role for role in ("background", "signal") if role not in roles]
    if missing:
        yield f"limits: none without a {' and a '.join(missing)}"


def _given_role(name: str, given: Mapping[str, Any], has_section: bool) -> str:
    """Role of a file given by the options; empty if undetermined."""
    if name in given["signals"]:
        return "signal"
    return "data" if name in given["data"] else "background" if has_section else ""


def _judged(role: str, origin: Origin) -> str:
    """Description of a file's origin from its content, and whether the options contradict it."""
    contradicted = {"": "", "data": SIMULATION}.get(role, DATA)
    if role and origin.kind == contradicted:
        return f"{role} as given, ALTHOUGH IT LOOKS LIKE {origin.kind.upper()}: {origin.reason}"
    return f"{role} as given: {origin.reason}" if role else str(origin)


def _asked_role(name: str, origin: Origin, is_asked: bool) -> str:
    """Role of a file by its content, confirmed or corrected by an answer.

    Args:
        name: Name of the file.
        origin: Origin of its events.
        is_asked: Whether to ask for confirmation of a role determined from the content.
    """
    role = {DATA: "data", SIMULATION: "background", "": None}[origin.kind]
    if role is not None and not is_asked:
        return role
    return str(click.prompt(f"Role of {name}", default=role, type=click.Choice(ROLES)))


def _cross_section(text: str) -> tuple[str, float]:
    name, _, number = text.rpartition("=")
    try:
        return name, POSITIVE.convert(number if name else "", None, None)
    except click.BadParameter:
        remedy = "write FILE=PB, such as dy.root=6025"
        raise WollemiError("--cross-section", f"'{text}' is not a cross section", remedy) from None


def _git_name() -> str:
    """The user name in git's configuration; empty if unknown."""
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
    """Write the files that are not part of the workflow."""
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
