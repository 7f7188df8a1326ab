"""Ranges of files on a command line."""

import subprocess

import pytest

from wollemi.job.command_line import numbered_paths


@pytest.mark.parametrize(
    "text",
    [
        "e/{0..0}.json",
        "e/skim_{0..12}.json",
        "{3..4}",
        "plain.json",
        "a{b}.json",
        "{0..x}",
        "{1.2}",
    ],
)
def test_a_range_is_what_a_shell_makes_of_it(text):
    done = subprocess.run(
        ["bash", "-c", f"printf '%s\n' {text}"], check=True, capture_output=True, text=True
    )
    assert [str(path) for path in numbered_paths(text)] == done.stdout.splitlines()
