"""`lint.json`: flaws of the templates, before any fit."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Literal

from pydantic import Field

from wollemi.analysis.models.lint import FlawName, Level
from wollemi.results.product import OF_SUMS, Part, Product

NOTE, WARNING, ERROR = LEVELS = ("note", "warning", "error")
SHOWN = 100  # findings on a page: more indicate a systematic problem
# Flaw → remedy.
REMEDIES: dict[str, str] = {
    "empty": "check the selection and the files of this template, use more simulated events, or merge these bins",  # noqa: E501
    "negative": "use more simulated events, or merge these bins; the model has 0 there",
    "kept_negative": "use more simulated events, or merge these bins; the model has them as they are (model.floor_negative_bins: keep)",  # noqa: E501
    "same_side": "check that both sides are variations of the same thing; if only one is known, give `down: symmetrize`",  # noqa: E501
    "identical": "check what is filled at -1σ; if only one side is known, give `down: symmetrize`",
    "huge": "check the size of this variation; with too few events use more of them, or merge bins",
    "discontinuous": "look at the ratio of these bins; use more simulated events, or merge or smooth them",  # noqa: E501
    "poor": "use more simulated events, or merge these bins (model.fit_edges)",
    "no_effect": "check that it acts on these events; otherwise leave it out, or give model.prune_below",  # noqa: E501
    "normalization": "compare cross section, luminosity and sum of weights with the files; run again from the histograms",  # noqa: E501
    "one_sided": "check what is filled at the side that is nominal; if only one is known, give `down: symmetrize`",  # noqa: E501
    "duplicate": "remove one of the two samples, or correct its datasets",
}


class Finding(Part):
    """A flaw of a template."""

    flaw: FlawName = Field(description="kind of flaw")
    level: Literal["note", "warning", "error"] = Field(description="severity")
    region: str | None = Field(default=None, description="the region; not given: all")
    sample: str | None = Field(
        default=None, description="the sample; not given: all backgrounds together"
    )
    dataset: str | None = Field(default=None, description="the dataset, if it is of one")
    systematic: str | None = Field(
        default=None, description="the systematic; not given: the nominal template"
    )
    side: Literal["up", "down"] | None = Field(
        default=None, description="the side of the systematic; not given: both"
    )
    bins: tuple[tuple[float, float], ...] = Field(
        default=(), description="edges of ranges of bins; none: the template as a whole"
    )
    unit: str = Field(default="", description="unit of the edges")
    problem: str = Field(description="description of the flaw")
    number: float = Field(description="measured value, the largest one in the bins")
    threshold: float = Field(description="threshold for the measured value")
    remedy: str = Field(description="advice")
    reason: str | None = Field(
        default=None, description="why it is accepted, from the analysis; not given: it is not"
    )

    @property
    def where(self) -> str:
        """Its place in words."""
        side = {"up": " at +1σ", "down": " at -1σ", None: ""}[self.side]
        parts = [
            f"{word} {name}"
            for word, name in (
                ("region", self.region),
                ("sample", self.sample),
                ("dataset", self.dataset),
                ("systematic", self.systematic),
            )
            if name is not None
        ]
        return ", ".join(parts) + side

    @property
    def ranges(self) -> str:
        """Its bins in words."""
        return f"{', '.join(f'{low:g}–{high:g}' for low, high in self.bins)} {self.unit}".strip()

    @property
    def text(self) -> str:
        """The finding in one line: flaw, place and problem."""
        bins = f" in {self.ranges}" if self.bins else ""
        return f"{self.flaw}: {self.where}: {self.problem}{bins}"


class Ratios(Part):
    """Varied over nominal template in each bin; null: the nominal one is empty there."""

    up: tuple[float | None, ...] = Field(description="ratios at +1σ")
    down: tuple[float | None, ...] = Field(description="ratios at -1σ")


class Decision(Part):
    """Treatment of a systematic of a sample in a region of the model."""

    region: str = Field(description="the region")
    sample: str = Field(description="the sample")
    systematic: str = Field(description="the systematic")
    smoothing: str | None = Field(
        default=None, description="method it is smoothed by; not given: it is not"
    )
    symmetrization: str | None = Field(
        default=None,
        description=(
            "how one shift is made of both sides, `symmetrize` where only one is known; not given: "
            "both sides are as they are"
        ),
    )
    norm: tuple[float, float] = Field(description="relative change of the yield at +1σ and -1σ")
    shape: float = Field(description="largest relative change of a bin, at the nominal yield")
    kept: tuple[Literal["norm", "shape"], ...] = Field(
        description="parts that the model has; the others are below model.prune_below, or nothing"
    )
    edges: tuple[float, ...] = Field(
        default=(), description="edges of the bins, if it is smoothed or symmetrized"
    )
    filled: Ratios | None = Field(
        default=None, description="templates as they were filled, if it is smoothed or symmetrized"
    )
    entering: Ratios | None = Field(default=None, description="the same as they enter the model")

    @property
    def dropped(self) -> list[str]:
        """Parts that have an effect but are not in the model."""
        effects = {"norm": any(self.norm), "shape": self.shape > 0}
        return [part for part, has in effects.items() if has and part not in self.kept]

    @property
    def largest_change(self) -> float | None:
        """Largest change of a ratio by smoothing and symmetrization."""
        if self.filled is None or self.entering is None:
            return None
        pairs = (
            (before, after)
            for side in ("up", "down")
            for before, after in zip(
                getattr(self.filled, side), getattr(self.entering, side), strict=True
            )
        )
        return max((abs(a - b) for a, b in pairs if a is not None and b is not None), default=0.0)


class TemplateLint(Product):
    """Flaws of the templates of an analysis."""

    place = "lint.json"
    about = "flaws of the templates, before the fit"
    word = "lint"
    tolerances = (OF_SUMS,)

    measurement: str = Field(description="name of the measurement, with its marks")
    fail: Level = Field(description="level from which a run fails at its end")
    templates: int = Field(description="pairs of a sample and a region that were looked at")
    variations: int = Field(description="systematics of these that were looked at")
    left_out: Mapping[str, str] = Field(description="sample → why it was not looked at")
    findings: tuple[Finding, ...] = Field(description="flaws that were found")
    unused: tuple[str, ...] = Field(description="entries of lint.accepted that accept nothing")
    decisions: tuple[Decision, ...] = Field(
        default=(),
        description=(
            "treatment of each systematic of a simulated sample in a region; not given: "
            "nothing is smoothed, symmetrized or pruned"
        ),
    )

    @property
    def kept_negative(self) -> str:
        """Negative bins of nominal templates that the model keeps, in words; empty without any."""
        return "; ".join(
            f"{item.sample} in {item.region}, {item.ranges}"
            for item in self.findings
            if item.flaw == "kept_negative" and item.systematic is None and item.bins
        )

    @property
    def failing(self) -> list[Finding]:
        """Findings that make a run fail."""
        if self.fail == "never":
            return []
        return [
            item
            for item in self.findings
            if item.reason is None and LEVELS.index(item.level) >= LEVELS.index(self.fail)
        ]


def decided(decisions: Sequence[Decision]) -> list[Decision]:
    """Decisions shown on a page: first those that drop a part, then those that change templates."""
    chosen = [item for item in decisions if item.dropped or item.filled]
    return sorted(chosen, key=lambda item: not item.dropped)[:SHOWN]


def count_text(findings: Iterable[Finding]) -> str:
    """Number of findings at each level, and number of accepted ones."""
    found = list(findings)
    counts = [
        (sum(item.level == level and item.reason is None for item in found), level)
        for level in reversed(LEVELS)
    ]
    parts = [f"{number} {level}{'s' * (number > 1)}" for number, level in counts if number]
    accepted = sum(item.reason is not None for item in found)
    parts += [f"{accepted} accepted"] if accepted else []
    return ", ".join(parts) or "nothing found"


def unaccepted(findings: Iterable[Finding]) -> list[Finding]:
    """Warnings and errors that the analysis does not accept."""
    return [item for item in findings if item.level in LEVELS[1:] and item.reason is None]


def worst_first(findings: Sequence[Finding]) -> list[Finding]:
    """Findings shown on a page: errors before warnings and notes, accepted ones last."""

    def rank(item: Finding) -> tuple[bool, int]:
        return (item.reason is not None, -LEVELS.index(item.level))

    return sorted(findings, key=rank)[:SHOWN]
