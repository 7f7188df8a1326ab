"""Tests and programs that files of the project name are there: a name outlives a move."""

import re
import subprocess

import pytest
from support.project.paths import ROOT

NAMED = re.compile(r"(?<![\w/.])(?:tests|scripts|workflow|benchmarks)/[\w/]+\.(?:py|sh|smk)\b")
FILES = subprocess.run(
    ["git", "ls-files", "*.md", "*.toml", "*.yml", "*.yaml", "*.smk", ".ci/run", "Snakefile"],
    cwd=ROOT,
    capture_output=True,
    text=True,
    check=True,
).stdout.split()


# It quotes tests of other projects.
QUOTES = ("docs/published_numbers.md", "tests/data/published_numbers.yaml")


@pytest.mark.parametrize("name", [name for name in FILES if name not in QUOTES])
def test_every_path_that_a_file_names_is_there(name):
    text = (ROOT / name).read_text(encoding="utf-8")
    assert [path for path in NAMED.findall(text) if not (ROOT / path).exists()] == []
