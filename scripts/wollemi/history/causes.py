"""Differences between two runs' ingredients: settings, code, packages, environments, inputs."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

from wollemi.analysis.plain.parts import PART_FILES
from wollemi.archive.reading.json_comparison import Difference, differences, shorten

_SHOWN = 3  # subjects per kind in a sentence
_LONGEST = 60  # characters shown of a value
_AROUND = 4  # words of a long text shown around the differing words


@dataclass(frozen=True)
class Work:
    """The ingredients of a run.

    Args:
        run: Folder of results, such as `results/zprime`.
        records: Content of the records by file.
        document: Analysis as plain values, fully expanded; None if unknown.
        commit: Commit of the checkout; None if unknown.
    """

    run: str
    records: Mapping[str, Mapping[str, Any]]
    document: Mapping[str, Any] | None = None
    commit: str | None = None


@dataclass(frozen=True)
class Cause:
    """All differences of one kind.

    Args:
        kind: Kind: `seed`, `setting`, `code`, `package`, `environment`, `input` or `steps`.
        subjects: Differing items, each in a few words.
    """

    kind: str
    subjects: tuple[str, ...]

    @property
    def text(self) -> str:
        """Short description, such as `a package (numpy 2.4.5 → 2.4.6)`."""
        number = len(self.subjects)
        more = f" and {number - _SHOWN} more" if number > _SHOWN else ""
        return f"{self._words} ({'; '.join(self.subjects[:_SHOWN])}{more})"

    @property
    def title(self) -> str:
        """Name of the kind, such as `A package`."""
        return self._words[0].upper() + self._words[1:]

    @property
    def _words(self) -> str:
        return _WORDS[self.kind][len(self.subjects) > 1]


Pair = tuple[Mapping[str, Any], Mapping[str, Any]]  # records of the same job in both runs
_WORDS = {
    "seed": ("another seed", "other seeds"),
    "setting": ("a setting", "settings"),
    "input": ("another input file", "other input files"),
    "code": ("code", "code"),
    "package": ("a package", "packages"),
    "environment": ("an environment file", "environment files"),
    "steps": ("another step", "other steps"),
}


def find_causes(then: Work, now: Work) -> list[Cause]:
    """Find all differences between the ingredients of two runs, by kind.

    Args:
        then: Ingredients of the first run.
        now: Ingredients of the second run.
    """
    pairs = [
        (then.records[name], now.records[name]) for name in then.records if name in now.records
    ]
    inputs = _inputs(then, now, pairs)
    seeds, others = _settings(then, now, pairs, inputs.values())
    alone = sorted({_step(name) for name in then.records.keys() ^ now.records.keys()})
    code = [*_changed(pairs, "code"), *filter(_is_code, inputs)]
    if code and then.commit and now.commit and then.commit != now.commit:
        code[0] += f", commit {then.commit[:8]} → {now.commit[:8]}"
    packages = list(dict.fromkeys(_packages(pairs)))
    environment = _changed(pairs, "environment")
    if packages and environment:
        # A new version is locked in these files: one edit and one cause.
        packages[0] += f", in {' and '.join(environment)}"
    found = {
        "seed": seeds,
        "setting": others,
        "input": [name for name in inputs if not _is_code(name)],
        "code": code,
        "package": packages,
        "environment": [] if packages else environment,
        # A changed setting, such as an additional dataset, changes the steps as a consequence.
        "steps": alone if not others else [],
    }
    return [Cause(kind, tuple(subjects)) for kind, subjects in found.items() if subjects]


def sentence(causes: Iterable[Cause]) -> str:
    """Describe the differences in one sentence."""
    texts = [cause.text for cause in causes]
    if not texts:
        return "Both were made with the same settings, code, packages and inputs."
    listed = texts[0] if len(texts) == 1 else f"{', '.join(texts[:-1])} and {texts[-1]}"
    return f"What differs is {listed}."


def _settings(
    then: Work, now: Work, pairs: Sequence[Pair], digests: Collection[str]
) -> tuple[list[str], list[str]]:
    """Differing seeds and other settings, each with its values where they are known.

    Args:
        then: Ingredients of the first run.
        now: Ingredients of the second run.
        pairs: Records of the same job in both runs.
        digests: SHA-256 of differing input files, whose checksums in the settings do not count.
    """
    sections = list(
        dict.fromkeys(
            section
            for old, new in pairs
            for section in sorted({**old.get("settings", {}), **new.get("settings", {})})
            if old.get("settings", {}).get(section) != new.get("settings", {}).get(section)
        )
    )
    found: list[Difference] = []
    if then.document is not None and now.document is not None:
        names = sorted(then.document.keys() | now.document.keys())
        for name in names:
            old, new = then.document.get(name), now.document.get(name)
            found += differences(old, new, name)
    if not found:
        named = [section for section in sections if section != PART_FILES or not digests]
        return [], [f"section '{section}'" for section in named]
    found = _without_checksums(found, digests)
    seeds = [item for item in found if item.path.rpartition(".")[2] == "seed"]
    return [_value_text(item) for item in seeds], [
        _value_text(item) for item in found if item not in seeds
    ]


def _without_checksums(found: Sequence[Difference], digests: Collection[str]) -> list[Difference]:
    """The differences without checksums and sizes of differing files."""
    files = {item.path.rpartition(".")[0] for item in found if item.now in digests}
    parts = {f"{file}.{part}" for file in files for part in ("sha256", "size")}
    return [item for item in found if item.path not in parts]


def _value_text(difference: Difference) -> str:
    text = difference.text
    if len(text) <= 2 * _LONGEST:
        return text
    then, now = difference.then, difference.now
    if isinstance(then, str) and isinstance(now, str):
        return Difference(difference.path, *_where_they_differ(then, now)).text
    return f"{difference.path}: {_cut(then)} → {_cut(now)}"


def _where_they_differ(then: str, now: str) -> tuple[str, str]:
    """The differing words of two long texts, with the words around them."""
    old, new = then.split(" "), now.split(" ")
    before = _alike(old, new)
    after = _alike(old[before:][::-1], new[before:][::-1])
    first, last = max(before - _AROUND, 0), max(after - _AROUND, 0)
    return _between(old, first, last), _between(new, first, last)


def _alike(then: Sequence[str], now: Sequence[str]) -> int:
    """Number of identical first words."""
    pairs = enumerate(zip(then, now, strict=False))
    return next((number for number, (old, new) in pairs if old != new), min(len(then), len(now)))


def _between(words: Sequence[str], first: int, last: int) -> str:
    """Text without the first and the last words."""
    kept = " ".join(words[first : len(words) - last])
    return f"{'… ' if first else ''}{kept}{' …' if last else ''}"


def _cut(value: Any) -> str:
    text = shorten(value)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"


def _changed(pairs: Iterable[Pair], part: str) -> list[str]:
    """Files of a part of the records that differ or exist in one run only."""
    names = {
        name
        for old, new in pairs
        for name in old.get(part, {}).keys() | new.get(part, {}).keys()
        if old.get(part, {}).get(name) != new.get(part, {}).get(name)
    }
    return sorted(names)


def _packages(pairs: Iterable[Pair]) -> Iterator[str]:
    for old, new in pairs:
        then, now = old.get("packages", {}), new.get("packages", {})
        for name in sorted(then.keys() & now.keys()):
            if then[name] != now[name]:
                yield f"{name} {then[name]} → {now[name]}"


def _inputs(then: Work, now: Work, pairs: Iterable[Pair]) -> dict[str, str]:
    """SHA-256 in the second run of changed inputs that no job makes; fetched files count as inputs
    of this kind.
    """
    made = {
        name
        for record in then.records.values()
        if not _fetches(record)
        for name in record["outputs"]
    }
    digests = {
        name: new["inputs"][name]
        for old, new in pairs
        for name in old["inputs"].keys() & new["inputs"].keys()
        if old["inputs"][name] != new["inputs"][name]
        and name not in made
        and name not in then.records
    }
    return dict(sorted(digests.items()))


def _fetches(record: Mapping[str, Any]) -> bool:
    return PurePosixPath(record.get("program", "")).name.startswith("fetch_")


def _is_code(name: str) -> bool:
    """Whether an input is code of the analysis: hooks, scripts of commands, templates of pages."""
    return name.startswith("workflow/") or name.endswith((".py", ".C"))


def _step(record: str) -> str:
    return record.partition("/records/")[2].rpartition(".json")[0]
