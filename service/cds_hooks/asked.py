"""From the body of a request to a call: the envelope of CDS Hooks 2.0, checked.

Unknown members and ``extension`` are passed over, as the specification asks. What it requires is required, save for
what EHRs and test kits are known to do otherwise and what cannot be misunderstood: a ``hookInstance`` that is no UUID
only tells calls apart, ``Patient/`` may stand before the id of the patient, ``expires_in`` may be a text, and of an
access token only what its use takes is required.
"""

from __future__ import annotations

import re
import uuid
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from service.cds_hooks.call import ORDER_SELECT, Authorization, Call
from service.cds_hooks.services import Service
from service.client.server import is_of
from service.fhir_mapping.inbound.decode import ARRAY, OBJECT, plain, refuse_repeated, text
from service.problems import Problem, Rejected

#: Ids as servers make them: wider than FHIR allows, and nothing that leads out of an address.
_ID = re.compile(r"(?!\.+$)[A-Za-z0-9._~-]{1,200}")
_PREFIX = "Patient/"
_LONGEST = 256
_LONGEST_NUMBER = 12
_LONGEST_URL = 2048
_LONGEST_TOKEN = 16_384
_MOST_ORDERS = 500
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)


def call_asked(body: Any, service: Service) -> Call:
    """The call that a decoded body makes.

    Raises:
        Rejected: 400 where it is not a call of the service's hook, with every problem that was found; 413 for too many
            draft orders; 422 for orders of another patient.
    """
    if not isinstance(body, OBJECT):
        raise Rejected(400, Problem("structure", "This is not a call of CDS Hooks. Send a JSON object.", "$this"))
    refuse_repeated(body, "$this")
    checked = _Checked(body)
    hook = checked.string(body, "hook", "Send the name of the hook, as in discovery.")
    if hook and hook != service.hook:
        message = f"The service {service.id} is for the hook {service.hook}. Send that hook, or call another service."
        checked.problem("value", message, "hook")
    instance = checked.string(body, "hookInstance", "Send a new UUID for each firing of the hook.")
    if instance and not (instance.isprintable() and instance.strip()):
        checked.problem("value", "hookInstance has characters that no identifier has. Send a UUID.", "hookInstance")
    server = checked.server()
    authorization = checked.authorization()
    prefetch = checked.object("prefetch", "The prefetch is an object with a member for each key. Send it as one.")
    context = checked.object("context", "The context of the hook is an object. Send it as one.", required=True)
    patient, user, encounter, selections, orders = checked.context(context, service.hook)
    if authorization and authorization.patient not in (None, patient):
        message = "The access token is for another patient than context.patientId. Send both of one patient."
        checked.problem("value", message, "fhirAuthorization.patient")
    if checked.problems:
        raise Rejected(400, *checked.problems)
    return Call(
        service=service.id,
        hook=service.hook,
        instance=str(uuid.UUID(instance)) if _UUID.fullmatch(instance) else instance,
        patient_id=patient,
        user_id=user,
        encounter_id=encounter,
        selections=selections,
        draft_orders=None if orders is None else _drafts(orders, patient),
        prefetch=prefetch,
        fhir_server=server,
        authorization=authorization,
    )


@dataclass
class _Checked:
    """A body while it is being checked."""

    body: Any
    problems: list[Problem] = field(default_factory=list)

    def problem(self, code: str, message: str, path: str) -> None:
        self.problems.append(Problem(code, message, path))

    def string(
        self, holder: Any, name: str, mend: str, *, path: str = "", required: bool = True, longest: int = _LONGEST
    ) -> str:
        """A string that is neither empty nor endless; an empty one where there is none."""
        value = holder.get(name)
        where = f"{path}{name}"
        if value is None or value == "":
            if required:
                self.problem("required", f"{where} is missing. {mend}", where)
            return ""
        if not isinstance(value, str):
            self.problem("structure", f"{where} is a string. {mend}", where)
        elif len(value) > longest:
            self.problem("too-long", f"{where} has more than {longest} characters. {mend}", where)
        else:
            return value
        return ""

    def object(self, name: str, mend: str, *, required: bool = False) -> Any:
        value = self.body.get(name)
        if value is None:
            if required:
                self.problem("required", f"{name} is missing. {mend}", name)
        elif not isinstance(value, OBJECT):
            self.problem("structure", mend, name)
        else:
            refuse_repeated(value, name)
            return value
        return None

    def server(self) -> str | None:
        """The caller's FHIR server. Whether it is ever spoken to is for the site to say."""
        mend = "Send its base address, such as https://hospital.example/fhir, or leave it out."
        given = self.string(self.body, "fhirServer", mend, required=False, longest=_LONGEST_URL)
        if given and not _is_address(given):
            self.problem("value", f"fhirServer is not the address of a server. {mend}", "fhirServer")
        return given or None

    def authorization(self) -> Authorization | None:
        name = "fhirAuthorization"
        given = self.object(name, f"{name} is an object with an access_token. Send it as one, or leave it out.")
        if given is None:
            return None
        path = f"{name}."
        token = self.string(given, "access_token", f"Send it, or leave {name} out.", path=path, longest=_LONGEST_TOKEN)
        kind = self.string(given, "token_type", "Send Bearer.", path=path)
        if kind and kind.lower() != "bearer":
            self.problem("value", "Only bearer tokens are used here. Send token_type Bearer.", f"{path}token_type")
        lasts = given.get("expires_in")
        if isinstance(lasts, str) and lasts.isascii() and lasts.isdigit() and len(lasts) < _LONGEST_NUMBER:
            lasts = int(lasts)
        if lasts is not None and (not isinstance(lasts, int) or isinstance(lasts, bool)):
            self.problem("structure", "expires_in is a number of seconds. Send an integer.", f"{path}expires_in")
        mend = "Send what the authorization server granted."
        scope = self.string(given, "scope", mend, path=path, required=False, longest=_LONGEST_TOKEN)
        self.string(given, "subject", mend, path=path, required=False)
        patient = self.string(given, "patient", mend, path=path, required=False).removeprefix(_PREFIX)
        if isinstance(lasts, int) and lasts <= 0:
            return None  # it is over before it could be used
        return Authorization(token, scope, patient or None)

    def context(self, given: Any, hook: str) -> tuple[str, str, str | None, tuple[str, ...], Any]:
        if given is None:
            return "", "", None, (), None
        path = "context."
        sent = self.string(given, "patientId", "Send the id of the Patient.", path=path)
        patient = sent.removeprefix(_PREFIX)
        if sent and not _ID.fullmatch(patient):
            message = "context.patientId is not an id. Send the one of the Patient, such as 1288992."
            self.problem("value", message, "context.patientId")
        user = self.string(given, "userId", "Send who looks, such as Practitioner/7.", path=path)
        encounter = self.string(given, "encounterId", "Send an id, or leave it out.", path=path, required=False)
        if "draftOrders" not in _MEMBERS.get(hook, ()):
            return patient, user, encounter or None, (), None
        selections = self._selections(given) if hook == ORDER_SELECT else ()
        return patient, user, encounter or None, selections, self._orders(given)

    def _selections(self, given: Any) -> tuple[str, ...]:
        listed = given.get("selections")
        where = "context.selections"
        mend = "Send an array of references to the orders that were just chosen, such as ServiceRequest/7."
        if listed is None:
            self.problem("required", f"{where} is missing. {mend}", where)
        elif not isinstance(listed, ARRAY) or not all(isinstance(each, str) for each in listed):
            self.problem("structure", f"{where} are strings in a list. {mend}", where)
        elif len(listed) > _MOST_ORDERS:
            self.problem("too-costly", f"{where} has more than {_MOST_ORDERS} members. Send fewer.", where)
        else:
            return tuple(listed)
        return ()

    def _orders(self, given: Any) -> Any:
        where = "context.draftOrders"
        bundle = given.get("draftOrders")
        mend = "Send a Bundle of the orders that are not signed yet."
        if bundle is None:
            self.problem("required", f"{where} is missing. {mend}", where)
        elif not isinstance(bundle, OBJECT) or bundle.get("resourceType") != "Bundle":
            self.problem("structure", f"{where} is not a Bundle. {mend}", where)
        else:
            listed = bundle.get("entry")
            if listed is None or (isinstance(listed, ARRAY) and all(map(_has_resource, listed))):
                return bundle
            self.problem("structure", "Each entry has a resource with a resourceType. Send it.", f"{where}.entry")
        return None


#: What the context of a hook has besides the patient, the user and the encounter.
_MEMBERS = {"order-select": ("selections", "draftOrders"), "order-sign": ("draftOrders",)}


def _has_resource(entry: Any) -> bool:
    resource = entry.get("resource") if isinstance(entry, OBJECT) else None
    return isinstance(resource, OBJECT) and isinstance(resource.get("resourceType"), str)


def _is_address(given: str) -> bool:
    try:
        parts = urlsplit(given)
        parts.port  # noqa: B018  # reading it is what checks it
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname) and given.isascii() and given.isprintable()


def _drafts(bundle: Any, patient: str) -> dict[str, Any]:
    """The draft orders, decoded: there are few, and what is done with them wants them whole."""
    path = "context.draftOrders"
    found = plain(bundle, text(bundle), path)
    listed = found.get("entry") or []
    if len(listed) > _MOST_ORDERS:
        raise Rejected(413, Problem("too-costly", f"More than {_MOST_ORDERS} draft orders. Send fewer.", path))
    for n, entry in enumerate(listed):
        if not is_of(entry["resource"], patient):
            message = "This order is for another patient than context.patientId. Send the orders for that patient."
            raise Rejected(422, Problem("business-rule", message, f"{path}.entry[{n}].resource"))
    return found
