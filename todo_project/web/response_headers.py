"""Sets the headers that say what browsers and caches may do with an answer, on every answer.

https://cheatsheetseries.owasp.org/cheatsheets/HTTP_Headers_Cheat_Sheet.html
"""

from csp.constants import HEADER as CONTENT_POLICY
from csp.middleware import CSPMiddleware, PolicyParts
from django.conf import settings
from django.http import HttpRequest, HttpResponseBase
from django.utils.cache import patch_vary_headers

from foundation.http.client_addresses import count_ignored_forwarding, keep_trusted_scheme
from todo_project.settings.headers import DATA_POLICY, PAGE_POLICIES, PERMISSIONS_POLICY
from web_app.assets import build as page_build

NOT_STORED = "private, no-store"
BUILD_HEADER = "X-Todo-Build"
_API = "/api/"


class HeadersMiddleware(CSPMiddleware):
    """The outermost middleware, so that answers of other middleware have these headers: refusals, static files, errors.

    A page gets the content security policy of its path, with `request.csp_nonce` if its template uses it. The policy
    of all other answers forbids loading anything.
    """

    def process_request(self, request: HttpRequest) -> None:
        """Let templates ask for a nonce; handle the headers of proxies before any other code reads them."""
        super().process_request(request)
        keep_trusted_scheme(request)
        count_ignored_forwarding(request)

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        """Add the headers, and return the same answer."""
        response.setdefault("Permissions-Policy", PERMISSIONS_POLICY)
        response.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        if settings.WEB_CLIENT and request.path_info.startswith(_API):
            response.setdefault(BUILD_HEADER, page_build())  # a page of another build looks for the new one
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
    """Forbid caches to store an answer, unless its view calls it `public`, as whitenoise does with static files.

    Nearly all answers are for one caller: an answer without a header of its own must not be shared (RFC 9111, 5.2.2.5).
    """
    if "public" in response.get("Cache-Control", ""):
        return
    response["Cache-Control"] = NOT_STORED
    patch_vary_headers(response, ("Cookie", "Authorization"))


def _page_policy(path: str) -> dict[str, list[object]]:
    return next(policy for prefix, policy in PAGE_POLICIES if path.startswith(prefix))
