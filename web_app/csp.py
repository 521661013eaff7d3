"""The content security policy of the page: own files only, no inline script but the import map, Trusted Types.

https://www.w3.org/TR/CSP3/, https://www.w3.org/TR/trusted-types/
"""

from django.http import HttpRequest

from web_app.assets import import_map_hash

# `lit-html` makes the page's templates, `todo-sw` names the one script that may become a worker.
TRUSTED_TYPES = "lit-html todo-sw"


def page_policy(request: HttpRequest) -> str:
    """Return the policy for a page that is asked for under this host."""
    # Older browsers do not count a socket to the same host as 'self'.
    socket = f"{'wss' if request.is_secure() else 'ws'}://{request.get_host()}"
    directives = {
        "default-src": "'none'",
        "script-src": f"'self' {import_map_hash()}",
        "style-src": "'self'",
        "img-src": "'self' data:",
        "font-src": "'self'",
        "connect-src": f"'self' {socket}",
        "manifest-src": "'self'",
        "worker-src": "'self'",
        "base-uri": "'none'",
        "form-action": "'self'",
        "frame-ancestors": "'none'",
        "require-trusted-types-for": "'script'",
        "trusted-types": TRUSTED_TYPES,
    }
    return "; ".join(f"{name} {value}" for name, value in directives.items())
