"""The validators' own test as far as Python alone can tell: what is accepted has a reason, and wrong is refused."""

from __future__ import annotations

import re

import orjson
import pytest

from tests.docs.pages import page, rows
from tests.validators.accepted import FILE, accepted
from tests.validators.bad import GOOD, bad
from tests.validators.models import problems


def test_the_page_gives_the_reason_of_everything_that_is_accepted() -> None:
    listed = [each for validator in orjson.loads(FILE.read_bytes()) for each in accepted(validator)]
    told = [cells[1] for cells in rows(page("interoperability.md"), "warning of HL7's validator")]
    assert told == [each.reason for each in listed]


def test_the_page_lists_every_way_to_be_wrong_with_what_the_models_make_of_it() -> None:
    told = {cells[0]: cells[1] for cells in rows(page("interoperability.md"), "what is wrong")}
    assert told == {name: "yes" if list(problems(resource)) else "no" for name, resource in bad()}


@pytest.mark.parametrize("name", GOOD)
def test_a_good_resource_is_not_refused(name: str) -> None:
    assert not list(problems(GOOD[name]))


def test_an_accepted_complaint_is_not_so_wide_that_it_takes_in_everything() -> None:
    for each in accepted("hapi"):
        assert not each.message.search(
            "RiskAssessment.status: Unknown code 'http://hl7.org/fhir/observation-status#done'"
        )
        assert len(re.sub(r"\W", "", each.message.pattern)) > 20
