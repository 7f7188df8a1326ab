"""Combine's own parser of datacards, out of its repository: it needs no ROOT."""

import contextlib
import io
import sys
from optparse import OptionParser
from types import ModuleType

from support.combine.cards import REPOSITORY

PACKAGE = "HiggsAnalysis.CombinedLimit"


# Names of bins in old cards begin with a digit, which Combine refuses today.
DIGIT = 're.match("[0-9]+", b)'


def _module(name):
    full = f"{PACKAGE}.{name}"
    if full not in sys.modules:
        sys.modules[full] = ModuleType(full)
        text = (REPOSITORY / f"python/{name}.py").read_text().replace(DIGIT, "False")
        exec(compile(text, name, "exec"), vars(sys.modules[full]))
    return sys.modules[full]


def parsed(card):
    """The card as ``text2workspace.py`` sees it before it opens a histogram.

    Args:
        card: Path of the card.
    """
    for package in ("HiggsAnalysis", PACKAGE):
        sys.modules.setdefault(package, ModuleType(package))
    module = [_module(name) for name in ("Datacard", "NuisanceModifier", "DatacardParser")][-1]
    parser = OptionParser()
    module.addDatacardParserOptions(parser)
    options, _ = parser.parse_args(["-b", "-o", "none"])
    options.allowNoSignal = options.allowNoBackground = True
    with card.open(errors="replace") as file, contextlib.redirect_stderr(io.StringIO()):
        return module.parseCard(file, options)
