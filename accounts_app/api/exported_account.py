"""What an export says of the account itself: its columns and preferences, where it is signed in, its tokens."""

from dataclasses import asdict

from accounts_app.api.personal_token_views import PersonalTokenSerializer
from accounts_app.api.serializers import AccountSerializer
from accounts_app.credentials.credential import Credential
from accounts_app.models import PersonalToken, User
from accounts_app.operations.exporting import Exported, in_chunks
from accounts_app.queries.sign_ins import open_sign_ins


def export_account(credential: Credential) -> Exported:
    """Yield the account, its open sign-ins, and its personal tokens without what opens anything."""
    user = User.objects.get(pk=credential.user_id)
    joined = {"date_joined": user.date_joined, "last_login": user.last_login}
    yield "account", {**AccountSerializer(user).data, **joined}
    for sign_in in open_sign_ins(credential):
        yield "sign_in", asdict(sign_in)
    for chunk in in_chunks(PersonalToken.objects.filter(user=user).select_related("user")):
        for token in chunk:
            yield "personal_token", {**PersonalTokenSerializer(token).data, "revoked_at": token.revoked_at}
