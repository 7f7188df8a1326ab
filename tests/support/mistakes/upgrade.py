"""Mistakes with `wollemi upgrade`, in a repository with the first of two versions."""

from functools import partial
from pathlib import Path

from support.project.versions import LINES, commit, write, write_last, write_newer, write_own
from support.tiny.mistakes import Run
from wollemi_interactive.upgrade.upgrade import Wanted, upgrade_repository


def _upgrade(run: bool = False) -> Run:
    """The upgrade to the newer version."""
    newer = write_newer(Path.cwd().with_name("newer"))
    return partial(upgrade_repository, Wanted(str(newer), None, run, False, 1, None))


def _own() -> Path:
    """The repository."""
    return write_own(Path.cwd(), write_last(Path.cwd().with_name("last")))


def upgrade_elsewhere() -> Run:
    """In a folder that `wollemi new` did not write."""
    return _upgrade()


def upgrade_with_changes() -> Run:
    """That are not committed."""
    write(_own(), {"scripts/fit_model.py": "", "notes.txt": ""})
    return _upgrade()


def upgrade_with_a_conflict() -> Run:
    """The line that the new version changes was changed here."""
    write(_own(), {"scripts/fit_model.py": LINES.replace("line 3\n", "line 3 of mine\n")})
    commit(Path.cwd())
    return _upgrade()


def upgrade_without_the_original() -> Run:
    """A file was changed before the first commit."""
    last = write_last(Path.cwd().with_name("last"))
    write_own(Path.cwd(), last, {"envs/analyses.yaml": "mine\n"})
    return _upgrade()


def upgrade_without_results() -> Run:
    """A comparison with nothing."""
    _own()
    return _upgrade(run=True)
