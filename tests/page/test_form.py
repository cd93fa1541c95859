"""The form: every finding is asked once, in words that come from the tables."""

from collections import Counter

import pytest

from service.fhir_mapping.artefacts import given
from service.fhir_mapping.inbound.units import by_table
from service.findings import FINDINGS, LESION, PATIENT
from service.page import form
from service.page.hints import HINTS, OPTIONS, UNITS

GROUPS = (*form.of_patient(), *form.of_lesion())


@pytest.mark.parametrize(("groups", "scope"), [(form.of_patient(), PATIENT), (form.of_lesion(), LESION)])
def test_every_finding_is_asked_once_where_it_belongs(groups, scope):
    asked = Counter(field.code for group in groups for field in group.fields)
    wanted = {code for code, finding in FINDINGS.items() if finding.scope == scope and code != "vertebral-level"}
    assert set(asked) == wanted
    assert set(asked.values()) == {1}


def test_every_finding_has_its_place_and_none_is_left_over():
    assert "more" not in {group.id for group in GROUPS}


def test_what_is_shown_at_once_is_little():
    shown = [field for group in GROUPS if not group.folded for field in group.fields]
    assert len(shown) <= 22


def test_every_listed_value_of_a_finding_can_be_chosen_unless_it_is_that_of_the_dead():
    for code, field in form.fields().items():
        offered = {option.code for option in (*field.options, *(o for part in field.parts for o in part))}
        if field.kind in ("choice", "select"):
            assert set(given.codes(FINDINGS[code])) - offered <= {"5"} | {"0"} & {"0" if code == "karnofsky" else ""}


def test_organ_metastases_are_told_in_parts():
    field = form.fields()["visceral-metastases"]
    assert [option.code for option in field.options] == ["none", "meningeal-only", "present"]
    assert [[option.code for option in part] for part in field.parts] == [
        ["removable", "unremovable"],
        ["treatable", "untreatable"],
        ["nodular", "disseminated"],
    ]
    assert field.narrows == "present"


def test_the_items_of_sins_have_the_words_and_the_points_of_the_table():
    pain = form.fields()["sins-pain"]
    assert [(option.code, option.points) for option in pain.options] == [
        ("mechanical", "3"),
        ("occasional-non-mechanical", "1"),
        ("pain-free", "0"),
    ]
    assert pain.options[0].label == "Mechanical: relief when lying down, or pain on movement or load"


def test_every_unit_that_is_offered_is_understood():
    for code, field in form.fields().items():
        for unit in field.units:
            domain = FINDINGS[code].domain
            assert by_table(1, unit.code, code, domain.unit) is not None, (code, unit)


def test_hints_options_and_units_are_of_findings_that_there_are():
    fields = form.fields()
    assert set(HINTS) <= set(fields)
    assert set(UNITS.more) <= set(fields)
    for code, value in OPTIONS:
        assert value in given.codes(FINDINGS[code])


def test_a_lung_cancer_of_unknown_type_stands_before_its_types():
    codes = [option.code for option in form.fields()["primary-tumour"].options]
    assert codes[:3] == ["lung", "lung-nsclc", "lung-sclc"]
    assert form.fields()["primary-tumour"].options[0].label == "Lung, type not known"


def test_the_levels_are_in_the_parts_of_the_spine():
    parts = dict(form.regions())
    assert parts["cervical"][0] == "C0"
    assert [len(run) for run in parts.values()] == [8, 12, 5, 5]
