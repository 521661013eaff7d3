"""The second factor: turned on in two calls, turned off in one."""

from dataclasses import asdict
from typing import Any, cast

from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from accounts_app.api.parts import NO_STORE, FormView, valid_body
from accounts_app.api.serializers import MAX_CODE
from accounts_app.credentials.credential import Credential
from accounts_app.models import User
from accounts_app.operations.second_factors.turning import (
    begin_second_factor,
    confirm_second_factor,
    end_second_factor,
)
from accounts_app.queries.second_factors import second_factor_state
from foundation.http.client_addresses import client_address
from foundation.http.fields import TextField
from foundation.http.serializers import EmptySerializer, StrictSerializer


class SecondFactorStateSerializer(serializers.Serializer[Any]):
    """Whether signing in needs a code."""

    enabled = serializers.BooleanField()
    confirmed_at = serializers.DateTimeField(allow_null=True)
    recovery_codes_left = serializers.IntegerField()


class EnrolmentSerializer(serializers.Serializer[Any]):
    """What an authenticator needs, shown once: to be typed, or as a link and QR code."""

    secret = serializers.CharField()
    uri = serializers.CharField()
    qr = serializers.ListField(
        child=serializers.CharField(),
        help_text="The URI as a QR code, by rows: 1 is dark. Leave four light modules around it.",
    )


class CodeSerializer(StrictSerializer[None]):
    """What the authenticator shows."""

    rules = {"wrong_code": "The code is wrong, used or too old."}

    code = TextField(max_length=MAX_CODE)


class EndSecondFactorSerializer(StrictSerializer[None]):
    """The password, and a code of the authenticator or a recovery code."""

    rules = {
        "wrong_code": "The code is wrong, used or too old.",
        "wrong_password": "It is not the caller's password.",
    }

    password = TextField(max_length=1000, trim_whitespace=False, write_only=True)
    code = TextField(max_length=MAX_CODE)


class RecoveryCodesSerializer(serializers.Serializer[Any]):
    """Ten codes, each good once instead of the authenticator's; they are shown this once."""

    recovery_codes = serializers.ListField(child=serializers.CharField(), min_length=10, max_length=10)


class SecondFactorView(FormView):
    forms = {"POST": EmptySerializer, "DELETE": EndSecondFactorSerializer}

    @extend_schema(operation_id="read_second_factor", responses=SecondFactorStateSerializer)
    def get(self, request: Request) -> Response:
        """Say whether the second factor is on."""
        return Response(asdict(second_factor_state(cast(User, request.user))), headers=NO_STORE)

    @extend_schema(
        operation_id="begin_second_factor", request=EmptySerializer, responses={201: EnrolmentSerializer}
    )
    def post(self, request: Request) -> Response:
        """Make the secret of an authenticator. It counts once a code of it is confirmed."""
        valid_body(EmptySerializer(data=request.data))
        made = begin_second_factor(cast(User, request.user))
        return Response(asdict(made), status=status.HTTP_201_CREATED, headers=NO_STORE)

    @extend_schema(operation_id="end_second_factor", request=EndSecondFactorSerializer, responses={204: None})
    def delete(self, request: Request) -> Response:
        """Turn the second factor off, with the password and a code."""
        body = valid_body(EndSecondFactorSerializer(data=request.data))
        end_second_factor(cast(User, request.user), **body, address=client_address(request))
        return Response(status=status.HTTP_204_NO_CONTENT)


class ConfirmSecondFactorView(FormView):
    forms = {"POST": CodeSerializer}

    @extend_schema(
        operation_id="confirm_second_factor", request=CodeSerializer, responses=RecoveryCodesSerializer
    )
    def post(self, request: Request) -> Response:
        """Turn the second factor on with a first code. All other sign-ins end, personal tokens go on.

        Keep the recovery codes on paper.
        """
        code = valid_body(CodeSerializer(data=request.data))["code"]
        codes = confirm_second_factor(cast(User, request.user), code, kept=cast(Credential, request.auth))
        return Response({"recovery_codes": codes}, headers=NO_STORE)
