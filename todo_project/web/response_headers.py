"""The headers of every answer that tell browsers and caches what they may do with it.

https://cheatsheetseries.owasp.org/cheatsheets/HTTP_Headers_Cheat_Sheet.html
"""

from csp.constants import HEADER as CONTENT_POLICY
from csp.middleware import CSPMiddleware, PolicyParts
from django.http import HttpRequest, HttpResponseBase
from django.utils.cache import patch_vary_headers

from foundation.http.client_addresses import count_ignored_forwarding, keep_trusted_scheme
from todo_project.settings.headers import DATA_POLICY, PAGE_POLICIES, PERMISSIONS_POLICY

NOT_STORED = "private, no-store"


class HeadersMiddleware(CSPMiddleware):
    """Outermost, so that answers of other middleware have these headers too: refusals, static files, errors.

    A page gets the policy of its path, with `request.csp_nonce` if its template used it; all else may load nothing.
    """

    def process_request(self, request: HttpRequest) -> None:
        """Let templates ask for a nonce; see what names a proxy as far as it is trusted, before anything reads it."""
        super().process_request(request)
        keep_trusted_scheme(request)
        count_ignored_forwarding(request)

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        """Add the headers, and return the same answer."""
        response.setdefault("Permissions-Policy", PERMISSIONS_POLICY)
        response.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        forbid_storing(response)
        if is_page(response):
            return super().process_response(request, response)
        response.setdefault(CONTENT_POLICY, DATA_POLICY)
        return response

    def get_policy_parts(
        self, request: HttpRequest, response: HttpResponseBase, report_only: bool = False
    ) -> PolicyParts:
        """Return the policy of a decorator, or that of the path."""
        parts = super().get_policy_parts(request, response, report_only)
        if parts.config is None and not report_only:
            parts.config = dict(_page_policy(request.path_info))
        return parts


def is_page(response: HttpResponseBase) -> bool:
    """Whether a browser shows this answer as a page."""
    return response.get("Content-Type", "").lower().startswith("text/html")


def forbid_storing(response: HttpResponseBase) -> None:
    """Keep an answer out of every cache, unless its view calls it `public`, as whitenoise does with static files.

    Nearly all answers are for one caller; an exception that somebody forgot must not be a leak (RFC 9111, 5.2.2.5).
    """
    if "public" in response.get("Cache-Control", ""):
        return
    response["Cache-Control"] = NOT_STORED
    patch_vary_headers(response, ("Cookie", "Authorization"))


def _page_policy(path: str) -> dict[str, list[object]]:
    return next(policy for prefix, policy in PAGE_POLICIES if path.startswith(prefix))
