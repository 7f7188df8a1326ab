"""Wordings that make pages, docstrings, comments and messages hard to read, and arguments described
without a noun, stay below a ceiling for each group of texts.

Lower a ceiling when its texts improve.
"""

import re
from functools import cache

import pytest
from support.project.paths import ROOT

MARKERS = re.compile(
    r"\b(?:told|tells?|those of|that of|what (?:is|was|becomes)|nobody|stands?|likewise|anew"
    r"|beforehand|(?:is|are) no|(?-i:is none)|one a|a job a|of others|as it is|of its own|said"
    r"|alike)\b",
    re.IGNORECASE,
)
NO_NOUN = re.compile("(?:of|where|what|which|how|from|to|in|with|that|for|by|as|if|when)$", re.I)
# Wordings per 1,000 words (goal: 0.5); arguments without a noun in percent (goal: 2).
CEILINGS = {"pages": 0.5, "docstrings": 0.5, "messages": 0.5, "arguments": 1.0}

CODE = re.compile(r"^ *```.*?^ *```$|^ {4}[^\n]*$", re.MULTILINE | re.DOTALL)
DOCSTRING, COMMENT = re.compile(r'"""(.*?)"""', re.DOTALL), re.compile(r"(?:^|  )\s*# (.*)$", re.M)
NESTED = r"(?:[^()]|\((?:[^()]|\([^()]*\))*\))*"
MESSAGE = re.compile(rf"Error\(({NESTED})\)|\bhelp=\(?((?:\s*f?\"[^\"]*\")+)")
BLOCK = re.compile(r"^ *Args:\n((?:.*\S.*\n)+)", re.MULTILINE)
ARGUMENT = re.compile(r"^ +\*{0,2}\w+(?: \([^)\n]*\))?: +(\S+)", re.MULTILINE)


@cache
def texts(group):
    """Path → text of one group; generated pages are checked where their texts are written."""
    if group == "pages":
        files = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").glob("*.md")]
        files += (ROOT / "scripts").glob("wollemi*/**/README.md")
        pages = {path: path.read_text(encoding="utf-8") for path in files}
        return {
            path: CODE.sub("", text) for path, text in pages.items() if "; do not edit." not in text
        }
    if group == "files":
        files = [path for name in ("scripts", "houses") for path in (ROOT / name).rglob("*.py")]
        return {path: path.read_text(encoding="utf-8") for path in files}
    extract = {"docstrings": docstrings, "messages": messages, "arguments": arguments}[group]
    return {path: extract(text) for path, text in texts("files").items()}


def docstrings(text):
    """Docstrings and comments."""
    return "\n".join([*DOCSTRING.findall(text), *COMMENT.findall(DOCSTRING.sub("", text))])


def messages(text):
    """Messages of errors, and the help of options."""
    return "\n".join(re.findall(r'"([^"\n]+)"', "\n".join(map("".join, MESSAGE.findall(text)))))


def arguments(text):
    """First words of the descriptions of arguments."""
    return " ".join(word for block in BLOCK.findall(text) for word in ARGUMENT.findall(block))


def count(group, text):
    """What is counted in a text, and of how many words."""
    words = re.findall(r"[\w'-]+", text)
    found = MARKERS.findall(text) if group != "arguments" else filter(NO_NOUN.match, words)
    return len(list(found)), len(words)


@pytest.mark.parametrize("group", CEILINGS)
def test_language(group):
    counts = {path: count(group, text) for path, text in texts(group).items()}
    found, words = (sum(column) for column in zip(*counts.values(), strict=True))
    value = found / words * (100 if group == "arguments" else 1000)
    worst = sorted(counts, key=lambda path: -counts[path][0])[:10]
    where = [f"{path.relative_to(ROOT)}: {counts[path][0]}" for path in worst]
    assert value <= CEILINGS[group], f"{value:.2f}; most in {', '.join(where)}"


def test_wordings_and_arguments_are_counted():
    text = '    """It is told.\n\n    Args:\n        a: of it.\n        b (int): Bins.\n    """\n'
    text += '    # Nobody.\n    raise WollemiError("x", f"is no {y()}", "z")  # anew\n'
    assert count("docstrings", docstrings(text))[0] == 3
    assert count("messages", messages(text)) == (1, 5)
    assert count("arguments", arguments(text)) == (1, 2)
