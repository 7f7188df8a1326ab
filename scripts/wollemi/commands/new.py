"""The work of `wollemi new`: create a repository for an analysis."""

import re
import shutil
import subprocess
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

import click

from wollemi.analysis.models.base import SMALLEST
from wollemi.base.numbers import plain_number
from wollemi.base.templates import render_text
from wollemi.base.user_commands import user_command
from wollemi.base.yaml import load_yaml
from wollemi.commands.first_analysis import analysis_text
from wollemi.commands.first_region import choose_region
from wollemi.commands.first_weight import check_weight, positive_weight
from wollemi.commands.given_files import ROLES, VARIATION, GivenFile, listed_files
from wollemi.commands.numbers import POSITIVE
from wollemi.commands.programs import new_folder, workflow_root
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


@dataclass(frozen=True)
class Made:
    """A first analysis.

    Args:
        text: Text of the analysis file.
        title: Title on one line.
        author: Name of the author.
        lines: Lines to print.
        datasets: Names and roles of the datasets, after a colon.
        copies: Files to copy next to the analysis: name there → source.
    """

    text: str
    title: str
    author: str
    lines: Sequence[str]
    datasets: str = ""
    copies: Mapping[str, Path] = field(default_factory=dict)


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
        made = make(folder.name, paths, given)
    except WollemiError as error:
        click.echo(str(error), err=True)
        raise SystemExit(2) from None
    with new_folder(folder) as partial:
        write_workflow(partial, this_source(), folder.name)
        _write(partial, folder.name, made)
        for place, source in made.copies.items():
            target = partial / "config/analyses" / folder.name / place
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, target)
    click.echo("\n".join([*made.lines, f"{folder} (written){made.datasets}"]))
    click.echo(f"\n    cd {folder} && {user_command('wollemi run')}")


def _imported(name: str, paths: Sequence[Path], given: Mapping[str, Any]) -> Made:
    """The analysis of another program's configuration, or of the datasets that it lists."""
    readers = module_beside("wollemi_convert", "configurations.readers", "wollemi new --from")
    source, years = given["source"], dict(given["luminosity"])
    is_list = readers.program_of(source) in readers.LISTS
    options = () if is_list else ("signals", "data", "cross_section", "weight")
    if paths or any(given[key] for key in options):
        problem = "are taken from the configuration"
        raise WollemiError("files and their options", problem, "leave them out with --from")
    if is_list:
        program, found = readers.read_configuration(source)
        return _listed(name, f"{source.name} of {program}", found, given)
    ask = partial(click.prompt, type=POSITIVE)
    _check_years(years, [])
    known = {**given, "luminosity": years.get("")}
    text, title, found = readers.import_analysis(name, source, known, ask)
    lines = [f"not imported: {line}" for line in found.unsaid]
    return Made(text, title, _author(given), lines, copies=found.files)


def _listed(name: str, source: str, found: Any, given: Mapping[str, Any]) -> Made:
    """The analysis of a list of datasets."""
    writing = module_beside("wollemi_convert", "configurations.writing", "wollemi new --from")
    listed = listed_files(found.document, found.comments)
    systematics = found.document.get("systematics", {})
    made = _of_events(name, listed, given, systematics, found.comments)
    head = writing.head_lines(found, source)
    lost = [f"not imported: {line}" for line in found.unsaid]
    text = "\n".join([*head, "", made.text])
    return replace(made, text=text, lines=[*lost, *made.lines], copies=found.files)


def _of_files(name: str, paths: Sequence[Path], given: Mapping[str, Any]) -> Made:
    """The analysis of files of events."""
    if not paths:
        raise WollemiError("FILES", "no file is given", "name files of events, or use --from")
    files = [GivenFile(path.resolve(), "") for path in paths]
    return _of_events(name, files, _without_folders(given, files))


def _without_folders(given: Mapping[str, Any], files: Sequence[GivenFile]) -> dict[str, Any]:
    """The options, with the name of a file where its path is given."""
    labels = {str(file.path): file.label for file in files}

    def short(text: str) -> str:
        path, sign, value = text.partition("=")
        return labels.get(str(Path(path).resolve()), path) + sign + value

    named = "signals", "data", "cross_section", "weight"
    return {**given, **{option: [*map(short, given[option])] for option in named}}


def _of_events(
    name: str, given_files: Sequence[GivenFile], given: Mapping[str, Any], *more: Mapping[str, Any]
) -> Made:
    """The analysis of given files, with systematics and comments of their list, if it has any."""
    files = list(_files(given_files, given))
    title = given["title"] or click.prompt("Title", default=name)
    author = _author(given)
    luminosity = _luminosity(given["luminosity"], files)
    energy = given["energy"] or click.prompt(
        "Center-of-mass energy in TeV", default=13.0, type=POSITIVE
    )
    shown = choose_region([file for file in files if file.role != VARIATION])
    text = analysis_text(name, title, files, shown, luminosity, energy, *more)
    datasets = ", ".join(f"{file.name} ({file.role})" for file in files)
    lines = [f"region: {shown}", *missing_roles({file.role for file in files})]
    return Made(text, title, author, lines, f": {datasets}")


def _author(given: Mapping[str, Any]) -> str:
    return given["author"] or _git_name() or str(click.prompt("Author"))


def _check_years(known: Mapping[str, float], eras: Sequence[str]) -> None:
    wrong = sorted(known.keys() - {*(eras or [""])})
    if wrong:
        years = f"the files are of {', '.join(eras)}" if eras else "the files have no years"
        problem = f"is given for {wrong[0] or 'all years together'}, but {years}"
        remedy = f"write --luminosity {f'{eras[0]}=IFB for each year' if eras else 'IFB'}"
        raise WollemiError("--luminosity", problem, remedy)


def _luminosity(
    given: Sequence[tuple[str, float]], files: Sequence[GivenFile]
) -> float | dict[str, float]:
    """Luminosity in fb⁻¹ from the options or an answer; one per era of the files."""
    known, eras = dict(given), sorted({file.keys["era"] for file in files if "era" in file.keys})
    _check_years(known, eras)
    asked = {
        era: known.get(era)
        or click.prompt(f"Luminosity{era and ' of '}{era} in fb⁻¹", type=POSITIVE)
        for era in eras or [""]
    }
    return asked if eras else asked[""]


def _files(files: Sequence[GivenFile], given: Mapping[str, Any]) -> Iterator[GivenFile]:
    """Files with their roles: from the options, their list, their content or an answer."""
    names = [name for file in files for name in file.names_in_options]
    sections = _cross_sections(given["cross_section"], names)
    weights = dict(_weight_of(text, names) for text in given["weight"])
    named = {*sections, *given["signals"], *given["data"]}
    unknown = sorted(named - {*names})
    if unknown:
        raise WollemiError(unknown[0], "is not among the files", "write it as in FILES")
    both = sorted(set(given["data"]) & {*sections, *given["signals"]})
    if both:
        problem = "is given as data and as simulation"
        raise WollemiError(both[0], problem, "remove --data, or its --cross-section and --signal")
    is_asked = not named and not any(file.dataset for file in files)
    for file in files:
        own = [sections[name] for name in file.names_in_options if name in sections]
        section = next(iter(own), file.cross_section_pb)
        origin = judge_origin(file.path, file.layout)
        by_option = _given_role(file, given)
        role = by_option or file.role or ("background" if own else "")
        is_listed = role == file.role and not by_option
        judged = _judged(role, origin, "listed" if is_listed else "given")
        click.echo(f"{file.label}: {judged}")
        if not role:
            role = _asked_role(file.label, origin, is_asked)
            judged += f"; taken as {role}"
        if role != "data" and section is None:
            section = click.prompt(f"Cross section of {file.label} in pb", type=POSITIVE)
        remark = f"{file.remark}; {judged}" if file.dataset else ""
        file = replace(file, role=role, cross_section_pb=section, remark=remark)
        if role != "data":
            found = [weights[name] for name in (*file.names_in_options, "") if name in weights]
            file = replace(file, weight=_weight(file, next(iter(found), ""), is_asked=is_asked))
        yield file


def _weight_of(text: str, names: Sequence[str]) -> tuple[str, str]:
    """File, or nothing for all files, and weight: `dy.root=genWeight`, `genWeight`."""
    name, _, weight = text.partition("=")
    return (name, weight) if name in names else ("", text)


def _weight(file: GivenFile, given: str, *, is_asked: bool) -> str:
    """Weight of the events of a simulated file, from the option, its content, or an answer."""
    if not given:
        candidates = file_weights(file.path, file.layout)
        for shown in [*map(str, candidates)] or ["none found, each event counts as 1"]:
            click.echo(f"{file.label}: weight: {shown}")
        if not is_asked or len(candidates) < 2:
            return positive_weight(file.path, candidates)
        choices = click.Choice([*(found.expression for found in candidates), UNWEIGHTED])
        given = click.prompt(f"Weight of {file.label}", type=choices)
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


def _given_role(file: GivenFile, given: Mapping[str, Any]) -> str:
    """Role of a file given by the options; empty if undetermined."""
    if file.role == VARIATION:
        return ""
    for role, option in (("signal", "signals"), ("data", "data")):
        if {*file.names_in_options} & {*given[option]}:
            return role
    return ""


def _judged(role: str, origin: Origin, by: str) -> str:
    """Description of a file's origin from its content, and whether the role contradicts it.

    Args:
        role: Role by an option or a list; empty if undetermined.
        origin: Origin of its events.
        by: Source of the role, `given` or `listed`.
    """
    contradicted = {"": "", "data": SIMULATION}.get(role, DATA)
    if role and origin.kind == contradicted:
        return f"{role} as {by}, ALTHOUGH IT LOOKS LIKE {origin.kind.upper()}: {origin.reason}"
    return f"{role} as {by}: {origin.reason}" if role else str(origin)


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


def _cross_sections(texts: Sequence[str], names: Sequence[str]) -> dict[str, float]:
    """Cross sections in pb, from `FILE=PB` and from tables, JSON or YAML: name → pb."""
    found: dict[str, float] = {}
    for text in texts:
        if "=" in text or not Path(text).is_file():
            found |= [_cross_section(text)]
            continue
        table = load_yaml(text)
        if not isinstance(table, dict) or not table.keys() & {*names}:
            problem = "does not contain a cross section of the files"
            raise WollemiError(text, problem, f"write name: pb, such as {names[0]}: 6025")
        found |= {
            name: plain_number(text, name, value, at_least=SMALLEST)
            for name, value in table.items()
            if name in names
        }
    return found


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


def _write(folder: Path, name: str, made: Made) -> None:
    """Write the files that are not part of the workflow."""
    named = {"name": name, "title": made.title, "author": made.author}
    # The author changes the date with each release.
    named |= {"date": str(date.today())}
    for template, target in WRITTEN.items():
        path = folder / target.format(name=name)
        path.parent.mkdir(parents=True, exist_ok=True)
        source = workflow_root() / "workflow/new" / f"{template}.j2"
        path.write_text(render_text(source, **named), encoding="utf-8")
    (folder / "ci/check").chmod(0o755)
    (folder / "config/analyses" / name / "analysis.yaml").write_text(made.text, encoding="utf-8")
