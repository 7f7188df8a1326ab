"""Text is data: in a page, a README or the report of Snakemake it shows as it is, whatever it would
mean there.
"""

import html.parser
import importlib.util
import re

import pytest
from docutils.core import publish_parts
from jinja2 import Environment
from markdown_it import MarkdownIt
from summarize_results import SECTIONS
from support.documents.hostile_texts import TEXTS, with_text
from support.example.products import EXAMPLE, cutflow, settings, statistics
from support.example.site import write_example_site
from support.project.paths import ROOT

from wollemi.base.templates import code_span, markdown_line, markdown_text
from wollemi.pages.pages import page_environment, report_page
from wollemi.pages.summary import make_summary

PLAIN = "plain"
PRODUCTS = statistics()
REPORT = ROOT / "workflow/report"
READMES = sorted(REPORT.glob("*.md.j2"))
# Of labels, which may hold TeX.
SCRIPTS = ("sub", "sup")


class Structure(html.parser.HTMLParser):
    """The tags of a page with the names of their attributes, and its text."""

    def __init__(self, content):
        super().__init__()
        self.tags, self.text = [], ""
        self.feed(content)

    def handle_starttag(self, tag, attrs):
        if tag not in SCRIPTS:
            self.tags.append((tag, *(name for name, _ in attrs)))

    def handle_endtag(self, tag):
        if tag not in SCRIPTS:
            self.tags.append((f"/{tag}",))

    def handle_data(self, data):
        self.text += data

    def handle_comment(self, data):
        self.tags.append(("!--",))


def words(text):
    """A text without its spaces and line breaks, of which HTML makes others."""
    return "".join(text.split())


def rendered(text):
    """The page and the first page of Snakemake's report, where every text of the analysis is this
    one.
    """
    document = with_text(EXAMPLE, text)
    found = settings(SECTIONS, document)
    environment = page_environment([*REPORT.glob("*.j2"), *(REPORT / "parts").iterdir()], found)
    content = make_summary(
        found, {name: cutflow(name) for name in document["datasets"]}, PRODUCTS
    ) | {"plots": []}
    page = environment.get_template("summary.html.j2").render(content)
    return page, report_page(environment.get_template("overview.rst.j2").render(content))


def first_page(report):
    """What Snakemake makes of it (`snakemake.report.auto_report`): jinja2 without a sandbox, then
    docutils.
    """
    text = (
        Environment(trim_blocks=True, lstrip_blocks=True)
        .from_string(report)
        .render(snakemake=None, categories={}, files=[])
    )
    return publish_parts(text, writer="html")["html_body"]


def test_snakemake_still_renders_so():
    source = (ROOT / importlib.util.find_spec("snakemake.report").origin).read_text()
    for part in (
        "env.from_string(workflow_description).render(",
        "trim_blocks=True,\n        lstrip_blocks=True,",
        '"html_body"',
    ):
        assert part in source


@pytest.fixture(scope="module")
def harmless():
    page, report = rendered(PLAIN)
    return Structure(page).tags, Structure(first_page(report)).tags


@pytest.mark.parametrize("text", TEXTS)
def test_pages_show_it(harmless, text, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    page, report = rendered(text)
    for content, tags in zip((page, first_page(report)), harmless, strict=True):
        found = Structure(content)
        assert found.tags == tags
        assert words(text) in words(found.text)
    assert list(tmp_path.iterdir()) == []


def test_the_test_finds_a_template_that_ends(tmp_path, monkeypatch):
    """With the raw block as it was, the report ran what a title said."""
    monkeypatch.chdir(tmp_path)
    report = rendered(TEXTS[1])[1].replace("&#123;%", "{%")
    with pytest.raises(FileExistsError):  # the second time
        first_page(report)
    assert [path.is_dir() for path in tmp_path.iterdir()] == [True]


def test_the_site_shows_it(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / PLAIN).mkdir()
    monkeypatch.chdir(tmp_path / PLAIN)
    tags = {
        name: Structure(page).tags
        for name, page in write_example_site(with_text(EXAMPLE, PLAIN)).items()
    }
    for number, text in enumerate(TEXTS[::4]):
        (tmp_path / str(number)).mkdir()
        monkeypatch.chdir(tmp_path / str(number))
        for name, page in write_example_site(with_text(EXAMPLE, text)).items():
            assert Structure(page).tags == tags[name], (name, text)


MARKDOWN = MarkdownIt("commonmark").enable(["table", "strikethrough"])
HARMLESS = {"text", "softbreak", "text_special", "hardbreak"}


def shown(tokens):
    """Text of Markdown, where every part is nothing but text."""
    inline = [child for token in tokens if token.type == "inline" for child in token.children]
    assert {child.type for child in inline} <= HARMLESS, [child.type for child in inline]
    return "".join(child.content if child.type != "softbreak" else "\n" for child in inline)


@pytest.mark.parametrize("text", TEXTS)
def test_readmes_show_it(text):
    heading = MARKDOWN.parse(f"# {markdown_line(text)}\n")
    assert [token.type for token in heading] == ["heading_open", "inline", "heading_close"]
    assert words(shown(heading)) == words(text)
    tokens = MARKDOWN.parse(f"before\n\n{markdown_text(text)}\n")
    assert {token.type for token in tokens} == {"paragraph_open", "inline", "paragraph_close"}
    assert words(shown(tokens)) == words(f"before{text}")
    (code,) = MARKDOWN.parse(f"a {code_span(text)} b")[1].children[1:-1]
    assert (code.type, words(code.content)) == ("code_inline", words(text))


@pytest.mark.parametrize("template", READMES, ids=lambda path: path.stem)
def test_texts_of_readmes_go_through_a_filter(template):
    found = re.findall(
        r"\{\{ *([\w.]*(?:title|description|image|missing|\bline))\b *([^}]*)\}\}",
        template.read_text(),
    )
    assert found
    assert [
        name for name, rest in found if not re.match(r"\| (line|text|code|map\(\"code\"\))", rest)
    ] == []


@pytest.mark.parametrize(
    "text",
    ["Search for Z′ → ee in 13 TeV collisions (2018)", "signal_200 [pseudo-data]: 5 < 6 & 7"],
)
def test_an_ordinary_text_stays_as_it_is(text):
    assert markdown_text(text) == markdown_line(text) == text
