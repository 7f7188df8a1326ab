"""Named results: the model of the section `results` of an analysis file."""

from pydantic import Field

from wollemi.analysis.models.base import NameTemplate, Section

# `{signal}` gives one result per signal sample; `wollemi.loading.results` writes them out.
ResultName = NameTemplate


class NamedResult(Section):
    """A number from a product, with the name by which others read it in `results.json`."""

    file: str = Field(
        min_length=1, description="JSON product in the folder of results, such as `limits.json`"
    )
    pointer: str = Field(
        pattern=r"^(/([^~/]|~[01])+)+$",
        description=(
            "JSON Pointer (RFC 6901) to the number, such as `/limits/zprime_3000/observed`; list "
            "items by index from 0 or by `name`, such as `/fits/higgs/parameters/mu/value`"
        ),
    )
    description: str = Field(
        default="",
        description="meaning of the number; `{signal}` is replaced by its signal sample",
    )
    unit: str = Field(default="", description="unit of the number; default: a pure number")
