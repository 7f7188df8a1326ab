"""The readers of pages find each fault that they are asked for."""

import pytest
from support.services.html_pages import bare, broken_links, linked_files, read_pages

PICTURE = '<img src="a.png" alt="A picture that is described in words.">'
PAGE = (
    '<html lang="en"><head><title>{title}</title></head><body><h1 '
    'id="top">A</h1>{body}</body></html>'
)


def pages(folder, body="", title="A page", text=None):
    """Of a folder with a page and a picture."""
    (folder / "a.png").write_bytes(b"")
    (folder / "index.html").write_text(
        text or PAGE.format(title=title, body=body), encoding="utf-8"
    )
    return read_pages(folder)


def test_a_good_page(tmp_path):
    found = pages(
        tmp_path,
        f'{PICTURE}<h2>B</h2><a href="#top">up</a><a href="https://example.org/x">x</a><a '
        'href="a.png">a</a>',
    )
    assert bare(found["index.html"]) == broken_links(found) == []
    assert linked_files(found) == {"a.png"}


@pytest.mark.parametrize(
    ("body", "lack"),
    [
        ("<p><b>", "tags are not closed"),
        ("<h1>B</h1>", "not one main heading"),
        ("<h3>B</h3>", "a level of headings is skipped"),
        ('<p id="top"></p>', "an id twice"),
        ('<img src="a.png">', "a picture without a description"),
        ('<img src="a.png" alt="">', "a picture without a description"),
        (PICTURE.replace("words", "$m_{ee}$"), "TeX in a description"),
    ],
)
def test_what_a_page_lacks(tmp_path, body, lack):
    assert bare(pages(tmp_path, body)["index.html"]) == [lack]


def test_a_page_without_title_or_language(tmp_path):
    assert bare(pages(tmp_path, title=" ")["index.html"]) == ["no title"]
    without = PAGE.format(title="A", body="").replace(' lang="en"', "")
    assert bare(pages(tmp_path, text=without)["index.html"]) == ["no language"]


@pytest.mark.parametrize(
    "body",
    [
        '<a href="b.html">b</a>',
        '<a href="#bottom">b</a>',
        '<a href="index.html#bottom">b</a>',
        '<a href="../outside.html">b</a>',
        '<a href="file:///etc/hosts">b</a>',
        '<img src="b.png">',
        '<script src="https://example.org/x.js"></script>',
        '<link rel="stylesheet" href="//example.org/x.css">',
    ],
)
def test_links_that_lead_nowhere_or_load_from_elsewhere(tmp_path, body):
    (tmp_path / "outside.html").write_text("x")
    folder = tmp_path / "site"
    folder.mkdir()
    (broken,) = broken_links(pages(folder, body))
    assert broken.startswith("index.html: ")
