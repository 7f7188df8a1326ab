"""Pages of HTML read without a browser: links, places, headings, pictures."""

import html.parser
from pathlib import Path
from urllib.parse import unquote, urlsplit

VOID = {"meta", "img", "br", "link"}


class HtmlPage(html.parser.HTMLParser):
    """What of a page matters for links and for readers who do not see it.

    Args:
        path: of the page.
    """

    def __init__(self, path: Path):
        super().__init__()
        self.path = path
        self.text = path.read_text(encoding="utf-8")
        self.ids: list[str] = []
        self.links: list[str] = []
        self.loaded: list[str] = []
        self.images: list[dict[str, str | None]] = []
        self.headings: list[int] = []
        self.language: str | None = None
        self.title = ""
        self._open: list[str] = []
        self.wrong: list[str] = []
        self.feed(self.text)
        self.wrong += self._open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        if tag not in VOID:
            self._open.append(tag)
        if "id" in found:
            self.ids.append(found["id"] or "")
        if tag == "a":
            self.links.append(found["href"] or "")
        for key in ("src", "href"):
            if tag in ("img", "script", "link", "iframe") and key in found:
                self.loaded.append(found[key] or "")
        if tag == "img":
            self.images.append(found)
        if tag == "html":
            self.language = found.get("lang")
        if tag[0] == "h" and tag[1:].isdigit():
            self.headings.append(int(tag[1:]))

    def handle_endtag(self, tag: str) -> None:
        if self._open.pop() != tag:
            self.wrong.append(tag)

    def handle_data(self, data: str) -> None:
        if self._open and self._open[-1] == "title":
            self.title += data


def read_pages(folder: Path) -> dict[str, HtmlPage]:
    """Name → page, of all in a folder."""
    return {path.name: HtmlPage(path) for path in sorted(folder.glob("*.html"))}


def broken_links(pages: dict[str, HtmlPage]) -> list[str]:
    """Links and what is loaded, as far as it leads nowhere; addresses elsewhere are not asked."""
    broken = []
    for page in pages.values():
        for link in (*page.links, *page.loaded):
            parts = urlsplit(link)
            target = page.path.parent / unquote(parts.path) if parts.path else page.path
            inside = target.resolve().is_relative_to(page.path.parent.resolve())
            if parts.scheme or parts.netloc:
                broken += (
                    []
                    if link in page.links and parts.scheme in ("http", "https")
                    else [f"{page.path.name}: {link}"]
                )
            elif not (inside and target.is_file()) or (
                parts.fragment and parts.fragment not in pages[target.name].ids
            ):
                broken.append(f"{page.path.name}: {link}")
    return broken


def linked_files(pages: dict[str, HtmlPage]) -> set[str]:
    """Files of the folder that any page links or loads."""
    links = [urlsplit(link) for page in pages.values() for link in (*page.links, *page.loaded)]
    return {unquote(link.path) for link in links if link.path and not link.scheme}


def bare(page: HtmlPage) -> list[str]:
    """What the page lacks for readers who do not see it."""
    steps = zip(page.headings, page.headings[1:], strict=False)
    lacks = {
        "tags are not closed": bool(page.wrong),
        "no language": not page.language,
        "no title": not page.title.strip(),
        "not one main heading": page.headings.count(1) != 1 or page.headings[0] != 1,
        "a level of headings is skipped": any(lower > upper + 1 for upper, lower in steps),
        "an id twice": len(set(page.ids)) != len(page.ids),
        "a picture without a description": any(
            len(image.get("alt") or "") < 20 for image in page.images
        ),
        "TeX in a description": any("$" in (image.get("alt") or "") for image in page.images),
    }
    return [lack for lack, found in lacks.items() if found]
