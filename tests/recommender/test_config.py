from __future__ import annotations

import pytest

from lrs.errors import ConfigurationError
from recommender.config import from_environment


def test_an_empty_environment_gives_the_defaults() -> None:
    settings = from_environment({})
    assert settings.training.dimensions == 64
    assert settings.service.maximum_limit == 100


def test_variables_override_the_defaults() -> None:
    settings = from_environment({"RECOMMENDER_EPOCHS": "3", "RECOMMENDER_FADING": "0.9"})
    assert settings.training.epochs == 3
    assert settings.training.fading == 0.9


@pytest.mark.parametrize(
    ("variable", "value"), [("RECOMMENDER_EPOCHS", "many"), ("RECOMMENDER_DIMENSIONS", "0")]
)
def test_a_value_that_does_not_fit_is_refused_by_name(variable: str, value: str) -> None:
    with pytest.raises(ConfigurationError, match=variable):
        from_environment({variable: value})
