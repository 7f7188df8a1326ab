"""Commands of other frameworks: the models of the section `commands` of an analysis file."""

from typing import Annotated

from pydantic import Field

from wollemi.analysis.models.base import FilePath, Names, Section

# No folders, and nothing that a shell or Snakemake would expand.
OutputName = Annotated[str, Field(pattern=r"^[A-Za-z0-9_][A-Za-z0-9_.+-]{0,199}$")]


class Command(Section):
    """A command of another framework, such as a coffea processor, an RDataFrame macro or
    TopCPToolkit. It runs in an empty folder with copies of its `files` and, for each dataset, a
    list of its files, `<dataset>.txt`; it leaves its `outputs` there.
    """

    run: str = Field(
        min_length=1, max_length=20_000, description="lines of a shell, which ends at an error"
    )
    inputs: Names = Field(
        default=(), description="datasets whose files it reads: `<dataset>.txt` has their paths"
    )
    files: tuple[FilePath, ...] = Field(
        default=(), description="its code, and other files that it needs: copied into its folder"
    )
    outputs: tuple[OutputName, ...] = Field(
        min_length=1, description="names of the files that it makes, all of them"
    )
    environment: FilePath | None = Field(
        default=None,
        description="file of its conda environment; default: the run's",
    )
    container: str | None = Field(
        default=None,
        max_length=1000,
        pattern=r"^docker://[^\s{}]+$",
        description="image that it runs in, `docker://…` with a tag or digest; has `python3` ≥ 3.8",
    )
