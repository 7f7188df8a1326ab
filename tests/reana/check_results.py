"""Compare the acceptance tests with the results that are here: what they expect in a file must
stand there. `reana-client test` asks a server for the same, after hours; exit code 1 if anything
differs.
"""

import re
import sys
from pathlib import Path

EXPECTED = re.compile(r'the file "([^"]+)" should contain "([^"]+)"')


def absent_texts(feature: Path) -> list[str]:
    """What a file of acceptance tests expects and its results, if they are here, do not have."""
    pairs = EXPECTED.findall(feature.read_text(encoding="utf-8"))
    return [
        f"{feature}: '{text}' is not in {name}"
        for name, text in pairs
        if Path(name).is_file() and text not in Path(name).read_text(encoding="utf-8")
    ]


if __name__ == "__main__":
    problems = [
        text
        for path in sorted(Path("tests/reana").glob("*.feature"))
        for text in absent_texts(path)
    ]
    print("\n".join(problems) or "acceptance tests: as in the results")
    sys.exit(bool(problems))
