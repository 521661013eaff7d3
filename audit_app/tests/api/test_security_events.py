"""Security events of accounts in the audit trail of whose account it is."""

import pytest
from rest_framework.test import APIClient

from accounts_app.tests.factories import PASSWORD, make_user, signed_in_client
from audit_app.tests.events import audit

pytestmark = pytest.mark.django_db


def test_a_sign_in_stands_in_the_trail_of_its_person_alone_and_the_chain_holds() -> None:
    ann, bob = make_user("ann"), make_user("bob")
    answer = APIClient().post(
        "/api/auth/token/", {"username": "ann", "password": PASSWORD}, REMOTE_ADDR="192.0.2.1"
    )
    assert answer.status_code == 200
    audit(ann.pk, bob.pk)
    mine, theirs = signed_in_client(ann), signed_in_client(bob)

    [entry] = mine.get("/api/audit/?type=account.signed_in").json()["results"]

    assert (entry["after"]["address"], entry["request_id"]) == ("192.0.2.1", answer["X-Request-ID"])
    assert mine.get("/api/audit/verify/").json()["ok"] is True
    assert theirs.get("/api/audit/?type=account.signed_in").json()["results"] == []
