import pytest

from scripts import settings_table


def test_the_page_of_settings_says_what_the_code_reads():
    assert settings_table.PAGE.read_text() == settings_table.page_text(), (
        "run: python -m scripts.settings_table --write"
    )


@pytest.mark.parametrize(("title", "kind"), settings_table.SECTIONS, ids=lambda value: str(value))
def test_every_setting_has_a_row(title, kind):
    page = settings_table.page_text()
    assert f"## {title}\n" in page
    for item in kind.__dataclass_fields__.values():
        assert f"| `{item.metadata['variable']}` |" in page


def test_no_variable_is_read_twice_for_different_things():
    fields = [item for _, kind in settings_table.SECTIONS for item in kind.__dataclass_fields__.values()]
    variables = [item.metadata["variable"] for item in fields]
    assert len(variables) == len(set(variables))
