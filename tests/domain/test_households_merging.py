"""Two lines of the register that are one household: what is left."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from uuid import uuid4

import pytest

from gridward.domain.households.merging import Contact, Side, TieAfter, alike, merged
from gridward.domain.households.register import Dwelling, Need

MAY, JUNE = datetime(2026, 5, 1, tzinfo=UTC), datetime(2026, 6, 1, tzinfo=UTC)
NOTHING = Side(has_contact=False, said=None, needs=frozenset(), liaison_id=None, reached_on=None)
AGREES = replace(NOTHING, has_contact=True, said=(True, MAY), needs=frozenset({Need.lives_alone}))


@pytest.mark.parametrize(
    ("ends", "stays", "contact", "needs"),
    [
        (NOTHING, NOTHING, Contact.none, 0),
        (AGREES, NOTHING, Contact.taken_over, 1),
        (NOTHING, AGREES, Contact.kept, 1),
        (replace(AGREES, needs=frozenset({Need.escort})), AGREES, Contact.kept, 2),
        (replace(NOTHING, said=(False, JUNE)), AGREES, Contact.withdrawn, 0),
        (replace(NOTHING, said=(False, MAY)), replace(AGREES, said=(True, JUNE)), Contact.kept, 1),
        (AGREES, replace(NOTHING, said=(False, JUNE)), Contact.withdrawn, 0),
        (replace(NOTHING, said=(False, JUNE)), NOTHING, Contact.none, 0),
    ],
)
def test_what_was_said_last_counts_for_both_lines(ends: Side, stays: Side, contact: Contact, needs: int) -> None:
    after = merged(ends, stays, visits_there=())
    assert (after.contact, len(after.needs)) == (contact, needs)


def test_a_liaison_goes_on_visiting_who_may_visit_there() -> None:
    first, second = uuid4(), uuid4()
    mine = replace(NOTHING, liaison_id=first, reached_on=date(2026, 5, 2))
    theirs = replace(NOTHING, liaison_id=second, reached_on=date(2026, 4, 2))
    assert merged(mine, theirs, visits_there=(first, second)).liaison_id == second
    over = merged(mine, NOTHING, visits_there=(first,))
    assert (over.tie, over.liaison_id, over.reached_on) == (TieAfter.taken_over, first, date(2026, 5, 2))
    assert merged(mine, NOTHING, visits_there=(second,)).tie is TieAfter.none
    assert merged(mine, theirs, visits_there=()).reached_on == date(2026, 5, 2)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (("2", "3", "301"), ("2", "", "0301"), True),
        (("", "", "301"), ("2", "", "301"), True),
        (("1", "", "301"), ("2", "", "301"), False),
        (("", "", "A-12"), ("", "", "A12"), True),
        (("", "", "301"), ("", "", "1301"), False),
        (("", "", ""), ("", "", ""), False),
        (("", "", "1010"), ("", "", "101"), False),
    ],
)
def test_doors_that_read_alike(one: tuple[str, str, str], other: tuple[str, str, str], same: bool) -> None:
    assert alike(Dwelling(*one), Dwelling(*other)) is same
