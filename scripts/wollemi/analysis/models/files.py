"""Files of YAML that are one model: menus, catalogues."""

from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from wollemi.analysis.models.problems import describe_problems
from wollemi.base.yaml import load_yaml
from wollemi_likelihood.base.errors import ConfigurationError

Model = TypeVar("Model", bound=BaseModel)


def read_model(path: Path, model: type[Model], remedy: str) -> Model:
    """Read a file and check its shape.

    Args:
        path: the file.
        model: what it is.
        remedy: what to do, for the error.

    Raises:
        ConfigurationError: with every problem of its shape.
        WollemiError: it is not YAML.
    """
    document = load_yaml(path)
    if not isinstance(document, dict):
        raise ConfigurationError(str(path), ["the file is not a mapping"], remedy)
    try:
        return model.model_validate(document)
    except ValidationError as error:
        problems = describe_problems(error.errors(), document, model)
        raise ConfigurationError(str(path), problems, remedy) from None
