"""Whether a user can be reached by mail. Pure."""

from notifications_app.reasons import Reason


def address_problem(email: str, *, is_verified: bool) -> Reason | None:
    """Return why nothing may be mailed to this address, or None. An unverified one may be a stranger's."""
    if not email:
        return Reason.NO_ADDRESS
    return None if is_verified else Reason.ADDRESS_NOT_VERIFIED
