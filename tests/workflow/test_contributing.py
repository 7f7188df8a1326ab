"""CONTRIBUTING.md names files and folders that exist, and lists each package once."""

import re

import pytest
from support.project.paths import ROOT

PAGE = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
# Names with placeholders, such as `scripts/<verb_noun>.py`, are patterns for new files.
PATHS = re.findall(r"`([\w.-]+(?:/[\w.-]*)+|[\w-]+\.(?:py|md|toml|yaml|smk))`", PAGE)
PATTERNS = re.findall(r"`((?:scripts|tests|workflow)/[^`\s]*<[^`\s]*)`", PAGE)


@pytest.mark.parametrize("name", sorted(set(PATHS)))
def test_a_path_exists(name):
    assert (ROOT / name).exists()


@pytest.mark.parametrize("name", sorted(set(PATTERNS)))
def test_a_pattern_matches_files(name):
    assert any(ROOT.glob(re.sub(r"<\w+>", "*", name))), name


def test_a_package_is_listed_once():
    packages = re.findall(r"^\| `([a-z0-9_.]+)` \| ", PAGE, re.MULTILINE)
    assert len(packages) > 30
    assert len(set(packages)) == len(packages)


def test_paths_are_found():
    assert len(set(PATHS)) > 30
    assert len(set(PATTERNS)) > 5
