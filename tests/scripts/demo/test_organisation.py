from __future__ import annotations

import pytest

from scripts.demo import Organisation, build_organisation, named_learners


def test_same_seed_gives_the_same_people() -> None:
    assert build_organisation(5, 80).learners == build_organisation(5, 80).learners


def test_another_seed_gives_other_people() -> None:
    assert build_organisation(5, 80).learners[3:] != build_organisation(6, 80).learners[3:]


@pytest.mark.parametrize("count", [3, 40, 300, 1500])
def test_as_many_learners_as_asked_for_each_with_an_account_of_their_own(count: int) -> None:
    accounts = {learner.account for learner in build_organisation(learners=count).learners}
    assert len(accounts) == count


def test_fewer_learners_than_are_named_are_refused_with_the_remedy() -> None:
    with pytest.raises(ValueError, match="at least 3"):
        build_organisation(learners=2)


def test_company_has_teams_roles_and_skills_in_believable_numbers(organisation: Organisation) -> None:
    assert len({learner.team.key for learner in organisation.learners}) >= 12
    assert len({learner.role.name for learner in organisation.learners}) >= 20
    assert len({skill for learner in organisation.learners for skill in learner.skills}) >= 55


def test_learners_read_one_to_three_different_languages(organisation: Organisation) -> None:
    assert {len(learner.languages) for learner in organisation.learners} == {1, 2, 3}
    assert all(len(set(learner.languages)) == len(learner.languages) for learner in organisation.learners)
    assert {learner.language for learner in organisation.learners} == {"en", "es", "ca", "de", "fr"}


def test_people_are_known_by_account_and_some_by_mail(organisation: Organisation) -> None:
    mails = sum("mbox" in learner.agent for learner in organisation.learners)
    accounts = sum("account" in learner.agent for learner in organisation.learners)
    assert mails + accounts == len(organisation.learners)
    assert 5 <= mails <= 60


def test_roles_and_teams_name_only_topics_of_the_catalogue(organisation: Organisation) -> None:
    topics = set(organisation.catalogue.topics)
    assert {topic for role in organisation.roles for topic in role.topics} <= topics
    assert {team.focus for team in organisation.teams} <= topics


def test_named_learners_differ_in_role_team_and_language(organisation: Organisation) -> None:
    named = named_learners(organisation)
    for trait in ("role", "team", "language", "name"):
        assert len({getattr(learner, trait) for learner in named}) == 3
