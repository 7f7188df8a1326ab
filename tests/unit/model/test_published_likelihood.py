"""The README of a published likelihood."""

import re

import pytest
from support.project.paths import ROOT

from wollemi.model.published_likelihood import readme
from wollemi_likelihood.interpolation import Interpolation

TEMPLATE = ROOT / "workflow/report/likelihood_readme.md.j2"
VALUES = {"signal": {"observed": 0.5, "expected": [0.1, 0.2, 0.3, 0.4, 0.5]}}


@pytest.mark.parametrize("patch", [None, "signals"])
def test_the_readme_tells_the_codes_of_the_interpolation(patch):
    about = {"name": "tiny", "title": "Tiny", "hepdata": "ins1"}
    codes = Interpolation("code1", "code0")
    chosen, default = (
        readme(TEMPLATE, about, VALUES, patch, item) for item in (codes, Interpolation())
    )
    assert "interpcode" not in default
    assert "pyhf cls" in default
    assert "pyhf cls" not in chosen  # it would be another likelihood
    *_, snippet = re.findall(r"```python\n(.*?)```", chosen, re.DOTALL)
    compile(snippet, "snippet", "exec")
    assert "modifier_settings=settings)" in snippet
    found = {}
    exec(re.search(r"^settings = .*$", snippet, re.MULTILINE)[0], found)
    assert found["settings"] == codes.settings
