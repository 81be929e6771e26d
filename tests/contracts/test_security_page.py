"""docs/security.md says what the settings are."""

import dataclasses
import re

import lrs.config
import recommender.config

ROW = re.compile(r"^\| `([A-Z_]+)` \| `(.*?)` \|", re.MULTILINE)


def test_the_limits_of_the_page_are_the_defaults_of_the_settings(project):
    kinds = (lrs.config.Settings, recommender.config.RecommenderSettings)
    defaults = {
        item.metadata["variable"]: str(item.default) for kind in kinds for item in dataclasses.fields(kind)
    }
    limits = dict(ROW.findall((project / "docs" / "security.md").read_text()))
    assert limits == {name: defaults[name] for name in limits}
    largest = {name for name in defaults if name.startswith("LEARNERPRISE_MAX_")}
    assert largest <= limits.keys()
