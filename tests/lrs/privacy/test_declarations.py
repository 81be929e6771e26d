"""A person is found with all names."""

from lrs.personas import find_or_create_personas
from lrs.privacy.declarations import person_of
from schemas.identifiers import identifiers_implied

ADA, SAME, OTHER = (f"mbox|mailto:{name}@acme.example" for name in ("a.d-a+x&y", "A.D-a+x&Y", "axd-a+x&y"))


def test_the_same_mail_in_other_case_is_the_same_person(database, store):
    personas = find_or_create_personas(database, store.id, {SAME: "Ada L", OTHER: "Eve"})
    person = person_of(database, store.id, ADA)
    assert person.identifiers == (ADA, SAME, *identifiers_implied(ADA), *identifiers_implied(SAME))
    assert (person.persona, person.names, person.joined) == (personas[SAME], ("Ada L",), ())
    personas |= find_or_create_personas(database, store.id, {ADA: None})
    person = person_of(database, store.id, ADA)
    assert person.personas == (personas[ADA], personas[SAME])
