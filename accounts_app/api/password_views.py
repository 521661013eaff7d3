"""Changing the password, and setting a forgotten one by a link in a mail."""

from typing import cast

from django.contrib.auth import update_session_auth_hash
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from accounts_app.api.parts import NO_STORE, FormView, OpenView, plain_request, valid_body
from accounts_app.api.sign_in_serializers import (
    NewPasswordSerializer,
    ResetRequestSerializer,
    ResetSerializer,
)
from accounts_app.credentials.credential import Credential
from accounts_app.models import User
from accounts_app.operations.passwords.changing import change_own_password
from accounts_app.operations.passwords.resetting import request_reset, reset_password
from foundation.http.client_addresses import client_address


class PasswordView(FormView):
    forms = {"POST": NewPasswordSerializer}

    @extend_schema(operation_id="change_password", request=NewPasswordSerializer, responses={204: None})
    def post(self, request: Request) -> Response:
        """Change the caller's password. All other sign-ins end; this one goes on.

        A browser session gets a new key. A wrong `current_password` counts as a failed sign-in.
        """
        body = valid_body(NewPasswordSerializer(data=request.data))
        credential = cast(Credential, request.auth)
        user = change_own_password(
            cast(User, request.user), **body, credential=credential, address=client_address(request)
        )
        if credential.session_id is not None:
            update_session_auth_hash(plain_request(request), user)
        return Response(status=status.HTTP_204_NO_CONTENT, headers=NO_STORE)


class PasswordResetView(OpenView):
    forms = {"POST": ResetRequestSerializer}

    @extend_schema(
        operation_id="request_password_reset", request=ResetRequestSerializer, responses={202: None}
    )
    def post(self, request: Request) -> Response:
        """Ask for a link that sets a new password. It goes to the address if an account has confirmed it.

        The answer and its time are the same for every address. The link is good once, within an hour.
        """
        body = valid_body(ResetRequestSerializer(data=request.data))
        request_reset(body["email"], address=client_address(request))
        return Response(status=status.HTTP_202_ACCEPTED)


class PasswordResetConfirmView(OpenView):
    forms = {"POST": ResetSerializer}

    @extend_schema(operation_id="reset_password", request=ResetSerializer, responses={204: None})
    def post(self, request: Request) -> Response:
        """Set a new password with the token that was mailed; it is good once. All sign-ins end."""
        reset_password(**valid_body(ResetSerializer(data=request.data)))
        return Response(status=status.HTTP_204_NO_CONTENT)
