"""Write a workspace of pyhf in HS3, which RooFit reads: the model, its data, bounds and values."""

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from wollemi.base.machine_errors import exit_code
from wollemi.base.whole_files import write_whole
from wollemi.model.published import read_workspace
from wollemi.publication.hs3 import VERSION, hs3_of


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the document."""
    parser = argparse.ArgumentParser(prog="convert_workspace.py", description=__doc__)
    parser.add_argument("workspace", type=Path, help="workspace of pyhf, JSON")
    parser.add_argument("output", type=Path, help="document of HS3, JSON")
    options = parser.parse_args(arguments)
    return exit_code(lambda: _main(options))


def _main(options: argparse.Namespace) -> int:
    document = hs3_of(read_workspace(options.workspace))
    write_whole(options.output, json.dumps(document, indent=1) + "\n")
    regions = len(document["likelihoods"][0]["distributions"])
    print(f"{options.output}: HS3 {VERSION}, {regions} regions")
    return 0


if __name__ == "__main__":
    sys.exit(main())
