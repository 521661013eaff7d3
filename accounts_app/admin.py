"""Accounts for operators. Preferences are the user's own: shown, not edited here.

Staff who are not superusers look after people who are not staff. Whoever is staff, what makes somebody staff, and what
groups may do is for superusers: otherwise the right to edit accounts would be the right to every right.
"""

from contextlib import suppress
from typing import Any, TypeVar

from django.contrib import admin, messages
from django.contrib.auth.admin import GroupAdmin as DjangoGroupAdmin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.forms import AdminPasswordChangeForm
from django.contrib.auth.models import Group
from django.db.models import Model, QuerySet
from django.db.models.constants import LOOKUP_SEP
from django.http import HttpRequest
from django.template.response import TemplateResponse

from accounts_app.errors import LastSuperuser, TokenAbsent
from accounts_app.forms import ChangeForm, CreationForm
from accounts_app.models import AccountMail, PersonalToken, RefreshFamily, User
from accounts_app.operations.accounts import change_password
from accounts_app.operations.erasure import close_account
from accounts_app.operations.mail.addresses import replace_address
from accounts_app.operations.mail.links import end_links
from accounts_app.operations.passwords.changing import end_sign_ins
from accounts_app.operations.passwords.resetting import send_password_link
from accounts_app.operations.personal_tokens import revoke_all_tokens, revoke_personal_token
from accounts_app.operations.preferences import PREFERENCES
from accounts_app.operations.second_factors.turning import remove_second_factor
from accounts_app.operations.security.records import note_in, record_security, whence
from accounts_app.operations.security.rights import record_rights, rights_of
from accounts_app.operations.sign_ins.ending import end_all_sign_ins
from accounts_app.operations.sign_ins.families import revoke_families
from events_app.admin import ReadOnlyAdmin
from events_app.contracts import EmailChanged, PasswordChanged, SignInsEnded
from events_app.log.write import HistoryClosed, writing
from foundation.http.capped_pages import CappedPaginator
from foundation.http.confirmation import question_before

_OfUser = TypeVar("_OfUser", bound=Model)
RIGHTS = ("is_staff", "is_superuser", "groups", "user_permissions")


def _is_superuser(request: HttpRequest) -> bool:
    return bool(request.user.is_active and request.user.is_superuser)


def _permitted(request: HttpRequest, rows: QuerySet[_OfUser]) -> QuerySet[_OfUser]:
    """Return the rows of users whom the caller may look after."""
    return rows if _is_superuser(request) else rows.filter(user__is_staff=False, user__is_superuser=False)


class PasswordForm(AdminPasswordChangeForm):  # type: ignore[type-arg] # not generic when it runs
    """Set a password, or none, and end every sign-in that began under the old one."""

    def set_password_and_save(self, user: User, **options: Any) -> User:
        if self.cleaned_data["set_usable_password"]:
            return change_password(user, self.cleaned_data["password1"])
        saved: User = super().set_password_and_save(user, **options)  # type: ignore[misc] # stubs lack it
        end_sign_ins(saved, reason="password removed")
        record_security(saved.pk, PasswordChanged(how="removed", **whence()))
        return saved


@admin.register(User)
class UserAdmin(DjangoUserAdmin):  # type: ignore[type-arg]
    """Stays fast with many users: capped count, search by the beginning of the name."""

    form = ChangeForm
    add_form = CreationForm
    change_password_form = PasswordForm
    list_display = ("username", "email", "is_active", "is_staff", "date_joined")
    list_filter = ("is_active", "is_staff", "is_superuser")
    search_fields = ("username__startswith",)
    search_help_text = "The beginning of a username."
    actions = ("send_links", "sign_out", "end_second_factors", "erase")
    readonly_fields = ("last_login", "date_joined", "email_verified_at", *PREFERENCES)
    paginator = CappedPaginator
    show_full_result_count = False
    fieldsets = (
        (None, {"fields": ("username", "password", "email", "email_verified_at")}),
        ("Permissions", {"fields": ("is_active", "is_staff", "is_superuser", "groups", "user_permissions")}),
        ("Preferences", {"fields": PREFERENCES}),
        ("Dates", {"fields": ("last_login", "date_joined")}),
    )

    add_fieldsets = (
        (
            None,
            {
                "classes": ("wide",),
                "fields": ("username", "email", "usable_password", "password1", "password2"),
                "description": "Without a password, choose the account in the list and send it a link that sets one.",
            },
        ),
    )

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> tuple[str, ...]:
        shown = tuple(super().get_readonly_fields(request, obj))
        return shown if _is_superuser(request) else (*shown, *RIGHTS)

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        """Allow filters on the columns that the list shows or filters by, and on no others.

        Django allows every column, and the key of each related row: whoever may see the page could find out hashes of
        sessions and hashes of passwords letter by letter.
        """
        name = lookup.partition(LOOKUP_SEP)[0]
        is_shown = name in {"id", "pk", *self.list_display, *self.list_filter}
        return is_shown and super().lookup_allowed(lookup, value, request)

    def has_change_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        """Say whether the caller may edit this account and set its password."""
        is_of_staff = obj is not None and (obj.is_staff or obj.is_superuser)
        return super().has_change_permission(request, obj) and (_is_superuser(request) or not is_of_staff)

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        return False  # Django would delete in one transaction what it finds by foreign keys: see `erase`

    def has_erase_permission(self, request: HttpRequest) -> bool:
        """Say whether the caller may delete accounts with all their data."""
        return super().has_delete_permission(request)

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        """Return the accounts that were not deleted."""
        return super().get_queryset(request).filter(deletion_requested_at=None)

    @admin.action(description="Delete the selected accounts with all their data", permissions=["erase"])
    def erase(self, request: HttpRequest, rows: QuerySet[User]) -> TemplateResponse | None:
        """Delete accounts as their owners can, after a question; those of staff only when a superuser asks."""
        question = "Delete these accounts with all their data? Nothing brings them back."
        if asked := question_before(self, request, rows, action="erase", question=question):
            return asked
        permitted = rows if _is_superuser(request) else rows.filter(is_staff=False, is_superuser=False)
        deleted, chosen = 0, rows.count()
        for user in list(permitted.order_by("pk")):
            try:
                close_account(user.pk)
            except (LastSuperuser, HistoryClosed) as error:
                self.message_user(request, f"{user}: {error.detail}", messages.WARNING)
            else:
                deleted += 1
                user.username = (
                    f"account {user.pk}"  # what the admin keeps of it; the name goes with the account
                )
                self.log_change(request, user, "Deleted with all its data.")
        self.message_user(request, f"{deleted} of {chosen} deleted")
        return None

    @admin.action(description="Send a link that sets the password", permissions=["change"])
    def send_links(self, request: HttpRequest, rows: QuerySet[User]) -> None:
        """Mail each selected account that has an address a link that sets its password, once, within three days."""
        sent = 0
        for user in rows.filter(is_active=True).exclude(email=""):
            if self.has_change_permission(request, user):
                send_password_link(user)
                self.log_change(request, user, "Sent a link that sets the password.")
                sent += 1
        self.message_user(request, f"{sent} of {rows.count()} get a link")

    @admin.action(description="Sign out everywhere", permissions=["change"])
    def sign_out(self, request: HttpRequest, rows: QuerySet[User]) -> None:
        """End every sign-in of each selected account, with tokens and in browsers; personal tokens go on."""
        ended = 0
        for user in rows:
            if self.has_change_permission(request, user):
                end_all_sign_ins(user)
                self.log_change(request, user, "Signed out everywhere.")
                ended += 1
        self.message_user(request, f"{ended} of {rows.count()} signed out")

    @admin.action(description="Turn off the second factor", permissions=["change"])
    def end_second_factors(self, request: HttpRequest, rows: QuerySet[User]) -> None:
        """Turn off the second factor of each selected account: its owner has lost it, and the recovery codes."""
        ended = 0
        for user in rows:
            if self.has_change_permission(request, user) and remove_second_factor(user, by_operator=True):
                self.log_change(request, user, "Turned off the second factor.")
                ended += 1
        self.message_user(request, f"{ended} of {rows.count()} had one")

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """Save groups and permissions; then record what the account may do, if that is something else now."""
        super().save_related(request, form, formsets, change)
        record_rights(form.instance.pk, before=form.rights_before)

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        """Save. A deactivation also ends sign-ins and links in mails: reactivation must not revive them.

        An address that an operator writes is unverified; the verified one that it replaces gets a notice.
        """
        form.rights_before = rights_of(obj.pk) if change else None
        if "email" in form.changed_data:
            replace_address(obj, before=form.initial.get("email", ""))
        super().save_model(request, obj, form, change)
        if change and "email" in form.changed_data:
            record_security(obj.pk, EmailChanged(how="by_an_operator", **whence()))
        if change and not obj.is_active and "is_active" in form.changed_data:
            end_sign_ins(obj, reason="deactivated")
            end_links(obj.pk)
            revoke_all_tokens(obj.pk)


admin.site.unregister(Group)


@admin.register(Group)
class GroupAdmin(DjangoGroupAdmin):
    """For superusers only: a user who may edit the groups that they are in can give themselves every right."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return _is_superuser(request)

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return _is_superuser(request)

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return _is_superuser(request)


@admin.register(RefreshFamily)
class RefreshFamilyAdmin(ReadOnlyAdmin):
    """Sign-ins. The action ends them: tokens are refused at once, sockets within five seconds."""

    list_display = ("id", "user", "created_at", "expires_at", "rotation", "revoked_at", "revoked_reason")
    list_select_related = ("user",)
    search_fields = ("user__username__startswith",)
    ordering = ("-expires_at", "pk")
    actions = ("revoke",)

    @admin.action(description="Revoke the selected sign-ins", permissions=["operate"])
    def revoke(self, request: HttpRequest, rows: QuerySet[RefreshFamily]) -> None:
        """Revoke the open sign-ins among `rows`; those of staff only when a superuser asks."""
        open_families = list(_permitted(request, rows).filter(revoked_at=None))
        for family in open_families:
            with writing(family.user_id) as log:
                revoke_families(RefreshFamily.objects.filter(pk=family.pk), reason="by an operator")
                note_in(log, SignInsEnded(reason="by_an_operator", sign_in_id=str(family.pk), **whence()))
            self.log_change(request, family, "Revoked.")
        self.message_user(request, f"{len(open_families)} of {rows.count()} revoked")


@admin.register(PersonalToken)
class PersonalTokenAdmin(ReadOnlyAdmin):
    """Personal tokens, without text or hash. The action revokes them: they are refused within a second."""

    list_display = (
        "id",
        "user",
        "name",
        "prefix",
        "scopes",
        "created_at",
        "expires_at",
        "last_used_at",
        "revoked_at",
    )
    list_select_related = ("user",)
    search_fields = ("user__username__startswith", "prefix__exact")
    search_help_text = "The beginning of a username, or the first characters of a token."
    fields = list_display[1:]
    ordering = ("-id",)
    actions = ("revoke",)

    @admin.action(description="Revoke the selected tokens", permissions=["operate"])
    def revoke(self, request: HttpRequest, rows: QuerySet[PersonalToken]) -> None:
        """Revoke the tokens among `rows` that are not revoked; those of staff only when a superuser asks."""
        revoked = 0
        for token in _permitted(request, rows).filter(revoked_at=None):
            with suppress(TokenAbsent):  # revoked since
                revoke_personal_token(token.pk, user_id=token.user_id)
                self.log_change(request, token, "Revoked.")
                revoked += 1
        self.message_user(request, f"{revoked} of {rows.count()} revoked")


@admin.register(AccountMail)
class AccountMailAdmin(ReadOnlyAdmin):
    """Links and notices of the last day, and the answers of the mail server."""

    list_display = ("id", "user", "kind", "email", "created_at", "attempts", "sent_at", "detail")
    list_filter = ("kind",)
    list_select_related = ("user",)
    search_fields = ("user__username__startswith", "email__exact")
    search_help_text = "The beginning of a username, or an address."
    fields = (*list_display[1:], "next_attempt_at")
    ordering = ("-id",)
