"""Addresses in all forms, malformed ones included: no traceback, and no secret is shown."""

from urllib.parse import urlsplit

import pytest

from wollemi.analysis.plain.addresses import public_url, public_values, split_address

GOOD = (
    "https://a.org/b/c.root?x=1#y",
    "http://[::1]:80/a",
    "root://a.org//b",
    "a/b.root",
    "",
    "x?y",
)
BAD = ("https://[", "https://[x/a/b.root", "http://]/c", "https://[::g]:1/d", "https://a\u2100b/e")


@pytest.mark.parametrize("url", GOOD)
def test_well_formed_ones_are_split_as_by_python(url):
    assert split_address(url) == urlsplit(url)


@pytest.mark.parametrize("url", BAD)
def test_malformed_ones_are_split_too(url):
    assert split_address(url).scheme == url.partition(":")[0]
    assert split_address(f"{url}?a=b").query == "a=b"
    assert public_values({"title": f"see {url}"}) == {"title": f"see {url}"}


@pytest.mark.parametrize("url", [*BAD, "https://a.org/b"])
def test_no_form_shows_a_secret(url):
    assert public_url(f"{url}?X-Amz-Signature=secret") == url
