"""Blocks of a configuration that know which of their keys were read, and notes on the rest."""

import re
from collections.abc import Iterable, Mapping
from glob import glob
from pathlib import Path
from typing import Any

from wollemi_convert.configurations.expressions import UNTRANSLATED, translate
from wollemi_likelihood.base.errors import WollemiError
from wollemi_likelihood.base.nearest import did_you_mean
from wollemi_likelihood.expressions.syntax import ExpressionError


class Notes:
    """What a reader has to say about an analysis: comments, and parts that it lacks.

    Args:
        where: Path of the configuration.
        language: Language of its expressions.
    """

    def __init__(self, where: Path, language: str) -> None:
        self.where, self.language, self.folder = where, language, Path.cwd()
        self.comments: dict[str, str] = {}
        self.unsaid: list[str] = []
        self._names: dict[tuple[str, str], str] = {}

    def lacks(self, part: str, reason: str) -> None:
        """Add a part that the analysis lacks, once."""
        self.unsaid += [f"{part}: {reason}"] if f"{part}: {reason}" not in self.unsaid else []

    def error(self, part: str, problem: str, remedy: str) -> WollemiError:
        """An error for a configuration that cannot become an analysis."""
        return WollemiError(f"{self.where}: {part}", problem, remedy)

    def name(self, section: str, text: str) -> str:
        """A valid name for an entry of a section, with a comment if it differs.

        Raises:
            WollemiError: Two texts give the same name.
        """
        name = re.sub(r"\W+", "_", text.strip(), flags=re.ASCII).strip("_")
        name = (name if name[:1].isalpha() else f"x_{name}")[:100]
        known = self._names.setdefault((section, name), text)
        if known != text:
            problem = f"'{text}' and '{known}' both become '{name}'"
            raise self.error(section, problem, "rename one of them")
        if name != text:
            self.comments[f"{section}.{name}"] = f"'{text}' in the configuration"
        return name

    def expression(self, part: str, text: Any) -> str:
        """A translated expression; empty if it is missing. Without an equivalent, a note, and an
        expression that `wollemi check` refuses.
        """
        try:
            return translate(str(text), self.language) if text not in (None, "") else ""
        except ExpressionError as error:
            self.lacks(part, f"{error}: replace {UNTRANSLATED} in this file")
            return UNTRANSLATED

    def start_from(self, patterns: Iterable[str]) -> None:
        """Set the folder of relative paths: the first folder with one of the files among the
        working folder, the folder of the configuration, and the folders above it.
        """
        files = [file for file in dict.fromkeys(patterns) if not Path(file).is_absolute()]
        for folder in (Path.cwd(), *self.where.resolve().parents):
            if any(glob(str(folder / file)) for file in files):  # noqa: PTH207 - absolute, too
                self.folder = folder
                break
        self.comments["datasets"] = f"relative paths of the configuration start from {self.folder}"

    def files(self, pattern: str) -> tuple[str, ...]:
        """Absolute paths of files with wildcards; without any, a note and the path."""
        path = str(self.folder / pattern)
        found = sorted(glob(path))  # noqa: PTH207
        if not found:
            self.lacks(f"file {path}", "does not exist; copy it there, or correct the path")
        return tuple(found or [path])


class Block:
    """A block of a configuration.

    Args:
        notes: Notes to add to.
        kind: Kind of the block, such as `Region`.
        name: Name of the block as written; empty if it has none.
        options: Its keys and values.
    """

    def __init__(self, notes: Notes, kind: str, name: str, options: Any) -> None:
        self.title, self.name, self._notes = f"{kind} '{name}'" if name else kind, name, notes
        if not isinstance(options, Mapping):
            raise notes.error(self.title, "is not a list of keys", "correct it")
        self.options, self._read = dict(options), set[str]()

    def get(self, key: str, default: Any = None) -> Any:
        """Value of a key, which counts as read."""
        self._read.add(key)
        return self.options.get(key, default)

    def values(self, key: str) -> list[Any]:
        """Values of a key, which counts as read."""
        value = self.get(key)
        return value if isinstance(value, list) else [] if value in (None, "") else [value]

    def word(self, key: str, default: str = "") -> str:
        """Value of a key in capitals; the key counts as read."""
        return str(self.get(key, default)).upper()

    def flag(self, key: str, default: bool = False) -> bool:
        """Truth value of a key, which counts as read."""
        return self.word(key, str(default)) == "TRUE"

    def expression(self, key: str) -> str:
        """Translated expression of a key; empty if it is missing."""
        return self._notes.expression(f"{self.title}, {key}", self.get(key))

    def chosen(self, key: str, known: Mapping[str, "Block"]) -> list[str]:
        """Names in the analysis of the blocks that a key lists; all if it is missing."""
        given = [str(item) for item in self.values(key) or ["all"]]
        written = [item.name for item in known.values()]
        for name in given:
            if name not in (*written, "all", "none"):
                text = f"unknown name '{name}'{did_you_mean(name, written)}"
                self._notes.lacks(f"{self.title}, {key}", text)
        return [name for name, item in known.items() if "all" in given or item.name in given]

    def finish(self, ignored: Iterable[str], reasons: Mapping[str, str]) -> bool:
        """Note all keys that were neither read nor are ignored; return whether there are any.

        Args:
            ignored: Keys that change no result, or that the program does not read either.
            reasons: Pattern of keys → consequence of leaving them out.
        """
        unread = [key for key in self.options if key not in {*self._read, *ignored}]
        for key in unread:
            found = [text for pattern, text in reasons.items() if re.fullmatch(pattern, key)]
            value = ",".join(map(str, self.values(key)))[:60]
            self._notes.lacks(f"{self.title}, {key} '{value}'", [*found, "is not read"][0])
        return bool(unread)
