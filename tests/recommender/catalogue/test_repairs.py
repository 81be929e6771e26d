import pytest

from recommender.catalogue.nuggets import Nugget
from recommender.catalogue.repairs import count_repairs, needs
from schemas.catalogue import REPAIRS

WHOLE = {"titles": {"en": "Joins"}, "language": "en", "level": "basic", "skills": ("sql",)}
NOW = 1_000


@pytest.mark.parametrize(
    ("changed", "repair"),
    [
        ({"valid_until": NOW}, "expired"),
        ({"titles": {}}, "title"),
        ({"language": ""}, "language"),
        ({"level": ""}, "level"),
        ({"skills": ()}, "skills"),
    ],
)
def test_a_nugget_needs_what_it_lacks(changed: dict[str, object], repair: str) -> None:
    nugget = Nugget("https://acme.example/joins", **{**WHOLE, **changed})  # type: ignore[arg-type]
    assert [one for one in REPAIRS if needs(nugget, one, NOW)] == [repair]


def test_a_whole_or_hidden_nugget_needs_nothing() -> None:
    whole = Nugget("https://acme.example/joins", valid_until=NOW + 1, **WHOLE)  # type: ignore[arg-type]
    hidden = Nugget("https://acme.example/views", hidden=True)
    assert count_repairs([whole, hidden], NOW) == dict.fromkeys(REPAIRS, 0)
