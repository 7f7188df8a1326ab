"""Labels with TeX between dollar signs, converted to HTML, plain text and LaTeX; only the small
part of TeX that labels use.
"""

import html
import re
from collections.abc import Callable

_NAMES = (
    "alpha beta gamma delta epsilon eta theta lambda mu nu pi rho sigma tau phi chi psi "
    "omega Delta Upsilon Phi Psi Omega"
)
_LETTERS = "α β γ δ ε η θ λ µ ν π ρ σ τ φ χ ψ ω Δ Υ Φ Ψ Ω"
_SYMBOLS = dict(zip(_NAMES.split(), _LETTERS.split(), strict=True)) | {
    "cdot": "·",
    "ell": "ℓ",
    "geq": "≥",
    "leq": "≤",
    "pm": "±",
    "prime": "′",
    "rightarrow": "→",
    "sqrt": "√",
    "times": "×",
    "to": "→",
}
_ACCENTS = {"bar": "\u0304", "overline": "\u0304", "hat": "\u0302", "tilde": "\u0303"}
_RAISED = "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"
_LOWERED = str.maketrans(_RAISED, "−0123456789")
_NO_CONTROL = dict.fromkeys(range(32), " ")
_MARKS = {"sub": "\x01", "sup": "\x02"}
_END = "\x03"
_TEXT_ACCENTS = {"\u0304": "\x05", "\u0302": "\x06", "\u0303": "\x07"}
# Letter → LaTeX in text mode; the first nine are set above.
_SOURCE = {
    "\x01": r"\textsubscript{",
    "\x02": r"\textsuperscript{",
    "\x03": "}",
    "\x04": "{",
    "\x05": r"\=",
    "\x06": r"\^",
    "\x07": r"\~",
    **{letter: f"\\{letter}" for letter in "&%#_{}$"},
    "\\": r"\textbackslash{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": "$<$",
    ">": "$>$",
    "−": "$-$",
    "–": "--",
    "′": "$'$",
    **{letter: f"$\\{name}$" for name, letter in _SYMBOLS.items() if letter not in "′√→"},
    "√": r"$\surd$",
    "→": r"$\to$",
    "†": r"$\dagger$",
    "σ": r"$\sigma$",
}
_FONTS = {"mathrm", "mathit", "mathbf", "text", "rm"}
_TOKEN = re.compile(r"\\[A-Za-z]+|\\?.", re.DOTALL)
Script = Callable[[str, str], str]


def tex_html(text: str) -> str:
    """A label as HTML with `<sub>` and `<sup>`; everything else is escaped."""
    return _convert(html.escape(text, quote=False), lambda kind, inner: f"<{kind}>{inner}</{kind}>")


def tex_plain(text: str) -> str:
    """A label as plain text, with subscripts in parentheses: `m(Z′)`."""
    return _convert(text, lambda kind, inner: f"({inner})" if kind == "sub" else inner)


def tex_source(text: str) -> str:
    """A label or number as LaTeX with commands of this module only.

    No text, whoever wrote it, can read a file or run a command.
    """
    marked = _convert(
        text.translate(_NO_CONTROL), lambda kind, inner: f"{_MARKS[kind]}{inner}{_END}"
    )
    marked = re.sub(
        f"[{_RAISED}]+",
        lambda digits: f"{_MARKS['sup']}{digits[0].translate(_LOWERED)}{_END}",
        marked,
    )
    marked = re.sub(
        "(.)([\u0302-\u0304])",
        lambda pair: f"{_TEXT_ACCENTS[pair[2]]}\x04{pair[1]}{_END}",
        marked,
        flags=re.DOTALL,
    )
    return "".join(_SOURCE.get(letter, letter) for letter in marked)


def _convert(text: str, script: Script) -> str:
    """Convert every second part between dollar signs as TeX."""
    parts = text.split("$")
    return "".join(
        _sequence(_TOKEN.findall(part)[::-1], script) if place % 2 else part
        for place, part in enumerate(parts)
    )


def _sequence(tokens: list[str], script: Script) -> str:
    """Items up to the end of a group; tokens are popped from the end."""
    items: list[str] = []
    while tokens and tokens[-1] != "}":
        items.append(_item(tokens, script))
    return "".join(items)


def _item(tokens: list[str], script: Script) -> str:
    """One symbol, or a group in braces."""
    symbol = tokens.pop() if tokens else ""
    if symbol == "{":
        inner = _sequence(tokens, script)
        if tokens:
            tokens.pop()
        return inner
    if symbol in ("_", "^"):
        return script("sub" if symbol == "_" else "sup", _item(tokens, script))
    if symbol == "'":
        return "′"
    return _command(symbol[1:], tokens, script) if symbol.startswith("\\") else symbol


def _command(name: str, tokens: list[str], script: Script) -> str:
    if name in _ACCENTS:
        inner = _item(tokens, script)
        return inner[:1] + _ACCENTS[name] + inner[1:]
    if name in _FONTS:
        return _item(tokens, script)
    return _SYMBOLS.get(name, name if name.isalpha() else " ")
