"""Compare Parquet and ROOT files, column by column, or zip files of histograms: equal within the
tolerances, or the first difference.

Without files, JSON is read from standard input, name → [archived file, file made again], and name →
[whether they are equal, text] is written. So `reexecute_archive` runs this with the Python of the
environment: it needs pyarrow, awkward and uproot.
"""

import argparse
import filecmp
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from wollemi.archive.tables import compare_files
from wollemi.base.machine_errors import exit_code
from wollemi_likelihood.base.errors import WollemiError


def main(arguments: Sequence[str] | None = None) -> int:
    """Compare two files, or the files named on standard input.

    Returns:
        Exit code, 1 if two files differ.
    """
    parser = argparse.ArgumentParser(prog="compare_products.py", description=__doc__)
    parser.add_argument(
        "files",
        nargs="*",
        type=Path,
        metavar="FILE",
        help="the archived file, and the one made again",
    )
    files = parser.parse_args(arguments).files
    if not files:
        print(json.dumps(dict(compare_files(json.load(sys.stdin)))))
        return 0
    if len(files) != 2:
        parser.error(f"two files are compared, not {len(files)}")
    return exit_code(lambda: _compare_two(*files))


def _compare_two(then: Path, now: Path) -> int:
    for path in (then, now):
        if not path.is_file():
            raise WollemiError(str(path), "does not exist", "name a Parquet, a ROOT or a zip file")
    if filecmp.cmp(then, now, shallow=False):
        print("identical")
        return 0
    ((same, text),) = (found for _, found in compare_files({now.name: (str(then), str(now))}))
    print(text)
    return 0 if same else 1


if __name__ == "__main__":
    sys.exit(main())
