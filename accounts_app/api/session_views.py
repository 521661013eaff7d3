"""The browser session, and the list of all sign-ins."""

from dataclasses import asdict
from typing import cast
from uuid import UUID

from django.conf import settings
from django.contrib.auth import logout
from django.http import Http404
from django.middleware.csrf import get_token
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import status
from rest_framework.exceptions import ErrorDetail, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from accounts_app.api.authentication import SessionAuthentication
from accounts_app.api.parts import NO_STORE, FormView, demand_csrf_token, plain_request, valid_body
from accounts_app.api.serializers import AccountSerializer
from accounts_app.api.sign_in_serializers import SessionSerializer, SessionSignInSerializer, SignInsSerializer
from accounts_app.credentials.credential import Credential
from accounts_app.credentials.push_keys import public_push_key
from accounts_app.models import User
from accounts_app.operations.security.records import log_security
from accounts_app.operations.sign_ins.attempts import sign_in_attempt
from accounts_app.operations.sign_ins.browser_sessions import Proofs, sign_in_browser
from accounts_app.operations.sign_ins.ending import end_other_sign_ins, end_sign_in
from accounts_app.queries.sign_ins import open_sign_ins
from foundation.http.client_addresses import client_address
from foundation.http.parameters import KnownParameters
from foundation.http.serializers import EmptySerializer

_OTHERS = OpenApiParameter(
    "others",
    {"type": "string", "enum": ["true"]},
    required=True,
    description="Only `true`: nobody ends all others by leaving an id out.",
)
NOT_OTHERS = ErrorDetail("Write `others=true` to end all sign-ins but this one.", code="required")
_SIGN_IN_ID = OpenApiParameter("sign_in_id", OpenApiTypes.UUID, OpenApiParameter.PATH)


class SessionView(FormView):
    """The sign-in of a browser. A bearer token is not read here."""

    authentication_classes = (SessionAuthentication,)
    permission_classes = (KnownParameters,)
    forms = {"POST": SessionSignInSerializer}

    @extend_schema(operation_id="read_session", responses=SessionSerializer, auth=[])
    def get(self, request: Request) -> Response:
        """Say who is signed in in this browser, if anybody, and which CSRF token its calls need."""
        return _session_answer(request, request.user)

    @extend_schema(
        operation_id="sign_in_browser", request=SessionSignInSerializer, responses=SessionSerializer, auth=[]
    )
    def post(self, request: Request) -> Response:
        """Sign in in this browser, with the CSRF token. The session gets a new key; who was signed in is signed out.

        It lasts 30 days from the last day on which it was used; without `keep` until the browser is closed, or for a
        day. Those of staff end after 12 hours, or 30 minutes without a call.
        """
        demand_csrf_token(request)
        with sign_in_attempt(client_address(request)) as attempt:  # counted before anything of it is read
            body = valid_body(SessionSignInSerializer(data=request.data))
            user = sign_in_browser(
                plain_request(request),
                Proofs(body["username"], body["password"], body.get("code", "")),
                is_kept=body["keep"],
                attempt=attempt,
            )
        return _session_answer(request, user)

    @extend_schema(operation_id="sign_out_browser", request=None, responses={204: None}, auth=[])
    def delete(self, request: Request) -> Response:
        """Sign out in this browser, with the CSRF token. Its sockets close within five seconds."""
        demand_csrf_token(request)
        valid_body(EmptySerializer(data=request.data))
        if request.user.is_authenticated:
            log_security("account.signed_out", user_id=request.user.pk)
        logout(plain_request(request))
        return Response(status=status.HTTP_204_NO_CONTENT, headers=NO_STORE)


def _session_answer(request: Request, user: object) -> Response:
    account = AccountSerializer(user).data if isinstance(user, User) else None
    answer = {
        "user": account,
        "csrf_token": get_token(plain_request(request)),
        "build": settings.BUILD,
        "push_key": public_push_key(),
    }
    return Response(answer, headers=NO_STORE)


class SignInsView(FormView):
    """Where the caller is signed in. One is ended at its id after this address, all others at `?others=true`."""

    query_parameters = ("others",)

    @extend_schema(operation_id="list_sign_ins", responses=SignInsSerializer)
    def get(self, request: Request) -> Response:
        """List the caller's open sign-ins, with tokens and in browsers, the one used last first."""
        rows = [asdict(each) for each in open_sign_ins(cast(Credential, request.auth))]
        page = {"results": rows, "next": None, "previous": None}
        return Response(SignInsSerializer(page).data)

    @extend_schema(
        operation_id="end_other_sign_ins", parameters=[_OTHERS], request=None, responses={204: None}
    )
    def delete(self, request: Request) -> Response:
        """End all sign-ins of the caller but this one. Their sockets close within five seconds."""
        if request.query_params.get("others") != "true":
            raise ValidationError({"others": [NOT_OTHERS]})
        end_other_sign_ins(cast(User, request.user), cast(Credential, request.auth))
        return Response(status=status.HTTP_204_NO_CONTENT)


class SignInView(FormView):
    """One sign-in of the caller."""

    @extend_schema(operation_id="end_sign_in", parameters=[_SIGN_IN_ID], request=None, responses={204: None})
    def delete(self, request: Request, sign_in_id: str) -> Response:
        """End one sign-in: its tokens are refused at once, its sockets close within five seconds."""
        try:
            found = UUID(sign_in_id)
        except ValueError:
            raise Http404 from None
        end_sign_in(cast(User, request.user), found)
        return Response(status=status.HTTP_204_NO_CONTENT)
