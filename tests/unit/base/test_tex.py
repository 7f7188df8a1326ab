"""Labels as HTML and as plain text."""

import pytest

from wollemi.base.tex import tex_html, tex_plain, tex_source


@pytest.mark.parametrize(
    ("label", "page", "plain"),
    [
        ("$m_{4\\ell}$", "m<sub>4ℓ</sub>", "m(4ℓ)"),
        ("$t\\bar{t}$ + X", "tt\u0304 + X", "tt\u0304 + X"),
        ("$Z/\\gamma^* \\to \\ell\\ell$", "Z/γ<sup>*</sup> → ℓℓ", "Z/γ* → ℓℓ"),
        ("$m_{Z'}$ [TeV]", "m<sub>Z′</sub> [TeV]", "m(Z′) [TeV]"),
        ("$p_\\mathrm{T}^2$", "p<sub>T</sub><sup>2</sup>", "p(T)2"),
        ("a < b & <script>", "a &lt; b &amp; &lt;script&gt;", "a < b & <script>"),
        ("$<$", "&lt;", "<"),
        ("Z' (3 TeV)", "Z' (3 TeV)", "Z' (3 TeV)"),
        ("$\\unknown{x}$", "unknownx", "unknownx"),
        ("$x_{a_{b}}$", "x<sub>a<sub>b</sub></sub>", "x(a(b))"),
    ],
)
def test_labels(label, page, plain):
    assert tex_html(label) == page
    assert tex_plain(label) == plain


def test_an_open_brace_is_no_trap():
    assert tex_html("$m_{Z$") == "m<sub>Z</sub>"


@pytest.mark.parametrize(
    ("text", "source"),
    [
        ("$m_{4\\ell}$", "m\\textsubscript{4$\\ell$}"),
        ("$t\\bar{t}$ + X", "t\\={t} + X"),
        ("$m_{Z'}$ [TeV]", "m\\textsubscript{Z$'$} [TeV]"),
        ("$Z/\\gamma^* \\to \\mu\\mu$", "Z/$\\gamma$\\textsuperscript{*} $\\to$ $\\mu$$\\mu$"),
        ("0.88 ± 0.40", "0.88 $\\pm$ 0.40"),
        ("−3.00×10⁻⁶", "$-$3.00$\\times$10\\textsuperscript{$-$6}"),
        ("36.1 fb⁻¹ (13 TeV)", "36.1 fb\\textsuperscript{$-$1} (13 TeV)"),
        ("a_b & 5 % #1 {x}", "a\\_b \\& 5 \\% \\#1 \\{x\\}"),
        ("\\input{x}", "\\textbackslash{}input\\{x\\}"),
        ("$\\input{x}$", "inputx"),
        ("a\x01b\nc", "a b c"),
    ],
)
def test_as_latex(text, source):
    assert tex_source(text) == source
