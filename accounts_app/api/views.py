"""Account endpoints: parse, call one operation, answer."""

from dataclasses import asdict
from typing import cast

from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from accounts_app.api import serializers
from accounts_app.api.parts import NO_STORE, FormView, OpenView, demand_csrf_token, plain_request, valid_body
from accounts_app.credentials.credential import Credential
from accounts_app.models import User
from accounts_app.operations.accounts import demand_open_registration, register_user, rename_user
from accounts_app.operations.erasure import delete_account
from accounts_app.operations.mail.addresses import confirm_email, request_email
from accounts_app.operations.preferences import PreferenceChanges, change_preferences
from accounts_app.operations.sign_ins.attempts import registration_attempt, sign_in_attempt
from accounts_app.operations.sign_ins.browser_sessions import begin_session
from accounts_app.operations.sign_ins.families import begin_family, rotate_refresh, sign_in, sign_out
from accounts_app.operations.sign_ins.tickets import TICKET_SECONDS, issue_ticket
from foundation.http.client_addresses import client_address
from foundation.http.serializers import EmptySerializer

_LAST = "`last_superuser`: nobody else could look after staff."
_DELETED = "You are signed out everywhere. Your data are being removed; nothing brings them back."


class RegisterView(OpenView):
    forms = {"POST": serializers.RegistrationSerializer}

    @extend_schema(
        operation_id="register",
        request=serializers.RegistrationSerializer,
        responses={201: serializers.RegisteredSerializer},
    )
    def post(self, request: Request) -> Response:
        """Make an account and sign in. With `session` this browser is signed in, and the answer has no tokens.

        403 `registration_closed` where the operator makes the accounts.
        """
        demand_open_registration()
        with registration_attempt(client_address(request)):  # counted before anything of it is read
            body = valid_body(serializers.RegistrationSerializer(data=request.data))
            for_browser = body.pop("session", False)
            if for_browser:
                demand_csrf_token(request)
            user = register_user(**body)
        if for_browser:
            begin_session(plain_request(request), user, is_kept=True)
        tokens = {} if for_browser else asdict(begin_family(user))
        answer = {"user": serializers.AccountSerializer(user).data, **tokens}
        return Response(answer, status=status.HTTP_201_CREATED, headers=NO_STORE)


class TokenView(OpenView):
    forms = {"POST": serializers.SignInSerializer}

    @extend_schema(
        operation_id="sign_in", request=serializers.SignInSerializer, responses=serializers.TokensSerializer
    )
    def post(self, request: Request) -> Response:
        """Sign in with name and password."""
        with sign_in_attempt(client_address(request)) as attempt:  # counted before anything of it is read
            body = valid_body(serializers.SignInSerializer(data=request.data))
            tokens = sign_in(**body, attempt=attempt)
        return Response(asdict(tokens), headers=NO_STORE)


class RefreshView(OpenView):
    forms = {"POST": serializers.RefreshSerializer}

    @extend_schema(
        operation_id="refresh", request=serializers.RefreshSerializer, responses=serializers.TokensSerializer
    )
    def post(self, request: Request) -> Response:
        """Exchange a refresh token for the next pair.

        Sent again within ten seconds, as after a lost answer, it gives the same pair again. Used later, or after that
        pair was exchanged itself, it revokes its whole family.
        """
        body = valid_body(serializers.RefreshSerializer(data=request.data))
        return Response(asdict(rotate_refresh(body["refresh"])), headers=NO_STORE)


class LogoutView(OpenView):
    forms = {"POST": serializers.RefreshSerializer}

    @extend_schema(operation_id="sign_out", request=serializers.RefreshSerializer, responses={204: None})
    def post(self, request: Request) -> Response:
        """Revoke the family of a refresh token: all its tokens end at once."""
        body = valid_body(serializers.RefreshSerializer(data=request.data))
        sign_out(body["refresh"])
        return Response(status=status.HTTP_204_NO_CONTENT)


class MeView(FormView):
    forms = {"PATCH": serializers.AccountSerializer, "DELETE": serializers.DeletionSerializer}

    @extend_schema(operation_id="read_account", responses=serializers.AccountSerializer)
    def get(self, request: Request) -> Response:
        """Return the caller's account."""
        return Response(serializers.AccountSerializer(cast(User, request.user)).data)

    @extend_schema(
        operation_id="change_account",
        request=serializers.AccountSerializer(partial=True),
        responses=serializers.AccountSerializer,
    )
    def patch(self, request: Request) -> Response:
        """Change what the body names. Another `username` needs the `password`; sign-ins go on under it."""
        user = cast(User, request.user)
        body = valid_body(serializers.AccountSerializer(user, data=request.data, partial=True))
        password = body.pop("password", "")
        if "username" in body:
            rename_user(user, body.pop("username"), password, address=client_address(request))
        changed = change_preferences(user.pk, cast(PreferenceChanges, body))
        return Response(serializers.AccountSerializer(changed).data)

    @extend_schema(
        operation_id="delete_account",
        request=serializers.DeletionSerializer,
        responses={202: serializers.DeletedSerializer, 409: OpenApiResponse(description=_LAST)},
    )
    def delete(self, request: Request) -> Response:
        """Delete the account with all its data, for good: signed out everywhere at once, then removed by a job."""
        body = valid_body(serializers.DeletionSerializer(data=request.data))
        delete_account(cast(User, request.user), **body, address=client_address(request))
        return Response({"detail": _DELETED}, status=status.HTTP_202_ACCEPTED)


class EmailView(FormView):
    forms = {"POST": serializers.WantedAddressSerializer}

    @extend_schema(
        operation_id="request_email", request=serializers.WantedAddressSerializer, responses={202: None}
    )
    def post(self, request: Request) -> Response:
        """Ask for another mail address. A link goes there, good once within an hour; a notice to the one before.

        Until it is confirmed the address is `pending_email`. `""` removes the address at once. The answer is the
        same for an address that is another account's.
        """
        body = valid_body(serializers.WantedAddressSerializer(data=request.data))
        request_email(cast(User, request.user), **body, address=client_address(request))
        return Response(status=status.HTTP_202_ACCEPTED)


class ConfirmEmailView(OpenView):
    forms = {"POST": serializers.ConfirmationSerializer}

    @extend_schema(
        operation_id="confirm_email", request=serializers.ConfirmationSerializer, responses={204: None}
    )
    def post(self, request: Request) -> Response:
        """Confirm an address with the token that was mailed there; it is good once."""
        confirm_email(valid_body(serializers.ConfirmationSerializer(data=request.data))["token"])
        return Response(status=status.HTTP_204_NO_CONTENT)


class TicketView(FormView):
    @extend_schema(
        operation_id="issue_ticket",
        request=EmptySerializer,
        responses={201: serializers.TicketSerializer},
    )
    def post(self, request: Request) -> Response:
        """Issue a ticket that opens one socket once."""
        valid_body(EmptySerializer(data=request.data))
        answer = {"ticket": issue_ticket(cast(Credential, request.auth)), "expires_in": TICKET_SECONDS}
        return Response(answer, status=status.HTTP_201_CREATED, headers=NO_STORE)
