"""The errors of this app.

DomainError
├── ChangesTooOld, ChangesReset    the client cannot continue from its sequence number: it must reload
├── TooManySockets                 the user already has SOCKETS_PER_USER sockets
└── NotSignedIn                    a hello without a ticket, from a browser session that is not signed in
"""

from foundation.http.errors import DomainError


class ChangesTooOld(DomainError):
    status = 410
    code = "too_old"
    detail = "The changes after this sequence are no longer kept or too many; reload instead."


class ChangesReset(DomainError):
    status = 410
    code = "reset"
    detail = "This is another history, restored or copied, where sequences mean other things; reload instead."


class TooManySockets(DomainError):
    status = 429
    code = "too_many_sockets"
    detail = "Too many sockets are open; close one first."


class NotSignedIn(DomainError):
    status = 401
    code = "not_signed_in"
    detail = "The hello has no ticket and the session is not signed in."
