"""Texts and addresses of an analysis file: what gives access is not published, what cannot be seen
is refused.
"""

import copy
import json
from pathlib import Path

import check_analysis
import pytest
import yaml
from support.tiny.analysis import ANALYSIS, edit_analysis

from wollemi.analysis.plain.addresses import public_url, public_values, signed_addresses
from wollemi.analysis.plain.sections import DATASET_PARTS, section_digests, select_sections
from wollemi.archive.writing.contents import unsigned_files
from wollemi.loading.load import load_analysis, read_document
from wollemi.loading.texts import check_texts
from wollemi_likelihood.base.errors import ConfigurationError, WollemiError

PUBLIC = "https://data.example/a/data.root"
SIGNED = [
    f"{PUBLIC}?{query}"
    for query in (
        "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=5ecret&X-Amz-Signature=5ecret",
        "X-Goog-Signature=5ecret&X-Goog-Expires=600",
        "AWSAccessKeyId=5ecret&Signature=5ecret&Expires=1893456000",
        "sv=2022-11-02&se=2030-01-01&sr=b&sp=r&sig=5ecret",
        "Policy=5ecret&Key-Pair-Id=5ecret",
        "token=5ecret",
        "access_token=5ecret&download=1",
        "private-token=5ecret",
        "authz=Bearer%205ecret",
        "download=1&api_key=5ecret",
        "JWT=5ecret#part",
    )
]
OPEN = [
    PUBLIC,
    f"{PUBLIC}?download=1",
    f"{PUBLIC}?version=2&format=root",
    f"{PUBLIC}?keyword=higgs&signatures=2",
    f"{PUBLIC}#events",
]


@pytest.mark.parametrize("url", SIGNED)
def test_a_query_that_gives_access_is_left_out(url):
    assert public_url(url) == PUBLIC
    assert public_values({"a": [f"see {url} there", {"url": url}]}) == {
        "a": [f"see {PUBLIC} there", {"url": PUBLIC}]
    }
    assert signed_addresses({"files": [{"url": url}], "title": PUBLIC}) == {url: PUBLIC}


@pytest.mark.parametrize("url", OPEN)
def test_other_queries_stay(url):
    assert public_url(url) == url
    assert public_values(f"see {url}") == f"see {url}"
    assert signed_addresses([url]) == {}


@pytest.mark.parametrize(
    "text",
    [
        "https://me:pw@data.example/a.root",
        "root://me@eos.example//a.root",
        "see http://t0ken@host/x",
        "ftp://a:b@c",
    ],
)
def test_user_information_is_refused(text):
    assert check_texts({"datasets": {"a": {"files": [text]}}}) == [
        (
            "datasets.a.files.0: an address contains a user name or a password, which would be "
            "published; leave it out"
        )
    ]


@pytest.mark.parametrize(
    "text",
    [
        "me@host.example",
        "https://host.example/a@b",
        "https://host.example/?q=a@b",
        "a: b@c",
        "µ → ee\n\tx",
    ],
)
def test_other_texts_are_accepted(text):
    assert check_texts({"title": text, text: 1}) == []


@pytest.mark.parametrize(
    "sign", ["\x00", "\x07", "\x1b[2J", "\x7f", "\x85", "\x9b", "\ud800", "\u202e", "\u2066"]
)
def test_what_cannot_be_seen_is_refused(sign):
    problem = f"contains the character U+{ord(sign[0]):04X}, which cannot be seen; leave it out"
    assert check_texts({"title": f"a{sign}b"}) == [f"title: {problem}"]
    assert check_texts({"plots": {f"a{sign}b": 1}}) == [f"plots: {problem}"]


@pytest.mark.parametrize("url", SIGNED)
def test_no_program_but_those_that_fetch_sees_it(tiny, url):
    """Whatever a product shows of the analysis, it has from the settings of its program."""
    edit_analysis(tiny, lambda document: document["datasets"]["data"]["files"][0].update(url=url))
    edit_analysis(tiny, lambda document: document.update(description=f"From {url}"))
    found = load_analysis(Path(ANALYSIS), ["datasets", "title", "description"])
    assert "5ecret" not in json.dumps(found.plain)
    assert "5ecret" not in repr(found.datasets)
    assert (
        load_analysis(Path(ANALYSIS), ["source"], "data", signed=True).dataset.files[0].url == url
    )


def test_a_renewed_signature_changes_no_digest(tiny):
    first = read_document(Path(ANALYSIS))
    second = copy.deepcopy(first)
    first["datasets"]["data"]["files"][0]["url"] += "?token=1"
    second["datasets"]["data"]["files"][0]["url"] += "?token=2"
    digests = [
        section_digests(select_sections(item, list(DATASET_PARTS), "data"))
        for item in (first, second)
    ]
    assert digests[0] == digests[1]
    second["datasets"]["data"]["files"][0]["url"] = PUBLIC
    assert section_digests(select_sections(second, list(DATASET_PARTS), "data")) != digests[0]


def test_an_archive_has_the_analysis_file_without_it(tiny):
    edit_analysis(
        tiny, lambda document: document["datasets"]["data"]["files"][0].update(url=SIGNED[0])
    )
    before = yaml.safe_load(Path(ANALYSIS).read_text())
    (entry,) = unsigned_files([Path(ANALYSIS)], signed_addresses(before)).values()
    assert yaml.safe_load(entry.content) == public_values(before)
    assert b"5ecret" not in entry.content


def test_an_address_that_cannot_be_changed(tiny):
    Path(ANALYSIS).write_text(f'url: "{SIGNED[0]}"'.replace("X-Amz-Sig", "X\\x2dAmz-Sig"))
    with pytest.raises(WollemiError, match="cannot be left out"):
        unsigned_files(
            [Path(ANALYSIS)], signed_addresses(yaml.safe_load(Path(ANALYSIS).read_text()))
        )


def test_without_one_the_file_stays_as_it_is(tiny):
    assert unsigned_files([Path(ANALYSIS)], {}) == {}


def test_the_check_warns_of_it(tiny, capsys):
    edit_analysis(
        tiny, lambda document: document["datasets"]["data"]["files"][0].update(url=SIGNED[0])
    )
    assert check_analysis.main([ANALYSIS]) == 0
    assert (
        f"\n  - {PUBLIC}: its query gives access, and is left out of every product"
        in capsys.readouterr().out
    )


def test_the_check_refuses_a_password(tiny):
    edit_analysis(
        tiny,
        lambda document: document["datasets"]["data"].update(record="https://me:pw@host/record"),
    )
    with pytest.raises(
        ConfigurationError,
        match=r"datasets\.data\.record: an address contains a user name or a password",
    ):
        load_analysis(Path(ANALYSIS), ["title"])
