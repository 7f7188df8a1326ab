"""Values of a dataset in a list of another program: their meaning, and notes on the rest."""

import re
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path
from typing import Any

from wollemi.base.numbers import plain_number, shown, text_number
from wollemi_convert.configurations.notes import Notes
from wollemi_likelihood.base.errors import WollemiError, counted

# Meaning → keys, in lower case without `_`, `-` and spaces.
MEANINGS = {
    "cross section": "xsec xs xsection crosssection xsecpb crosssectionpb",
    "factor": "kfactor kfac filtereff filterefficiency genfiltereff genfilteff br branchingratio "
    "branchingfraction",
    "data": "isdata",
    "simulation": "ismc issimulation issim",
    "kind": "datatype kind",
    "signal": "issignal",
    "events": "nevts nevtstotal nevents nevt numentries entries",
    "weights": "sumgenweights sumgenweight sumw sumweights sumofweights geneventsumw",
    "skim": "isskim",
    "sample": "sample",
    "process": "process",
    "variation": "variation",
    "tree": "treename tree",
    "year": "year",
    "steps": "steps",
    # Bookkeeping of the framework.
    "ignored": "dasname dasnames dasparentsnames parents dbsinstance size sha256 nfiles uuid form "
    "compressedform formhashmd5 id processes genorder",
}
_MEANING = {word: meaning for meaning, words in MEANINGS.items() for word in words.split()}
_FLAGS = {"true": True, "1": True, "false": False, "0": False, "none": None}


def plain_key(key: str) -> str:
    """A key in lower case without `_`, `-` and spaces."""
    return re.sub(r"[\W_]", "", key).lower()


class ListNotes(Notes):
    """What a reader has to say about a list of datasets.

    Args:
        where: Path of the list.
        beside: Keys next to the datasets.
    """

    def __init__(self, where: Path, beside: Iterable[str]) -> None:
        super().__init__(where, "")
        self._unread: dict[str, list[str]] = {key: [] for key in beside}

    def unknown(self, key: str, dataset: str) -> None:
        """Note a key of a dataset without a meaning."""
        self._unread.setdefault(key, []).append(dataset)

    def unsaid_lines(self) -> tuple[str, ...]:
        """All parts that the analysis lacks; each unknown key once."""
        for key, found in self._unread.items():
            names = list(dict.fromkeys(found))
            more = f" and {counted(len(names) - 1, 'more dataset')}" if len(names) > 1 else ""
            where = f" of {names[0]}{more}" if names else ""
            self.lacks(f"{key}{where}", "unknown key; if it matters, add its effect")
        return tuple(self.unsaid)


class Values:
    """Values of a dataset, or of one of its files, by their meaning.

    Args:
        notes: Receives the unknown keys.
        name: Name of the dataset in the list.
        values: Key → value; None counts as missing.
        meanings: Meanings that such values may have.
    """

    def __init__(
        self,
        notes: ListNotes,
        name: str,
        values: Mapping[str, Any],
        meanings: Collection[str] = tuple(MEANINGS),
    ) -> None:
        self.notes, self.name = notes, name
        self._found: dict[str, dict[str, Any]] = {}
        for key, value in values.items():
            meaning = _MEANING.get(plain_key(key), "")
            if meaning not in meanings:
                self.unknown(key)
            elif value is not None:
                self._found.setdefault(meaning, {})[key] = value

    def unknown(self, key: str) -> None:
        """Note a key without a meaning."""
        self.notes.unknown(key, self.name)

    def unsaid(self, line: str) -> None:
        """Note a part of the list that the analysis lacks."""
        self.notes.lacks(self.name, line)

    def error(self, problem: str) -> WollemiError:
        """Error about the dataset."""
        return self.notes.error(self.name, problem, "correct the list")

    def one(self, meaning: str) -> tuple[str, Any]:
        """Key and value of a meaning; empty and None if they are missing."""
        found = self._found.get(meaning, {})
        if len({str(value) for value in found.values()}) > 1:
            raise self.error(f"{' and '.join(found)} differ")
        return next(iter(found.items()), ("", None))

    def text(self, meaning: str) -> str:
        """Text of a meaning; empty if it is missing."""
        _, value = self.one(meaning)
        return "" if value is None else str(value)

    def flag(self, meaning: str) -> tuple[str, bool | None]:
        """Key and value of a flag, also as text."""
        key, value = self.one(meaning)
        if str(value).lower() not in _FLAGS:
            raise self.error(f"{key} is {shown(value)}, neither true nor false")
        return key, _FLAGS[str(value).lower()]

    def number(self, meaning: str) -> float | None:
        """Number of a meaning, also as text."""
        key, value = self.one(meaning)
        return None if value is None else self._number(key, value)

    def factors(self) -> dict[str, float]:
        """Factors of the cross section: key → number."""
        found = self._found.get("factor", {})
        if len(set(map(plain_key, found))) < len(found):
            raise self.error(f"{' and '.join(found)} are the same factor")
        return {key: self._number(key, value) for key, value in found.items()}

    def _number(self, key: str, value: Any) -> float:
        where = f"{self.notes.where}: {self.name}"
        if isinstance(value, str):
            return text_number(where, key, value.strip())
        return plain_number(where, key, value)
