"""The work of `wollemi upgrade`: another version of the workflow in a repository of `wollemi new`,
tried in a copy first.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import click

from wollemi.base.machine_errors import exit_code
from wollemi.base.user_commands import user_command
from wollemi.commands.programs import analyses
from wollemi.commands.vendored import Source, checkout_source, read_record, this_source
from wollemi.history.store import OFF, VARIABLE, store_folder
from wollemi_interactive.upgrade.upgrade_merge import (
    COPY,
    Merged,
    check_clean,
    git,
    merge_workflow,
    work_tree,
)
from wollemi_likelihood.base.errors import WollemiError

NEXT = (
    "Nothing has changed yet: --run makes the results in a copy and compares them, "
    "--apply commits the upgrade."
)


@dataclass(frozen=True)
class Wanted:
    """Options of `wollemi upgrade`.

    Args:
        source: Folder or git address of the new version; None for this package.
        tag: Tag or branch of the source.
        run: Whether to make the results again, in the copy.
        apply: Whether to commit.
        cores: Number of jobs that run at once.
        page: Path of an HTML page on the changed results of a single analysis.
    """

    source: str | None
    tag: str | None
    run: bool
    apply: bool
    cores: int
    page: Path | None


def upgrade_repository(wanted: Wanted) -> int:
    """Show the changes of another version of the workflow, and apply them on request.

    Returns:
        Exit code: 2 for a user error.
    """

    def work() -> int:
        try:
            return _upgrade(wanted)
        except WollemiError as error:
            where = f"wollemi upgrade: {error.where}"
            raise WollemiError(where, error.problem, error.remedy) from None

    return exit_code(work, [Path()])


def _upgrade(wanted: Wanted) -> int:
    read_record(Path())
    check_clean()
    if wanted.source is None and this_source().root.resolve() == Path.cwd().resolve():
        problem = "the default is the version of this command, which is already here"
        remedy = "name a checkout of Wollemi or its git address with --from"
        raise WollemiError("--from", problem, remedy)
    runs = [name for name in analyses() if Path(f"results/{name}/records").is_dir()]
    if wanted.page and (not wanted.run or len(runs) != 1):
        raise WollemiError(
            "--page",
            "it is on one run",
            "add --run, in a repository with the results of one analysis",
        )
    if wanted.run and not runs:
        raise WollemiError(
            "--run",
            "no results to compare with",
            f"run the analysis first: {user_command('wollemi run')}",
        )
    with _opened_source(wanted) as source, work_tree() as copy:
        merged = merge_workflow(copy, source)
        click.echo("\n".join(_file_lines(merged)))
        if not merged.touched():
            return 0
        link_inputs(copy, runs)
        _prepare(copy)
        for name in runs:
            runs_there = _show_stale(copy, name)
            if wanted.run and not runs_there:
                remedy = "change the analysis as the message says after --apply without --run"
                raise WollemiError(f"results/{name}", "nothing can be compared", remedy)
            if wanted.run:
                _run_and_compare(copy, name, wanted)
        if wanted.apply:
            git("merge", "--quiet", "--ff-only", merged.commit)
    click.echo(f"\n{merged.commit[:10]}: {merged.now.name}" if wanted.apply else f"\n{NEXT}")
    return 0


@contextmanager
def _opened_source(wanted: Wanted) -> Iterator[Source]:
    """The new version of the workflow."""
    if wanted.source is None:
        yield this_source()
    elif Path(wanted.source).is_dir() and wanted.tag is None:
        yield checkout_source(Path(wanted.source).resolve())
    else:
        # With its history, which may have the original of a file; contents are fetched on demand.
        branch = ["--branch", wanted.tag] if wanted.tag else []
        quiet = ("clone", "--quiet", "--filter=blob:none", "-c", "advice.detachedHead=false")
        with tempfile.TemporaryDirectory() as folder:
            try:
                git(*quiet, *branch, "--", wanted.source, folder)
            except WollemiError as error:
                where = " ".join(filter(None, [wanted.source, wanted.tag]))
                raise WollemiError(
                    where, error.problem, "name a checkout or its git address"
                ) from None
            yield checkout_source(Path(folder))


def _file_lines(merged: Merged) -> Iterator[str]:
    """Lines on the changes of files, for the user."""
    yield f"{merged.then.name} → {merged.now.name}"
    words = {"M": "changed", "A": "new", "D": "removed"}
    counts = [
        f"{len(names)} {words.get(letter, letter)}"
        for letter, names in sorted(merged.changes.items())
    ]
    yield f"files of the workflow: {', '.join(counts) or 'nothing to upgrade'}"
    touched = merged.touched()
    for name in merged.changed:
        yield f"local change {'merged' if name in touched else 'kept'}: {name}"


def link_inputs(copy: Path, runs: Sequence[str]) -> None:
    """Link into the copy the inputs of past jobs that git does not have, such as event files.

    Args:
        copy: Path of the work tree.
        runs: Names of the analyses with results.
    """
    for run in runs:
        for path in Path(f"results/{run}/records").rglob("*.json"):
            for name in json.loads(path.read_text(encoding="utf-8"))["inputs"]:
                place = copy / name
                if not name.startswith("results/") and Path(name).exists() and not place.exists():
                    place.parent.mkdir(parents=True, exist_ok=True)
                    place.symlink_to(Path(name).resolve())


def _prepare(copy: Path) -> None:
    """Install the packages of the new version, if uv is available."""
    uv = shutil.which("uv")
    code, output = _call([uv, "sync", "--locked", "--quiet"], copy) if uv else (0, "")
    if code:
        raise WollemiError("uv sync", f"it fails:\n{output}", "fix it, and try again")


def _environment(folder: Path) -> dict[str, str]:
    """Environment of a command: the package of its folder, and the store of the repository."""
    store, paths = store_folder(), os.environ.get("PYTHONPATH")
    path = os.pathsep.join([str(folder.resolve() / "scripts"), *filter(None, [paths])])
    kept = {name: value for name, value in os.environ.items() if name != "VIRTUAL_ENV"}
    return kept | {"PYTHONPATH": path, VARIABLE: str(store.resolve()) if store else OFF}


def _call(command: Sequence[str], folder: Path, shown: bool = False) -> tuple[int, str]:
    """Exit code of a command, and its output if not shown at once."""
    pipe = None if shown else subprocess.PIPE
    done = subprocess.run(  # noqa: S603
        command,
        cwd=folder,
        env=_environment(folder),
        stdout=pipe,
        stderr=None if shown else subprocess.STDOUT,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout or ""


def _python(*arguments: str) -> list[str]:
    """A Python command with the packages of the folder where it runs."""
    uv = shutil.which("uv")
    return [uv, "run", "python", *arguments] if uv else [sys.executable, *arguments]


def _wollemi(*arguments: str) -> list[str]:
    return _python("-m", "wollemi.commands.main", *arguments)


def _show_stale(copy: Path, name: str) -> bool:
    """Show which jobs of a run would run again, and why.

    Returns:
        Whether the new version can run the analysis.

    Raises:
        WollemiError: The results are not up to date with the present version.
    """
    run = Path("results") / name
    verify = _wollemi("verify", name, "--without-snakemake")
    code, output = _call(verify, Path())
    if code:
        problem = f"these results are not up to date:\n{output.rstrip()}"
        raise WollemiError(
            str(run), problem, f"run the analysis first: {user_command('wollemi run')} {name}"
        )
    _link_files(run, copy / run)
    _, judged = _call(verify, copy)
    shutil.rmtree(copy / run)
    _call(_python("scripts/manage_history.py", "reuse", str(run)), copy)
    code, planned = _call(_wollemi("run", name, "--dry-run"), copy)
    click.echo(f"\n{judged.rstrip()}\n")
    if code:
        click.echo(f"{name}: the new version cannot run this analysis:\n{planned.rstrip()}")
        return False
    found = re.search(r"^\d+ jobs?$", planned, re.MULTILINE)
    click.echo(f"{name}: {found[0] if found else 'no job'} to run")
    return True


def _link_files(source: Path, target: Path) -> None:
    """Link all files of a folder; the judgment only reads them."""
    for path in source.rglob("*"):
        if path.is_file():
            link = target / path.relative_to(source)
            link.parent.mkdir(parents=True, exist_ok=True)
            link.symlink_to(path.resolve())


def _run_and_compare(copy: Path, name: str, wanted: Wanted) -> None:
    """Run the new version in the copy, and show what changed.

    Raises:
        WollemiError: The run fails, or the runs cannot be compared.
    """
    run = f"results/{name}"
    code, _ = _call(_wollemi("run", name, "--cores", str(wanted.cores)), copy, shown=True)
    if code:
        remedy = f"its logs are in {COPY}/{run}/logs"
        raise WollemiError(run, "the run of the new version failed", remedy)
    page = ["--page", str(wanted.page.resolve())] if wanted.page else []
    runs = f"then={Path(run).resolve()}", f"now={run}"
    code, output = _call(_wollemi("compare", *runs, *page), copy)
    if code not in (0, 1):  # they agree, or they differ
        raise WollemiError(run, f"it cannot be compared:\n{output.rstrip()}", f"look into {COPY}")
    # The first part shows what changed, and why; digests follow.
    click.echo(f"\n{output.partition('Compared with')[0].rstrip()}")
