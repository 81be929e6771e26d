"""Roles as platforms name them."""

import pytest

from lrs.auth.lti.messages import read_roles

VOCABULARY = "http://purl.imsglobal.org/vocab/lis/v2"


@pytest.mark.parametrize(
    ("role", "in_course", "anywhere"),
    [
        ("membership#Instructor", {"Instructor"}, {"Instructor"}),
        ("membership/Instructor#TeachingAssistant", set(), {"Instructor"}),
        ("institution/person#Administrator", set(), {"Administrator"}),
        ("system/person#SysAdmin", set(), {"SysAdmin"}),
        ("membership#", set(), set()),
        ("other#Instructor", set(), set()),
    ],
)
def test_a_role_counts_in_the_course_only_where_it_is_held_there(role, in_course, anywhere):
    assert read_roles([f"{VOCABULARY}/{role}"]) == (in_course, anywhere)


def test_what_is_no_role_counts_for_nothing():
    assert read_roles([7, None, {}, "Instructor", "x" * 10_000]) == (set(), set())
