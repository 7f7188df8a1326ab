"""URLs of files without access credentials. Standard library only."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import SplitResult, parse_qsl, urlsplit

_ADDRESS = re.compile(r"\b(?:https?|davs?|x?root)://[^\s\"'<>\\]+")


# Parameters with credentials: of Amazon, Google, Azure, CloudFront, dCache and XRootD, and other
# common names.
_SECRETS = re.compile(
    r"(x-(amz|goog)-.*|awsaccesskeyid|googleaccessid|key-pair-id|policy|expires|sig|(.*[_-])?signature|(.*[_-]?)token|authz"
    r"|auth|jwt|(.*[_-])?(password|passwd|secret|key|credential|credentials)|password|passwd|pwd|apikey)"
)


def split_address(url: str) -> SplitResult:
    """The parts of a URL, also of a malformed one, which `urlsplit` refuses: brackets without an
    IPv6 address, or characters that are invalid in a host name.
    """
    try:
        return urlsplit(url)
    except ValueError:
        scheme, _, rest = url.partition("://")
        rest, _, fragment = rest.partition("#")
        rest, _, query = rest.partition("?")
        host, slash, path = rest.partition("/")
        return SplitResult(scheme.lower(), host, f"{slash}{path}", query, fragment)


def public_url(url: str) -> str:
    """A URL without its query, if the query gives access to a file.

    A signed query expires and reveals its owner; an unsigned query, such as `?download=1`, is kept.
    """
    query = split_address(url).query
    signed = any(
        _SECRETS.fullmatch(name.lower()) for name, _ in parse_qsl(query, keep_blank_values=True)
    )
    return url.partition("?")[0] if signed else url


def public_values(value: Any) -> Any:
    """Plain values for publication, without queries that give access."""
    if isinstance(value, str):
        return _ADDRESS.sub(lambda match: public_url(match[0]), value)
    if isinstance(value, Mapping):
        return {key: public_values(item) for key, item in value.items()}
    return [public_values(item) for item in value] if isinstance(value, (list, tuple)) else value


def signed_addresses(document: Any) -> dict[str, str]:
    """URL with a signed query → public URL, for all URLs in a document."""
    texts = {match[0] for _, text in every_text(document, ()) for match in _ADDRESS.finditer(text)}
    return {text: public_url(text) for text in sorted(texts) if public_url(text) != text}


def every_text(value: Any, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], str]]:
    """Every text and key, with its place."""
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, Mapping):
        for key, item in value.items():
            yield path, str(key)
            yield from every_text(item, (*path, str(key)))
    elif isinstance(value, (list, tuple)):
        for number, item in enumerate(value):
            yield from every_text(item, (*path, str(number)))
