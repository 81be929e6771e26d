import pytest

COMPONENTS = [{"id": "a", "description": {"en-US": "A"}}, {"id": "b"}]


@pytest.fixture
def with_definition(make_statement):
    return lambda **definition: make_statement(
        object={"id": "https://example.org/q", "definition": definition}
    )


@pytest.mark.parametrize(
    "definition",
    [
        {},
        {"name": {}, "description": {"und": "x", "ca-valencia": "y"}, "moreInfo": "https://example.org/more"},
        {"type": "http://adlnet.gov/expapi/activities/course", "extensions": {"https://example.org/x": None}},
        {"interactionType": "choice", "choices": COMPONENTS, "correctResponsesPattern": ["a[,]b"]},
        {"interactionType": "sequencing", "choices": []},
        {"interactionType": "likert", "scale": COMPONENTS},
        {"interactionType": "matching", "source": COMPONENTS, "target": COMPONENTS},
        {"interactionType": "performance", "steps": COMPONENTS},
    ],
)
def test_definitions_are_accepted(with_definition, is_valid, definition, rules):
    assert is_valid(with_definition(**definition), rules)


@pytest.mark.parametrize(
    ("definition", "path"),
    [
        ({"interactionType": "Choice"}, ".interactionType"),
        ({"choices": COMPONENTS}, ".choices"),
        ({"interactionType": "likert", "choices": COMPONENTS}, ".choices"),
        ({"interactionType": "choice", "scale": COMPONENTS}, ".scale"),
        ({"interactionType": "choice", "source": COMPONENTS}, ".source"),
        ({"interactionType": "choice", "target": COMPONENTS}, ".target"),
        ({"interactionType": "choice", "steps": COMPONENTS}, ".steps"),
        ({"interactionType": "choice", "choices": [{"id": "a"}, {"id": "a"}]}, ".choices"),
        ({"interactionType": "choice", "choices": [{"id": 1}]}, ".choices[0].id"),
        ({"interactionType": "choice", "choices": [{"description": {}}]}, ".choices[0].id"),
        ({"correctResponsesPattern": ["a"]}, ".correctResponsesPattern"),
        ({"interactionType": "fill-in", "correctResponsesPattern": "a"}, ".correctResponsesPattern"),
        ({"type": "course"}, ".type"),
        ({"name": "Course"}, ".name"),
        ({"name": {"en_US": "Course"}}, ".name.en_US"),
        ({"name": {"en-US": None}}, '.name["en-US"]'),
        ({"extensions": {"no iri": 1}}, '.extensions["no iri"]'),
        ({"extensions": None}, ".extensions"),
    ],
)
def test_a_wrong_definition_is_refused_at_its_path(with_definition, refusal_of, definition, path, rules):
    assert refusal_of(with_definition(**definition), rules).path == f"object.definition{path}"


@pytest.mark.parametrize(
    "iri", ["uuid://abc", "course-v1:FUN-MOOC+00002+session01", "urn:x:y", "https://exämple.org/ü"]
)
def test_an_iri_with_a_scheme_is_an_activity_id(make_statement, is_valid, iri):
    assert is_valid(make_statement(object={"id": iri}))


@pytest.mark.parametrize(
    "iri", ["", "abc", "//example.org", "ab=c://x", "https://a b", "https://a\n", "1x:y", "x:", 5]
)
def test_anything_else_is_not(make_statement, refusal_of, iri):
    assert refusal_of(make_statement(object={"id": iri})).path == "object.id"
