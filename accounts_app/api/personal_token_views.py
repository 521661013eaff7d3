"""Personal access tokens of the caller; only a person who signed in may see, make and revoke them."""

from collections.abc import Mapping
from typing import Any, ClassVar, cast

from django.db.models import QuerySet
from django.utils import timezone
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers, status
from rest_framework.generics import GenericAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from accounts_app.api.parts import NO_STORE, FormView
from accounts_app.credentials.scopes import TOKEN_SCOPES
from accounts_app.errors import TokenAbsent
from accounts_app.models import PersonalToken, User
from accounts_app.operations.personal_tokens import NewToken, create_personal_token, revoke_personal_token
from accounts_app.queries.personal_tokens import shown_tokens
from foundation.http.fields import TextField, WordField
from foundation.http.keyset import SortKey
from foundation.http.serializers import ShortListField, StrictSerializer

MAX_DAYS = 3650
DAYS = 365


class PersonalTokenSerializer(serializers.Serializer[PersonalToken]):
    """A token, without its text: `state` is `live`, `expired`, or `ended` with the password under which it was made."""

    id = serializers.IntegerField()
    name = serializers.CharField()
    prefix = serializers.CharField(help_text="The first characters of its text.")
    scopes = serializers.ListField(child=serializers.CharField())
    state = serializers.SerializerMethodField()
    created_at = serializers.DateTimeField()
    expires_at = serializers.DateTimeField(allow_null=True)
    last_used_at = serializers.DateTimeField(allow_null=True, help_text="To the minute.")

    def get_state(self, token: PersonalToken) -> str:
        """Whether it is accepted."""
        return token.state_at(timezone.now())


class MadeTokenSerializer(PersonalTokenSerializer):
    """A new token with its text, which is answered this once."""

    token = serializers.CharField()


class TokenRequestSerializer(StrictSerializer[None]):
    """What a token is called, what it may do, and for how many days it is good; `null`: until it is revoked."""

    rules: ClassVar[Mapping[str, str]] = {
        "blank": "The name is blanks alone.",
        "repeated": "A scope is there twice.",
    }

    name = TextField(max_length=60)
    scopes = ShortListField(
        child=WordField(choices=TOKEN_SCOPES),
        max_length=len(TOKEN_SCOPES),
        min_length=1,
        initial=TOKEN_SCOPES[:1],
    )
    expires_in_days = serializers.IntegerField(
        min_value=1, max_value=MAX_DAYS, allow_null=True, required=False, default=DAYS, initial=DAYS
    )

    def validate_scopes(self, scopes: list[str]) -> list[str]:
        """Return scopes that are there once each."""
        if len(set(scopes)) < len(scopes):
            raise serializers.ValidationError("Name each scope once.", code="repeated")
        return scopes


class PersonalTokensApi(FormView, GenericAPIView[PersonalToken]):
    """What the views of tokens share: none of them can be reached with one."""

    queryset = PersonalToken.objects.none()

    @property
    def caller(self) -> User:
        return cast(User, self.request.user)

    def get_queryset(self) -> QuerySet[PersonalToken]:
        return shown_tokens(self.caller.pk)


class PersonalTokensView(PersonalTokensApi):
    """The tokens of the caller. The address of one is its id after this address; there it can be revoked."""

    forms = {"POST": TokenRequestSerializer}
    ordering = (SortKey("id", descending=True, nullable=False),)

    @extend_schema(operation_id="list_personal_tokens", responses=PersonalTokenSerializer(many=True))
    def get(self, request: Request) -> Response:
        """List the tokens that were not revoked, newest first."""
        return self.list(request)

    def list(self, request: Request) -> Response:
        page = self.paginate_queryset(self.get_queryset())
        return self.get_paginated_response(PersonalTokenSerializer(cast(Any, page), many=True).data)

    @extend_schema(
        operation_id="create_personal_token",
        request=TokenRequestSerializer,
        responses={
            201: MadeTokenSerializer,
            409: OpenApiResponse(description="`too_many_tokens`: 50 are live."),
        },
    )
    def post(self, request: Request) -> Response:
        """Make a token for a program. Its text is in this answer and nowhere else."""
        body = TokenRequestSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        made = create_personal_token(self.caller, **cast(dict[str, Any], body.validated_data))
        return Response(_row(made), status=status.HTTP_201_CREATED, headers=NO_STORE)


class PersonalTokenView(PersonalTokensApi):
    """One token of the caller."""

    @extend_schema(operation_id="read_personal_token", responses=PersonalTokenSerializer)
    def get(self, request: Request, token_id: str) -> Response:
        """Read a token that was not revoked; its text is not among what is kept."""
        token = self.get_queryset().filter(pk=int(token_id)).first()
        if token is None:
            raise TokenAbsent
        return Response(PersonalTokenSerializer(token).data)

    @extend_schema(operation_id="revoke_personal_token", responses={204: None})
    def delete(self, request: Request, token_id: str) -> Response:
        """Revoke a token: it is refused within a second."""
        revoke_personal_token(int(token_id), user_id=self.caller.pk)
        return Response(status=status.HTTP_204_NO_CONTENT)


def _row(made: NewToken) -> dict[str, Any]:
    return {**PersonalTokenSerializer(made.token).data, "token": made.text}
