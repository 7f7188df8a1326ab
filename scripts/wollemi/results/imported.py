"""`imported.json`: the published model that a run starts from."""

from collections.abc import Iterable, Mapping

from pydantic import Field

from wollemi.results.product import EXACT, Part, Product, Tolerance


class ImportedSignal(Part):
    """A signal of a published model."""

    samples: tuple[str, ...] = Field(description="names of its samples in the published model")
    patch: str | None = Field(description="name of its patch; null: the model has the signal")
    values: tuple[float | str, ...] = Field(
        description="values of its patch, on the axes of the set"
    )


class ImportedModel(Part):
    """A model of a combination."""

    source: str = Field(description="path or public address of its file")
    sha256: str = Field(description="SHA-256 of that file")
    form: str = Field(description="format of the file")
    digest: str = Field(description="SHA-256 of its workspace, as pyhf has it")
    measurement: str = Field(description="name of the measurement")
    files: Mapping[str, str] = Field(description="path of each file that it names → SHA-256")


class CertifiedPoint(Part):
    """-2 ln L at a point in parameter space, less its value at the initial parameters."""

    minus_two_log_likelihood: float = Field(description="value of the imported model")
    source: float = Field(description="value of the source's own arithmetic")


class Certificate(Part):
    """Comparison of the imported model with the source's own arithmetic, written independently."""

    arithmetic: str = Field(description="format of the source, and whose rules count")
    relative_tolerance: float = Field(description="largest relative difference, beside rounding")
    checks: Mapping[str, tuple[CertifiedPoint, ...]] = Field(description="signal → the points")
    largest: float = Field(description="largest difference between both")
    otherwise: Mapping[str, float] = Field(
        default={},
        description="known difference of the imported model → largest change of -2 ln L by it",
    )


class Imported(Product):
    """A published model: its files and its content."""

    place = "imported.json"
    about = "the published model that a run starts from"
    word = "imported"
    tolerances = (Tolerance("certificate.*", 1e-6, 1e-6, False, "sums are rounded"), EXACT)

    source: str = Field(description="path or public address of the workspace")
    sha256: str = Field(description="SHA-256 of that file")
    form: str | None = Field(
        default=None, description="original format, if it was converted to JSON of pyhf"
    )
    files: Mapping[str, str] = Field(
        default={}, description="path of each file that it names → SHA-256"
    )
    digest: str = Field(
        description="SHA-256 of the workspace as pyhf has it, whatever the order of its keys"
    )
    combined: Mapping[str, ImportedModel] = Field(
        default={}, description="name of the analysis → its model, for a combination"
    )
    shared: Mapping[str, tuple[str, ...]] = Field(
        default={}, description="parameter → its names in the models, for a combination"
    )
    measurement: str = Field(description="name of the measurement")
    poi: str = Field(description="its parameter of interest")
    parameters: int = Field(description="number of its parameters, with those held fixed")
    regions: Mapping[str, int] = Field(description="channel → number of bins")
    samples: tuple[str, ...] = Field(description="names of its samples without signals")
    axes: tuple[str, ...] = Field(description="labels of the values of patches")
    signals: Mapping[str, ImportedSignal] = Field(description="signal → where it comes from")

    certificate: Certificate | None = Field(
        default=None, description="comparison with the source; null: written by an older version"
    )

    def analyses_of(self, parameter: str) -> tuple[str, ...]:
        """Analyses of a combination to which a parameter belongs: all that share it, or the one
        whose name it begins with; empty for a model that is not a combination.
        """
        if parameter in self.shared:
            return tuple(member.partition(".")[0] for member in self.shared[parameter])
        found = [name for name in self.combined if parameter.startswith(f"{name}_")]
        return (max(found, key=len),) if found else ()

    def by_analysis(self, parameters: Iterable[str]) -> tuple[dict[str, list[str]], list[str]]:
        """Analysis of a combination → parameters of this analysis alone; and shared parameters."""
        own: dict[str, list[str]] = {name: [] for name in self.combined}
        shared: list[str] = []
        for parameter in parameters:
            analyses = self.analyses_of(parameter)
            (own[analyses[0]] if len(analyses) == 1 else shared).append(parameter)
        return own, shared
