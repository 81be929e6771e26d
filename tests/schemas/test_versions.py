import pytest

from schemas.errors import InvalidInputError
from schemas.versions import XAPI_1_0_3, XAPI_2_0_0, rules_for


@pytest.mark.parametrize("header", ["1.0", "1.0.0", "1.0.1", "1.0.2", "1.0.3", "1.0.17"])
def test_any_1_0_is_served_as_1_0_3(header):
    assert rules_for(header) is XAPI_1_0_3


@pytest.mark.parametrize("header", ["2.0", "2.0.0", "2.0.4"])
def test_any_2_0_is_served_as_2_0_0(header):
    assert rules_for(header) is XAPI_2_0_0


@pytest.mark.parametrize(
    "header", ["", "0.95", "1", "1.1", "1.1.0", "2.1.0", "3.0", "1.0.x", "1.0.3 ", "1.0.3\n"]
)
def test_any_other_version_is_refused(header):
    with pytest.raises(InvalidInputError, match=r"'1\.0\.3' or '2\.0\.0'") as caught:
        rules_for(header)
    assert caught.value.code == "unsupported_version"
