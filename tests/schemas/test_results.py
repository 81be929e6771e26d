import pytest


@pytest.mark.parametrize(
    "result",
    [
        {},
        {
            "score": {},
            "success": True,
            "completion": False,
            "response": "a\x00b\n",
            "extensions": {"a:b": [None]},
        },
        {"score": {"scaled": -1, "raw": 0.5, "min": 0, "max": 1}},
        {"score": {"scaled": 1.0, "raw": 10**30, "min": -(10**25), "max": 10**400}},
        {"extensions": {"a:b": 12345678901234567890123}},
        *({"duration": text} for text in ["P4W", "PT0S", "P1Y2M3DT4H5M6.789S", "PT1,5H", "P0.5Y", "P3DT1H"]),
    ],
)
def test_results_are_accepted(make_statement, is_valid, result, rules):
    assert is_valid(make_statement(result=result), rules)


@pytest.mark.parametrize(
    ("result", "path"),
    [
        (None, ""),
        ([], ""),
        ({"Score": {}}, ".Score"),
        ({"score": 1}, ".score"),
        ({"score": {"scaled": 1.0001}}, ".score.scaled"),
        ({"score": {"scaled": -(10**30)}}, ".score.scaled"),
        ({"score": {"raw": "1"}}, ".score.raw"),
        ({"score": {"raw": True}}, ".score.raw"),
        ({"score": {"raw": None}}, ".score.raw"),
        ({"score": {"min": 1, "max": 1}}, ".score"),
        ({"score": {"min": 2**70, "max": 2**69}}, ".score"),
        ({"score": {"raw": 0, "min": 1}}, ".score"),
        ({"score": {"raw": 2, "max": 1}}, ".score"),
        ({"success": 1}, ".success"),
        ({"completion": "true"}, ".completion"),
        ({"response": 5}, ".response"),
        *(
            ({"duration": text}, ".duration")
            for text in ["", "P", "PT", "P1DT", "P1W2D", "1H", "PT1.5H2M", "-P1D", "p1d", 5]
        ),
    ],
)
def test_a_wrong_result_is_refused_at_its_path(make_statement, refusal_of, result, path, rules):
    assert refusal_of(make_statement(result=result), rules).path == f"result{path}"
