"""The workflow of a repository, replaced by another version while keeping local changes.

git merges three ways: the version once written here, the present files, and the new version. The
work is done in a separate work tree, so that the repository stays unchanged.
"""

import hashlib
import shutil
import subprocess
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from wollemi.commands.programs import default_analysis
from wollemi.commands.vendored import (
    ORIGINALS,
    RECORD,
    Source,
    Vendored,
    changed_files,
    read_record,
    remove_files,
    with_analysis,
    write_workflow,
)
from wollemi_likelihood.base.errors import WollemiError

COPY = Path(".wollemi/upgrade")
LOCK = "uv.lock"
_SHOWN = 10  # files in a message
# These commits stay hidden: a user may have no name in git, may sign, or may have hooks.
_PLAIN = ("-c", "user.name=wollemi", "-c", "user.email=wollemi", "-c", "commit.gpgsign=false")
_PLAIN_COMMIT = (*_PLAIN, "commit", "--quiet", "--no-verify", "--allow-empty", "-m", "wollemi")


@dataclass(frozen=True)
class Merged:
    """Effect of an upgrade on the files of a repository.

    Args:
        then: Present workflow.
        now: New workflow.
        changed: Files of the workflow with local changes.
        changes: Letter of git (A, D, M) → files that the upgrade adds, removes or changes.
        commit: The upgrade as one commit, not yet on any branch.
    """

    then: Vendored
    now: Vendored
    changed: Sequence[str]
    changes: dict[str, list[str]]
    commit: str

    def touched(self) -> set[str]:
        """All files that the upgrade changes."""
        return {name for names in self.changes.values() for name in names}


def git(*arguments: str, folder: Path = Path(), given: str | None = None) -> str:
    """Output of a git command.

    Args:
        arguments: Arguments of git.
        folder: Folder where it runs.
        given: Standard input of the command.

    Raises:
        WollemiError: The command fails.
    """
    done = subprocess.run(  # noqa: S603
        ["git", *arguments],  # noqa: S607
        cwd=folder,
        input=given,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        output = (done.stderr.strip() or done.stdout.strip()).splitlines()[-1:]
        problem = f"git fails: {''.join(output)}"
        raise WollemiError(" ".join(["git", *arguments[:2]]), problem, "fix it, and try again")
    return done.stdout.rstrip("\n")


def check_clean() -> None:
    """Require the top of a git repository without uncommitted changes.

    Raises:
        WollemiError: The folder is not the top of a repository, or has uncommitted changes.
    """
    here = Path.cwd().name
    if shutil.which("git") is None:
        raise WollemiError("git", "it is not installed", "install git: it does the merge")
    try:
        below = git("rev-parse", "--show-prefix")
        git("rev-parse", "--verify", "--quiet", "HEAD")
    except WollemiError:
        problem = "this is not a git repository with a commit"
        remedy = "git init && git add --all && git commit"
        raise WollemiError(here, problem, remedy) from None
    if below:
        raise WollemiError(here, "this is not the top of its repository", "change to the top")
    lines = git("status", "--porcelain", "--untracked-files=normal").splitlines()
    if lines:
        problem = f"it has uncommitted changes: {_named([line[3:] for line in lines])}"
        raise WollemiError(here, problem, "commit them: the upgrade is a separate commit")


def _named(names: Sequence[str]) -> str:
    more = [f"and {len(names) - _SHOWN} more"] if len(names) > _SHOWN else []
    return " ".join([", ".join(names[:_SHOWN]), *more])


@contextmanager
def work_tree() -> Iterator[Path]:
    """A copy of the present commit, below `.wollemi`; it is kept if a `WollemiError` names it."""
    _remove(COPY)
    # Twice: one that was killed while git made its copy has left a lock.
    git("worktree", "add", "--quiet", "--force", "--force", "--detach", str(COPY), "HEAD")
    try:
        yield COPY
    except WollemiError as error:
        if str(COPY) not in error.remedy:
            _remove(COPY)
        raise
    except BaseException:
        _remove(COPY)
        raise
    _remove(COPY)


def _remove(copy: Path) -> None:
    shutil.rmtree(copy, ignore_errors=True)
    git("worktree", "prune")


def merge_workflow(copy: Path, source: Source) -> Merged:
    """Replace the workflow of a work tree.

    Args:
        copy: Path of the work tree, at the commit of the repository.
        source: New workflow.

    Returns:
        Effect of the upgrade; the work tree is at the new commit.

    Raises:
        WollemiError: A file was changed in both versions, or its original is unknown.
    """
    head, then = git("rev-parse", "HEAD", folder=copy), read_record(copy)
    analysis = default_analysis(copy)
    changed = sorted(changed_files(copy, then))
    base = _commit_base(copy, then, changed, source)
    git("reset", "--quiet", "--hard", base, folder=copy)
    now = _commit_new(copy, then, source, analysis)
    new = git("rev-parse", "HEAD", folder=copy)
    ours = git(*_PLAIN, "commit-tree", "-p", base, "-m", "wollemi", f"{head}^{{tree}}", folder=copy)
    git("reset", "--quiet", "--hard", ours, folder=copy)
    _merge(copy, base, new)
    _lock_again(copy, base, ours, new)
    _keep_originals(copy, now, new)
    message = _message(then, now, changed)
    tree = git("write-tree", folder=copy)
    commit = git("commit-tree", "-p", head, "-F", "-", tree, folder=copy, given=message)
    git("reset", "--quiet", "--hard", commit, folder=copy)
    return Merged(then, now, changed, _changes(copy, head, commit), commit)


def _commit_base(copy: Path, then: Vendored, changed: Sequence[str], source: Source) -> str:
    """Commit the present files with the original workflow; return the commit."""
    for name in changed:
        content = _content_before(copy, name, then, source)
        (copy / name).parent.mkdir(parents=True, exist_ok=True)
        (copy / name).write_bytes(content)
    _add(copy, then.files)
    git(*_PLAIN_COMMIT, folder=copy)
    return git("rev-parse", "HEAD", folder=copy)


def _content_before(copy: Path, name: str, then: Vendored, source: Source) -> bytes:
    """The original of a workflow file: kept by the last upgrade, or from the history of the
    repository or of Wollemi.
    """
    kept = copy / ORIGINALS / name
    listing = git("rev-list", "--objects", "--all", "--", name, folder=copy).splitlines()
    versions = [line.split(" ", 1)[0] for line in listing if line.endswith(f" {name}")]
    contents = [kept.read_bytes()] if kept.is_file() else []
    contents += [_blob(copy, version) for version in versions]
    if then.commit is not None:
        there = _blob(source.root, f"{then.commit}:{name}")
        given = with_analysis(there.decode(errors="replace"), default_analysis(copy)).encode()
        contents += [there, given]
    for content in contents:
        if hashlib.sha256(content).hexdigest() == then.files[name]:
            return content
    problem = f"it has local changes, and no commit has the original file of {then.name}"
    remedy = "restore the original, commit it, upgrade, and make the change again"
    raise WollemiError(name, problem, remedy)


def _blob(folder: Path, name: str) -> bytes:
    """Content of a git object; empty if it does not exist."""
    command = ["git", "cat-file", "blob", name]
    return subprocess.run(command, cwd=folder, capture_output=True, check=False).stdout  # noqa: S603


def _commit_new(copy: Path, then: Vendored, source: Source, analysis: str) -> Vendored:
    """Commit the new workflow on top of the original one."""
    remove_files(copy, then.files)
    write_workflow(copy, source, analysis)
    now = read_record(copy)
    _add(copy, {*then.files, *now.files, RECORD})
    git(*_PLAIN_COMMIT, folder=copy)
    return now


def _add(copy: Path, names: Iterable[str]) -> None:
    """Stage files with their present content, including ignored ones."""
    options = ("--all", "--force", "--pathspec-from-file=-", "--pathspec-file-nul")
    listing = "\0".join(f":(literal){name}" for name in sorted(names))
    git("add", *options, folder=copy, given=listing)


def _merge(copy: Path, base: str, new: str) -> None:
    """Merge the new workflow into the present files.

    Raises:
        WollemiError: Git reports conflicts; the error names the files.
    """
    options = ("--quiet", "--no-commit", "--no-ff", "--no-verify", "-X", "diff-algorithm=histogram")
    command = ["git", *_PLAIN, "merge", *options, new]
    done = subprocess.run(command, cwd=copy, capture_output=True, text=True, check=False)  # noqa: S603
    unmerged = git("diff", "--name-only", "--diff-filter=U", folder=copy).splitlines()
    names = [name for name in unmerged if name != LOCK]
    if names:
        problem = f"local changes conflict with the new version: {_named(names)}"
        remedy = (
            f"`git checkout {base[:10]} -- FILE` restores the original: commit it, upgrade, and "
            "make the change again"
        )
        raise WollemiError("merge", problem, remedy)
    if done.returncode and not unmerged:
        output = (done.stderr.strip() or done.stdout.strip()).splitlines()[-1:]
        raise WollemiError("git merge", "".join(output), "fix it, and try again")


def _lock_again(copy: Path, base: str, ours: str, new: str) -> None:
    """Take the new lock file and add the local packages, as merged lines are not a valid lock."""
    versions = {_blob(copy, f"{commit}:{LOCK}") for commit in (base, ours, new)}
    if len(versions) < 3:
        return
    git("checkout", "--quiet", new, "--", LOCK, folder=copy)
    uv = shutil.which("uv")
    if uv is None:
        remedy = "install uv, which locks your packages with those of the new version"
        raise WollemiError(LOCK, "you and the new version both changed it", remedy)
    done = subprocess.run(  # noqa: S603
        [uv, "lock", "--quiet"], cwd=copy, capture_output=True, text=True, check=False
    )
    if done.returncode:
        problem = f"your packages do not go with those of the new version:\n{done.stderr.strip()}"
        raise WollemiError(LOCK, problem, "change your dependencies in pyproject.toml")
    git("add", LOCK, folder=copy)


def _keep_originals(copy: Path, now: Vendored, new: str) -> None:
    """Keep originals of locally changed files, from which the next upgrade starts."""
    shutil.rmtree(copy / ORIGINALS, ignore_errors=True)
    for name in changed_files(copy, now):
        path = copy / ORIGINALS / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(_blob(copy, f"{new}:{name}"))
    if (copy / ORIGINALS).is_dir() or git("ls-files", "--", ORIGINALS, folder=copy):
        git("add", "--all", "--force", "--", ORIGINALS, folder=copy)


def _changes(copy: Path, head: str, commit: str) -> dict[str, list[str]]:
    listing = git("diff", "--name-status", "--no-renames", head, commit, folder=copy).splitlines()
    found: dict[str, list[str]] = {}
    for line in listing:
        letter, _, name = line.partition("\t")
        if name != RECORD and not name.startswith(f"{ORIGINALS}/"):
            found.setdefault(letter, []).append(name)
    return found


def _message(then: Vendored, now: Vendored, changed: Collection[str]) -> str:
    lines = [f"Upgrade to {now.name}", "", f"From {then.name}."]
    if changed:
        lines += ["", "With local changes:", *(f"- {name}" for name in changed)]
    return "\n".join(lines) + "\n"
