"""One person with many names: joined, parted, by an administrator, a table, a rule, or a proof by mail."""

import uuid
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from hashlib import sha1

import pytest

from lrs.auth.credentials import Credential
from lrs.auth.stores import set_mail_rules
from lrs.errors import ErasedPersonError, ForbiddenError, NotFoundError, RequestRefusedError
from lrs.people.linking import (
    Joined,
    apply_rules,
    join_many,
    join_people,
    part_person,
    require_other,
    require_others_rules,
    show_person,
)
from lrs.people.proofs import accept_proof, make_proof
from lrs.personas import (
    enter_names,
    find_agreeing,
    find_leads,
    find_or_create_personas,
    find_person,
    find_persona,
    pending_changes,
    set_choices,
    settle_changes,
)
from lrs.privacy.erasing import ErasureWish, Holdings, begin_erasure, erase_person, run_erasure
from lrs.storage import persona_links
from lrs.storage.personas import PersonasRepository
from schemas.errors import InvalidInputError
from schemas.people import MailRule, same_by_rules

HOME = "https://lms.acme.example"


def mail(name):
    return f"mbox|mailto:{name}@acme.example"


def account(name, home=HOME):
    return f"account|{len(home)}|{home}|{name}"


ANN, ACC, CHAT, BEN = mail("ann"), account("a1"), account("@ann", "https://chat.example"), mail("ben")


@pytest.fixture
def people(database, store):
    return find_or_create_personas(database, store.id, {ANN: "Ann", ACC: "A. Lee", CHAT: None, BEN: "Ben"})


def test_all_names_lead_to_one_person_and_part_again_as_they_were(database, store, people):
    enter_names(database, store.id, {people[ACC]: "Ann Lee"})
    before = {one: find_person(database, store.id, one) for one in (ANN, ACC, CHAT, BEN)}
    joined = join_people(database, store, [ANN, ACC, CHAT], "admin")
    assert set(joined.identifiers) == {ANN, ACC, CHAT}
    assert {find_person(database, store.id, one).id for one in (ANN, ACC, CHAT)} == {joined.id}
    assert (joined.name, joined.ids[0]) == ("Ann Lee", min(people[ANN], people[ACC], people[CHAT]))
    assert set(joined.ids) == {people[ANN], people[ACC], people[CHAT]}
    others = [one for one in joined.ids if one != joined.id]
    assert find_leads(database, store.id, others) == dict.fromkeys(others, joined.id)
    assert join_people(database, store, [CHAT, ANN], "admin") == joined  # nothing left to do
    for one in (ACC, CHAT):
        part_person(database, store, one)
    assert {one: find_person(database, store.id, one) for one in before} == before


def test_the_one_who_leads_may_part_too_and_the_rest_stays_together(database, store, people):
    lead = join_people(database, store, [ANN, ACC, CHAT], "admin")
    parted = part_person(database, store, lead.identifiers[0])
    assert parted.identifiers == lead.identifiers[:1]
    assert parted.id == lead.id
    rest = show_person(database, store, lead.identifiers[1])
    assert set(rest.identifiers) == set(lead.identifiers[1:])
    assert rest.id == people[rest.identifiers[0]]


def test_each_takes_along_the_choices_made_by_the_own_names(database, store, people):
    set_choices(database, store.id, ANN, {"peer": True})
    set_choices(database, store.id, ACC, {"peer": False, "name": False})
    assert join_people(database, store, [ANN, ACC], "admin").choice("peer") is False  # the newest one
    assert set_choices(database, store.id, ANN, {"peer": True}).choice("peer") is True
    assert part_person(database, store, ACC).choice("peer") is False
    assert find_person(database, store.id, ANN).choice("peer") is True
    assert find_person(database, store.id, ANN).choice("name") is None


def test_the_hash_of_a_joined_address_is_that_person_and_parts_with_the_address(database, store, people):
    join_people(database, store, [BEN, ANN], "csv")
    hashed = f"mbox_sha1sum|{sha1(b'mailto:ann@acme.example').hexdigest()}"
    find_or_create_personas(database, store.id, {hashed: None})
    assert set(part_person(database, store, ANN).identifiers) == {ANN, hashed}
    assert find_person(database, store.id, BEN).identifiers == (BEN,)


def test_those_who_were_parted_stay_apart_unless_an_administrator_joins_them(database, store, people):
    join_people(database, store, [ANN, ACC], "admin")
    part_person(database, store, ACC)
    with pytest.raises(RequestRefusedError, match="parted before"):
        join_people(database, store, [ANN, ACC], "mail", again=False)
    assert find_persona(database, store.id, ANN) != find_persona(database, store.id, ACC)
    assert len(join_people(database, store, [ANN, ACC], "admin").identifiers) == 2


def test_nothing_to_part_an_unknown_person_and_another_store_are_told_in_a_sentence(
    database, store, other_store, people
):
    with pytest.raises(RequestRefusedError, match="nothing to part"):
        part_person(database, store, ANN)
    with pytest.raises(RequestRefusedError, match="two identifiers"):
        join_people(database, store, [ANN, ANN], "admin")
    for call in (show_person, part_person):
        with pytest.raises(NotFoundError, match="never seen"):
            call(database, other_store, ANN)


def test_a_rule_joins_accounts_with_mail_addresses_seen_before_and_after(database, store, people):
    first = [account("ann"), account("ben@acme.example")]
    find_or_create_personas(database, store.id, dict.fromkeys(first))
    ruled = set_mail_rules(database, store, [MailRule(HOME, "acme.example")])
    assert apply_rules(database, ruled).joined == 2
    assert apply_rules(database, ruled).joined == 0
    assert find_persona(database, store.id, account("ann")) == find_persona(database, store.id, ANN)
    found = find_or_create_personas(database, store.id, {account("cid"): None, mail("cid"): None})
    assert found[account("cid")] == found[mail("cid")]
    assert show_person(database, store, mail("cid")).joined[0].by == "rule"
    part_person(database, store, account("ann"))
    assert apply_rules(database, ruled).joined == 0  # parted by hand


@pytest.mark.parametrize(
    ("identifier", "same"),
    [
        (account("ann"), (mail("ann"),)),
        (account("ann@ACME.example"), (mail("ann"),)),
        (account("ann@other.example"), ()),
        (account("ann", "https://other.example"), ()),
        (account("@acme.example"), ()),
        (mail("ann"), (account("ann"), account("ann@acme.example"))),
        ("mbox|mailto:ann@evil-acme.example", ()),
        ("openid|https://acme.example/ann", ()),
    ],
)
def test_a_rule_says_which_names_are_one_person(identifier, same):
    assert same_by_rules(identifier, [MailRule(HOME, "acme.example")]) == same


@pytest.mark.parametrize("rule", [("lms", "acme.example"), (HOME, "acme"), (HOME, "*.example"), (HOME, "")])
def test_a_rule_that_cannot_be_is_refused(database, store, rule):
    with pytest.raises(RequestRefusedError):
        set_mail_rules(database, store, [MailRule(*rule)])


SECRET = "s" * 32


def test_a_mail_proves_that_an_address_is_the_learners(database, store, people):
    proof = make_proof(SECRET, store, ACC, ANN)
    person = accept_proof(database, SECRET, store, ACC, proof.token)
    assert set(person.identifiers) == {ACC, ANN}
    assert accept_proof(database, SECRET, store, ACC, proof.token) == person
    part_person(database, store, ANN)
    with pytest.raises(ForbiddenError, match="parted"):
        accept_proof(database, SECRET, store, ACC, proof.token)


def test_nobody_takes_over_an_address_that_is_not_theirs(database, store, other_store, people, monkeypatch):
    token = make_proof(SECRET, store, ACC, ANN).token
    for learner, where, error in ((BEN, store, ForbiddenError), (ACC, other_store, ForbiddenError)):
        with pytest.raises(error):
            accept_proof(database, SECRET, where, learner, token)
    for wrong in (token[:-1], "x" + token, "", "a.b", make_proof("other", store, ACC, ANN).token):
        with pytest.raises(InvalidInputError):
            accept_proof(database, SECRET, store, ACC, wrong)
    monkeypatch.setattr("lrs.people.proofs.VALID_US", -1)
    with pytest.raises(InvalidInputError, match="hour"):
        accept_proof(database, SECRET, store, ACC, make_proof(SECRET, store, ACC, ANN).token)
    for asked in (ACC, "openid|https://x.example"):
        with pytest.raises(InvalidInputError):
            make_proof(SECRET, store, ACC, asked)
    assert find_persona(database, store.id, ACC) != find_persona(database, store.id, ANN)


def test_changes_wait_until_they_are_settled(database, store, people):
    join_people(database, store, [ANN, ACC], "admin")
    [change] = pending_changes(database, store.id)
    assert set(change.personas) == {people[ANN], people[ACC]}
    settle_changes(database, store.id, [change])
    assert pending_changes(database, store.id) == []


class Killed(BaseException):
    pass


def test_a_job_killed_in_the_middle_leaves_no_half_person_and_goes_on(database, store, monkeypatch):
    monkeypatch.setattr("lrs.people.linking.AT_ONCE", 2)
    groups = [(mail(f"p{number}"), account(f"p{number}")) for number in range(7)]
    real, calls = persona_links._join, []

    def join(rows, by):
        calls.append(1)
        if len(calls) == 4:  # in the middle of a transaction
            raise Killed
        return real(rows, by)

    monkeypatch.setattr(persona_links, "_join", join)
    with pytest.raises(Killed):
        join_many(database, store, groups, "csv")
    one = [len(show_person(database, store, first).identifiers) for first, _ in groups[:4]]
    assert one == [2, 2, 1, 1]
    assert join_many(database, store, groups, "csv").joined == 5
    assert all(len(show_person(database, store, first).identifiers) == 2 for first, _ in groups)


def test_an_account_of_many_people_is_refused(database, store):
    crowd = [mail(uuid.uuid4().hex) for _ in range(101)]
    with pytest.raises(RequestRefusedError, match="more than 100"):
        join_people(database, store, crowd, "csv")
    assert len(show_person(database, store, crowd[0]).identifiers) == 1


def hashed(identifier):
    return f"mbox_sha1sum|{sha1(identifier.partition('|')[2].encode()).hexdigest()}"


def test_a_choice_that_was_read_before_a_join_or_another_choice_is_not_written(database, store, people):
    repository = PersonasRepository(database, store.id)
    read = repository.find_all([ANN])[ANN]
    set_choices(database, store.id, ANN, {"figures": False})
    assert not repository.write_choices(read, {"peer": ()})
    read = repository.find_all([ANN])[ANN]
    set_choices(database, store.id, ACC, {"private": False})
    join_people(database, store, [ANN, ACC], "admin")
    assert not repository.write_choices(read, {"peer": ()})
    read = repository.find_all([ANN])[ANN]
    assert repository.write_choices(read, {"peer": ()})
    assert repository.write_choices(read, {"peer": ()})  # nothing changes, and that is no reason to try again
    assert all(ids not in find_agreeing(database, store.id, "figures") for ids in read.ids)
    assert all(ids not in find_agreeing(database, store.id, "private") for ids in read.ids)


def test_choices_made_at_once_are_all_kept(database, store, people):
    kinds = ("figures", "private", "peer", "name")
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda kind: set_choices(database, store.id, ANN, {kind: False}), kinds * 3))
    row = database.collection("personas", store.id).find_one({"keys": ANN})
    assert sorted(row["chosen"]) == sorted(f"{kind}|no" for kind in kinds)


@pytest.fixture
def holder(store):
    """Make a credential that Ann signed in with, in a store with these rules."""
    return lambda *rules: Credential(
        "k", "t", replace(store, mail_rules=rules), frozenset({"all"}), learner=ANN
    )


def test_nobody_joins_the_own_person_by_a_hash_or_by_what_a_rule_says_it_is(database, people, holder):
    lms = MailRule(HOME, "acme.example")
    for credential, name in ((holder(), ANN), (holder(), hashed(ANN)), (holder(lms), account("ann"))):
        with pytest.raises(ForbiddenError, match="proof"):
            require_other(credential, [BEN, name], database)
        require_other(replace(credential, learner=None), [BEN, name], database)
    require_other(holder(), [BEN, account("ann")], database)


def test_nobody_sets_a_rule_that_joins_the_own_person(database, people, holder):
    lms, chat = MailRule(HOME, "acme.example"), MailRule("https://chat.example", "acme.example")
    for credential, rules in ((holder(), [lms]), (holder(lms), [lms, chat])):
        with pytest.raises(ForbiddenError, match="own identifiers"):
            require_others_rules(credential, rules, database)
        require_others_rules(replace(credential, learner=None), rules, database)
    require_others_rules(holder(lms), [lms, MailRule("https://other.example", "other.example")], database)
    require_others_rules(holder(lms), [], database)


def test_who_was_erased_does_not_come_back_by_a_join_a_table_or_a_proof(database, store, people):
    token = make_proof(SECRET, store, BEN, ANN).token
    erase_person(database, store.id, ErasureWish(ANN), Holdings())
    for join in (
        lambda: join_people(database, store, [BEN, ANN], "admin"),
        lambda: accept_proof(database, SECRET, store, BEN, token),
    ):
        with pytest.raises(ErasedPersonError):
            join()
    assert join_many(database, store, [(BEN, ANN), (BEN, ACC), (CHAT, ANN)], "csv") == Joined(1, 2)
    assert find_person(database, store.id, ANN) is None
    assert set(show_person(database, store, BEN).identifiers) == {BEN, ACC}


def test_who_is_joined_to_somebody_whose_erasure_runs_stays_as_before(database, store, people):
    set_choices(database, store.id, BEN, {"figures": False})
    before = show_person(database, store, BEN)
    erasure = begin_erasure(database, store.id, ErasureWish(ANN), Holdings())
    join_people(database, store, [ANN, BEN], "admin")
    run_erasure(database, store.id, erasure.id, Holdings())
    assert find_person(database, store.id, ANN) is None
    assert show_person(database, store, BEN) == before
