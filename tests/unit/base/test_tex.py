"""Labels as HTML and as plain text."""

import pytest

from wollemi.base.tex import tex_html, tex_plain


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
