"""Browsers that take push messages, as their user sees them; a personal token reaches none of this."""

from types import MappingProxyType
from typing import Any, cast

from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from accounts_app.api.parts import NO_STORE, FormView, valid_body
from accounts_app.credentials.credential import Credential
from accounts_app.models import User
from foundation.http.fields import TextField
from foundation.http.serializers import EmptySerializer, StrictSerializer
from notifications_app.channels import Sent
from notifications_app.models import PushSubscription
from notifications_app.operations.devices import open_subscriptions
from notifications_app.operations.push_subscriptions import (
    BrowserKeys,
    reason_of,
    subscribe_browser,
    try_browser,
    unsubscribe_browser,
)
from notifications_app.push.addresses import MAX_ENDPOINT, AddressForbidden, check_endpoint
from notifications_app.push.encryption import (
    AUTH_BYTES,
    decode_base64,
    decode_point,
    encode_base64,
)

_SUBSCRIPTION_ID = OpenApiParameter("subscription_id", int, OpenApiParameter.PATH)


class SubscriptionSerializer(serializers.Serializer[PushSubscription]):
    """A browser, without its keys. `failures` counts attempts in a row that its push service did not take."""

    id = serializers.IntegerField()
    endpoint = serializers.CharField()
    name = serializers.CharField()
    created_at = serializers.DateTimeField()
    reached_at = serializers.DateTimeField(allow_null=True)
    failures = serializers.IntegerField()
    paused_until = serializers.DateTimeField(allow_null=True)


class SubscriptionsSerializer(serializers.Serializer[Any]):
    """The open subscriptions of the caller, in one page: there are ten at most."""

    results = SubscriptionSerializer(many=True)
    next = serializers.CharField(allow_null=True)
    previous = serializers.CharField(allow_null=True)


class SubscriptionRequestSerializer(StrictSerializer[None]):
    """What `PushSubscription.toJSON()` of a browser holds (https://www.w3.org/TR/push-api/), and a name to show."""

    rules = MappingProxyType(
        {
            "address_not_allowed": "The endpoint is no https address on the internet.",
            "invalid": "p256dh is no point of P-256, or auth is not of 16 bytes, as base64url.",
        }
    )

    endpoint = TextField(max_length=MAX_ENDPOINT, help_text="An https address on the internet.")
    p256dh = TextField(max_length=100, help_text="An uncompressed point of P-256, as base64url.")
    auth = TextField(max_length=32, help_text="16 bytes, as base64url.")
    name = TextField(max_length=100, required=False, default="", allow_blank=True)

    def validate_endpoint(self, endpoint: str) -> str:
        """Return an endpoint that may be stored."""
        try:
            check_endpoint(endpoint)
        except AddressForbidden as error:
            raise serializers.ValidationError(str(error), code="address_not_allowed") from None
        return endpoint

    def validate_p256dh(self, text: str) -> str:
        """Return a public key of P-256 in one way of writing."""
        try:
            point = decode_base64(text)
            decode_point(point)
        except ValueError:
            wrong = "This is no public key of a browser: write its point of P-256 as base64url."
            raise serializers.ValidationError(wrong, code="invalid") from None
        return encode_base64(point)

    def validate_auth(self, text: str) -> str:
        """Return the shared secret in one way of writing."""
        try:
            secret = decode_base64(text)
        except ValueError:
            secret = b""
        if len(secret) != AUTH_BYTES:
            raise serializers.ValidationError("Write 16 bytes as base64url.", code="invalid")
        return encode_base64(secret)


class TrialSerializer(serializers.Serializer[Any]):
    """Whether the push service took a test; else `reason`, one of the words of docs/howto/mail.md."""

    sent = serializers.BooleanField()
    reason = serializers.CharField(allow_blank=True)


class SubscriptionsView(FormView):
    """The caller's browsers. The address of one is its id after this address; there it can be taken away."""

    forms = {"POST": SubscriptionRequestSerializer}

    @extend_schema(operation_id="list_push_subscriptions", responses=SubscriptionsSerializer)
    def get(self, request: Request) -> Response:
        """List the browsers to which reminders are pushed, and whose sign-in is open."""
        page = {"results": open_subscriptions(_caller(request).pk), "next": None, "previous": None}
        return Response(SubscriptionsSerializer(page).data, headers=NO_STORE)

    @extend_schema(
        operation_id="create_push_subscription",
        request=SubscriptionRequestSerializer,
        responses={
            200: SubscriptionSerializer,
            201: SubscriptionSerializer,
            409: OpenApiResponse(description="`too_many_devices`: there are ten. `push_off`: no key is set."),
        },
    )
    def post(self, request: Request) -> Response:
        """Push reminders to this browser from now on; 200 if it is known, also as another user's: then it moves.

        It ends with the sign-in of this call. Reminders are pushed where `channels` of the account has `web_push`.
        """
        body = valid_body(SubscriptionRequestSerializer(data=request.data))
        credential = cast(Credential, request.auth)
        row, is_new = subscribe_browser(_caller(request), credential, BrowserKeys(**body))
        code = status.HTTP_201_CREATED if is_new else status.HTTP_200_OK
        return Response(SubscriptionSerializer(row).data, status=code, headers=NO_STORE)


class SubscriptionView(FormView):
    """One browser of the caller."""

    @extend_schema(
        operation_id="delete_push_subscription",
        request=None,
        responses={204: None},
        parameters=[_SUBSCRIPTION_ID],
    )
    def delete(self, request: Request, subscription_id: str) -> Response:
        """Push nothing to this browser any more."""
        unsubscribe_browser(int(subscription_id), user_id=_caller(request).pk)
        return Response(status=status.HTTP_204_NO_CONTENT)


class TrialView(FormView):
    """A test of one browser of the caller."""

    @extend_schema(
        operation_id="try_push_subscription",
        request=EmptySerializer,
        responses={
            200: TrialSerializer,
            503: OpenApiResponse(
                description="`push_tests_busy`: one of the caller, or two of others, are under way."
            ),
        },
        parameters=[_SUBSCRIPTION_ID],
    )
    def post(self, request: Request, subscription_id: str) -> Response:
        """Push a test to this browser now, within ten seconds. One that its service does not know is removed.

        An Idempotency-Key is ignored here, as with all calls about push messages.
        """
        EmptySerializer(data=request.data).is_valid(raise_exception=True)
        outcome = try_browser(int(subscription_id), user=_caller(request))
        return Response({"sent": isinstance(outcome, Sent), "reason": reason_of(outcome)})


def _caller(request: Request) -> User:
    return cast(User, request.user)
