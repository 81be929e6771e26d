import pytest

from lrs.storage.compare_and_swap import swap_until_done


@pytest.mark.parametrize(
    ("outcomes", "written"), [([True], True), ([False, False, True], True), ([False] * 4, False)]
)
def test_it_tries_until_an_attempt_wrote_or_as_often_as_told(outcomes, written):
    left = iter(outcomes)
    assert swap_until_done(lambda: next(left), attempts=4, longest_pause_s=0) is written
    assert next(left, None) is None


def test_what_an_attempt_raises_is_raised():
    with pytest.raises(KeyError):
        swap_until_done({}.popitem, attempts=4, longest_pause_s=0)
