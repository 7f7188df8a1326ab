"""Two people's branches of one analysis: what each changed, what both changed, and whether their
merge has all of it.

Settings are compared, not lines: written out, as the steps get them. CONFLICT: both changed it in
different ways, or one removed it and the other uses it. LOOK: git merges it silently, but the
branches changed different keys of one entry, or an entry uses something that the other branch
changed, such as a region whose cut uses a column. With --merged the changes of both are searched in
the merge: LOST: missing; CHOSEN: outcome of a conflict; OWN: changed by neither branch.

Exit code: 0 nothing to decide, 1 a conflict, or something is lost in the merge, 2 an error.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from wollemi.base.machine_errors import exit_code
from wollemi.history.merge_text import Branches, branch_lines, merge_lines
from wollemi.history.revisions import common_base, read_revision


def check_merge(analysis: Path, ours: str, theirs: str, base: str, merged: str) -> int:
    """Print the changes of two branches, and whether a merge contains them.

    Args:
        analysis: Path of the analysis file in the repository.
        ours: Revision or file of the first branch.
        theirs: Revision or file of the second branch.
        base: Revision or file of the common base; empty for the commit where the branches parted.
        merged: Revision or file of the merge, if any.

    Returns:
        Exit code of the program.

    Raises:
        WollemiError: The user has to correct something.
    """
    start = base or common_base(ours, theirs)
    names = (start, ours, theirs)
    branches = Branches(*(read_revision(name, analysis) for name in names))
    lines = list(branch_lines(branches))
    bad = "CONFLICT"
    if merged:
        lines += ["", *merge_lines(branches, read_revision(merged, analysis))]
        bad = "LOST"
    print("\n".join([f"{analysis}: what both changed since {start}", "", *lines]))
    return 1 if any(line.startswith(bad) for line in lines) else 0


def main(arguments: Sequence[str] | None = None) -> int:
    """Check the branches named on the command line."""
    parser = argparse.ArgumentParser(prog="check_merge.py", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("analysis", type=Path, help="config/analyses/<name>/analysis.yaml")
    form = "a revision of git, such as a branch, or a file"
    parser.add_argument("ours", help=form)
    parser.add_argument("theirs", help=form)
    parser.add_argument("--base", default="", help="default: the commit where both parted")
    parser.add_argument("--merged", default="", help="their merge: a revision or a file")
    given = parser.parse_args(arguments)
    return exit_code(
        lambda: check_merge(given.analysis, given.ours, given.theirs, given.base, given.merged)
    )


if __name__ == "__main__":
    sys.exit(main())
