"""One region, two regions: a noun after a number in an f-string follows the number."""

import ast
import re

import pytest
from support.project.paths import ROOT

from wollemi_likelihood.base.errors import counted

FILES = [*(ROOT / "scripts").rglob("*.py")]
NOUNS = (
    "analyses|bins|branches|categories|channels|columns|combinations|cores|cuts|digits|entries|"
    "events|files|histograms|jobs|levels|likelihoods|measurements|members|models|objects|"
    "packages|panels|parameters|points|problems|processes|products|pulls|regions|rows|samples|"
    "signals|states|steps|toys|values|variations|weights"
)
AFTER = re.compile(rf" ({NOUNS})\b")
# Text of a value and its noun → why the number is never 1.
OTHER = {
    "'TTree' if options.ttree else 'RNTuple' events": "a name",
    "BLINDED events": "no number",
    "last.counts[event] values": "differs from another number",
    "numbers toys": "a list",
    "events events": "a text",
    "kind values": "a name",
    "count values": "values are missing: of a list",
    "rows rows": "a limit",
    "new bins": "a sum of two or more",
    "fit['bins'] bins": "a fit needs several",
    "total events": "a sum of weights",
    "self.events / spent events": "a rate",
    "fewest events": "about 3",
    "fewest_signal_events(level) events": "about 3",
    "len(whole) values": "of a batch",
    "len(found) states": "several begin alike",
    "len(sources) files": "several",
    "len(columns) columns": "several",
    "len(columns) regions": "regions or bins",
    "len(points) points": "on a line",
    "len(again) jobs": "with a verb",
    "len(sums) members": "of a set",
    "state.f_files files": "of a disk",
    "_DEEPEST levels": "a limit",
    "entries events": "two numbers that differ",
    "entries entries": "of a damaged basket",
    "first[event] values": "two numbers that differ",
    "manifest['entries'] entries": "of a production",
    "len(sizes) values": "many",
    "record.events events": "of a production",
    "below[0] events": "never -1",
    "produced events": "of a generated sample",
    "len(shares) jobs": "several",
    "len(self.signals) signals": "0 or several",
    "_by(bins) bins": "with under- and overflow",
    "shape[0] variations": "of bins with under- and overflow",
    "' × '.join(map(str, shape[1:])) bins": "with under- and overflow",
    "leaf.branches branches": "several",
    "basket.num_entries entries": "of a damaged basket",
    "len(values) values": "of a damaged basket",
    "self.size entries": "of a damaged basket",
    "bins bins": "above a limit",
    "number signals": "above a limit",
    "name histograms": "a verb",
    "len(names) measurements": "0 or several",
    "len(found) files": "0 or several",
    "len(names) samples": "0 or several",
    "systematic events": "a text with decimals",
    "limit['toys']['number'] toys": "of a limit",
    "row.toys.number toys": "of a limit",
    "len(fit.data) samples": "several",
    "item.events events": "an expectation",
    "len(used) likelihoods": "several",
    "counts[worst] combinations": "above a limit",
    "KEPT_LIMIT combinations": "a limit",
    "len(counts) events": "with more combinations than a limit",
    "MOST_PARAMETERS parameters": "a limit",
    "yields[1] events": "a text with decimals",
    "significant(numbers[key][-1]) events": "a text with decimals",
    "significant(fsum(numbers['total']['events'])) events": "a text with decimals",
    "significant(fsum((item['sum'] for item in row.values()))) events": "a text with decimals",
}


def plural_nouns(text):
    """Values with a noun that is always in the plural; not those of which there are some: `1 of 2
    toys`.
    """
    if not AFTER.search(text):
        return []
    return [
        f"{ast.unparse(value.value)} {found[1]}"
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.JoinedStr)
        for before, value, after in zip(
            [None, *node.values], node.values, node.values[1:], strict=False
        )
        if isinstance(value, ast.FormattedValue)
        and isinstance(after, ast.Constant)
        and (found := AFTER.match(after.value))
        and not (isinstance(before, ast.Constant) and before.value.endswith((" of ", "to ")))
    ]


def test_a_plural_after_any_number_is_found():
    assert plural_nouns('f"{a} files, {len(b):,} regions, {c} of {d} toys"') == [
        "a files",
        "len(b) regions",
    ]


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_nouns_follow_their_number(path):
    assert {*plural_nouns(path.read_text(encoding="utf-8"))} <= OTHER.keys()


@pytest.mark.parametrize("noun", NOUNS.split("|"))
def test_every_noun_has_its_plural(noun):
    irregular = {"analyses": "analysis", "branches": "branch", "processes": "process"}
    irregular |= {"categories": "category", "entries": "entry"}
    one = irregular.get(noun, noun.removesuffix("s"))
    assert counted(1, one) == f"1 {one}"
    assert counted(2, one) == f"2 {noun}"
    assert counted(0, one) == f"0 {noun}"
    assert counted(1234, one, ",") == f"1,234 {noun}"
    for source in (f"f'{{size}} {noun}'", f"f'has {{len(x):,}} {noun} there'"):
        assert plural_nouns(source)
    assert not plural_nouns(f"f'{{counted(size, {one!r})}}'")
