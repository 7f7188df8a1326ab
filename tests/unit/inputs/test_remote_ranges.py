"""Ranges of remote files: who may read, who is asked again, and what is said."""

import base64
import json
import sys
import time

import pytest
from support.services.portal import serving_portal

from wollemi.inputs.remote_ranges import (
    HttpRanges,
    UnreachableError,
    XrootdRanges,
    is_remote,
    open_ranges,
)
from wollemi_likelihood.base.errors import WollemiError

CONTENT = bytes(range(256)) * 20
FILES = {"/store/mc/events.root": CONTENT}


@pytest.fixture(autouse=True)
def no_credentials(monkeypatch, tmp_path):
    """Those of whoever runs the tests are not shown to anybody."""
    monkeypatch.delenv("BEARER_TOKEN", raising=False)
    monkeypatch.setenv("BEARER_TOKEN_FILE", str(tmp_path / "token"))
    monkeypatch.setattr("wollemi.inputs.remote_ranges.time.sleep", lambda seconds: None)


def ranges(server):
    return HttpRanges(f"{server.url}/store/mc/events.root")


def token(seconds, **claims):
    """A JSON Web Token, unsigned, that expires in so many seconds."""
    parts = [{"alg": "none"}, {"exp": int(time.time() + seconds), **claims}]
    texts = [base64.urlsafe_b64encode(json.dumps(part).encode()).decode() for part in parts]
    return ".".join([*(text.rstrip("=") for text in texts), "x"])


def test_ranges_and_size():
    with serving_portal({}, FILES) as server:
        found = ranges(server)
        assert found.size == len(CONTENT)
        assert found.get(100, 300) == CONTENT[100:300]
        assert found.get(5000, 9000) == CONTENT[5000:]
        assert found.get(9000, 9100) == b""


def test_a_busy_server_is_asked_again():
    with serving_portal({}, FILES, failures=2) as server:
        assert ranges(server).get(0, 4) == CONTENT[:4]
        assert len(server.asked) == 3


def test_a_server_that_stays_busy():
    with (
        serving_portal({}, FILES, failures=9) as server,
        pytest.raises(UnreachableError, match="cannot be reached"),
    ):
        ranges(server).get(0, 4)


def test_nobody_answers():
    with serving_portal({}, FILES) as server:
        gone = ranges(server)
    with pytest.raises(UnreachableError, match="check the network"):
        gone.get(0, 4)


def test_a_server_without_ranges():
    with (
        serving_portal({}, FILES, ranges=False) as server,
        pytest.raises(WollemiError, match="does not send parts of files"),
    ):
        ranges(server).get(0, 4)


def test_a_file_that_is_not_there():
    with serving_portal({}, {}) as server, pytest.raises(WollemiError, match="is not there"):
        ranges(server).get(0, 4)


def test_without_a_token():
    with serving_portal({}, FILES, token="t") as server, pytest.raises(WollemiError) as raised:
        ranges(server).get(0, 4)
    assert "may not be read without a token (HTTP 401" in raised.value.problem
    assert "BEARER_TOKEN_FILE" in raised.value.problem
    assert "htgettoken" in raised.value.remedy


def test_a_token_is_shown_where_it_is_asked_for(monkeypatch):
    value = token(3600)
    monkeypatch.setenv("BEARER_TOKEN", value)
    with serving_portal({}, FILES, token=value) as server:
        found = ranges(server)
        assert found.get(0, 4) == CONTENT[:4]
        assert found.get(4, 9) == CONTENT[4:9]
        assert [shown for _, shown in server.asked] == ["", f"Bearer {value}", f"Bearer {value}"]
    with serving_portal({}, FILES) as server:
        ranges(server).get(0, 4)
        assert [shown for _, shown in server.asked] == [""]


def test_a_token_in_a_file(monkeypatch, tmp_path):
    (tmp_path / "token").write_text("abc\n")
    with serving_portal({}, FILES, token="abc") as server:
        assert ranges(server).get(0, 4) == CONTENT[:4]


@pytest.mark.parametrize(
    ("seconds", "problem"),
    [
        (-7300, "the token in BEARER_TOKEN expired 2 h ago"),
        (-600, "the token in BEARER_TOKEN expired 10 min ago"),
        (600, "may not be read with the token in BEARER_TOKEN"),
        (None, "may not be read with the token in BEARER_TOKEN"),
    ],
)
def test_a_token_that_is_refused(monkeypatch, seconds, problem):
    value = "opaque" if seconds is None else token(seconds)
    monkeypatch.setenv("BEARER_TOKEN", value)
    with (
        serving_portal({}, FILES, token="another") as server,
        pytest.raises(WollemiError) as raised,
    ):
        ranges(server).get(0, 4)
    assert problem in raised.value.problem
    assert value not in str(raised.value)


def test_addresses():
    assert is_remote("root://eospublic.cern.ch//eos/opendata/a.root")
    assert is_remote("https://example.org/a.root")
    assert not is_remote("data/a.root")
    assert not is_remote("opendata:12367")
    assert not is_remote("C:/a.root")
    assert isinstance(open_ranges("https://example.org/a.root"), HttpRanges)


def test_without_the_package_of_xrootd(monkeypatch):
    monkeypatch.setitem(sys.modules, "XRootD", None)
    with pytest.raises(WollemiError, match="needs the package xrootd") as raised:
        open_ranges("root://eospublic.cern.ch//eos/opendata/a.root")
    assert "pip install xrootd, or" in raised.value.remedy


class Status:
    """What the client of XRootD says of a request."""

    def __init__(self, ok, message=""):
        self.ok, self.message = ok, message


@pytest.mark.parametrize(
    ("message", "kind", "text"),
    [
        ("[FATAL] Auth failed: No protocols left to try", WollemiError, "without a VOMS proxy"),
        (
            "[ERROR] Server responded with an error: [3010] Unable to give access",
            WollemiError,
            "voms-proxy-init --voms cms",
        ),
        (
            "[ERROR] Server responded with an error: [3011] No such file or directory",
            WollemiError,
            "is not there",
        ),
        ("[FATAL] Connection error", UnreachableError, "cannot be reached"),
    ],
)
def test_what_xrootd_refuses(monkeypatch, tmp_path, message, kind, text):
    """The messages are those of XRootD 5 and 6."""
    monkeypatch.setenv("X509_USER_PROXY", str(tmp_path / "proxy"))
    found = XrootdRanges.__new__(XrootdRanges)
    found._url = "root://xrootd-cms.infn.it//store/data/a.root"
    with pytest.raises(kind, match=text):
        found._require(Status(False, message))


OWN = "127.0.0.1"
ANY = "https://wlcg.cern.ch/jwt/v1/any"


@pytest.mark.parametrize(
    "audience", [OWN, f"https://{OWN}", [f"{OWN}:1", "x"], ANY, ["x", ANY], "ANY"]
)
def test_a_token_is_shown_to_its_audience(monkeypatch, audience):
    value = token(3600, aud=audience)
    monkeypatch.setenv("BEARER_TOKEN", value)
    with serving_portal({}, FILES, token=value) as server:
        assert ranges(server).get(0, 4) == CONTENT[:4]


@pytest.mark.parametrize(
    "audience",
    [
        *("https://eos.cern.ch", "eos.cern.ch:1094", ["a.org", "b.org"], "", "https://[", 1),
        *(f"{OWN}.example.org", f"https://example.org/{OWN}", f"https://{OWN}@example.org"),
    ],
)
def test_a_token_is_shown_to_nobody_else(monkeypatch, audience):
    """Whoever asks for credentials: the token would let him read and write elsewhere."""
    value = token(3600, aud=audience)
    monkeypatch.setenv("BEARER_TOKEN", value)
    with (
        serving_portal({}, FILES, token=value) as server,
        pytest.raises(WollemiError, match="the token in BEARER_TOKEN is only for"),
    ):
        ranges(server).get(0, 4)
    assert {shown for _, shown in server.asked} == {""}


@pytest.mark.parametrize(
    "address", ["https://[", "https://[::g]/x", "https://a\u2100b/x", "http://[x/a"]
)
def test_a_malformed_address_is_refused_in_words(address):
    assert is_remote(address)
    with pytest.raises(WollemiError, match="is not an address"):
        open_ranges(address)
