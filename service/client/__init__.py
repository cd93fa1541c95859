"""Other people's FHIR servers: reading the record of one patient, and writing the answer back.

>>> from service.client import connect, read_patient, write
>>> server = connect("https://hospital.example/fhir", BearerToken(token))  # doctest: +SKIP
>>> record = read_patient(server, "123")  # doctest: +SKIP
>>> write(server, "123", answer(assess(record.bundle, as_of), "transaction"))  # doctest: +SKIP
"""

from service.client.auth import Auth, BackendService, BearerToken, ClientSecret, NoAuth
from service.client.reading import Record, changed_since, patient_id, read_patient
from service.client.scopes import scopes
from service.client.server import Server, connect
from service.client.writing import Written, write
from service.outgoing.failure import ExchangeFailed
from service.outgoing.limits import Limits

__all__ = [
    "Auth",
    "BackendService",
    "BearerToken",
    "ClientSecret",
    "ExchangeFailed",
    "Limits",
    "NoAuth",
    "Record",
    "Server",
    "Written",
    "changed_since",
    "connect",
    "patient_id",
    "read_patient",
    "scopes",
    "write",
]
