"""The commands of all rules: what comes from outside reaches the shell as one word, whatever stands in it."""

import re
import shlex
import subprocess

import pytest
from support.project.paths import ROOT
from support.tiny.analysis import environment, snakemake_command

RULES = sorted((ROOT / "workflow/rules").glob("*.smk"))
# Its words are quoted where it is made.
QUOTED = "resources.mirrors"


def placeholders(text):
    """What stands in braces in the shell blocks of a file of rules."""
    blocks = re.findall(r'shell:\s*r?"""(.*?)"""', text, re.DOTALL)
    return [match for block in blocks for match in re.findall(r"(?<!\{)\{([^{}]+)\}", block)]


def test_every_rule_has_a_block_that_is_read():
    text = "".join(path.read_text() for path in RULES)
    assert text.count("shell:") == len(re.findall(r'shell:\s*r?"""', text)) > 20


@pytest.mark.parametrize("path", RULES, ids=lambda path: path.stem)
def test_every_placeholder_is_quoted(path):
    assert [name for name in placeholders(path.read_text()) if not name.endswith(":q") and name != QUOTED] == []


def test_the_reader_finds_what_is_not_quoted():
    assert placeholders('shell:\n    r"""\n    a {input.b} {x:q} {{no}}\n    """') == ["input.b", "x:q"]


def test_mirrors_are_words(project):
    """They stand in a resource, which is one text."""
    hostile = ["a b", "'; touch run; '", "$(touch run)", "mirror"]
    command = snakemake_command("--dry-run", "--printshellcmds", "--quiet", "host", config=[f"mirrors={hostile!r}"])
    command.remove("mirrors=mirror")
    done = subprocess.run(command, cwd=project, env=environment(), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    (line,) = re.findall(r"python (scripts/fetch_dataset\.py (?:.*\\\n)*.*)$", done.stdout, re.MULTILINE)
    words = shlex.split(line.replace("\\\n", " "))
    assert words[words.index("--mirrors") + 1 : words.index("--files")] == hostile
    assert not (project / "run").exists()
