"""The rules as they are written, without Snakemake."""

import re
from collections.abc import Iterator
from pathlib import Path

from support.project.paths import ROOT
from wollemi.plan.registry import PLOTS, PRODUCTS

RULE_FILES = sorted((ROOT / "workflow/rules").glob("*.smk"))
_NAME = re.compile(
    r'\s*(?:(\w+):|:\s*name:\s*f"(\w+?)_\{(?:dataset|datasets\[0\]|correction|entry|product)\}")'
)
_LOOP = re.compile(r"^for rule, product in (\w+)\.items\(\):\s*\Z", re.MULTILINE)


def written_rules() -> Iterator[tuple[Path, str, str]]:
    """File, program and text of each rule; a loop over the registry has one rule per program."""
    for path in RULE_FILES:
        before, *blocks = re.split(r"^ *rule(?= \w+:|:)", path.read_text(), flags=re.MULTILINE)
        named = [match[1] or match[2] for match in map(_NAME.match, blocks) if match]
        for block in blocks:
            match, loop = _NAME.match(block), _LOOP.search(before)
            if match:
                yield path, match[1] or match[2], block
            else:
                assert loop, f"{path}: a rule without a name"
                for program in _programs(loop[1], named):
                    text = re.sub(r"\(rule\b", f'("{program}"', block)
                    yield path, program, text.replace("{rule}", program)
            before = block


def _programs(loop: str, named: list[str]) -> list[str]:
    """Programs of a loop; those of the products except the ones with a rule of their own."""
    return {
        "DRAWN": [entry.program for entry in PLOTS],
        "BATCHES": [item.batches for item in PRODUCTS if item.batches],
        "COMPUTED": [item.program for item in PRODUCTS if item.program not in named],
    }[loop]
