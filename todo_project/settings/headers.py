"""What browsers may do with our answers: the policies that `todo_project.web.response_headers` sends."""

from csp.constants import NONCE, NONE, SELF, UNSAFE_INLINE

# JSON, static files and everything else that is no page: browsers may not run, load or frame anything in it.
DATA_POLICY = "default-src 'none'; frame-ancestors 'none'"
# The admin, the documentation, error pages. A script inside a page needs the nonce of its answer.
PAGE_POLICY: dict[str, list[object]] = {
    "default-src": [NONE],
    "script-src": [SELF, NONCE],
    "style-src": [SELF],
    "img-src": [SELF, "data:"],  # the arrows and locks of Swagger's style sheet
    "font-src": [SELF],
    "connect-src": [SELF],
    "form-action": [SELF],
    "base-uri": [NONE],
    "frame-ancestors": [NONE],
}
# DRF's templates have `style=` attributes in forty places. With this they may change the layout and load nothing.
BROWSABLE_POLICY = PAGE_POLICY | {"style-src-attr": [UNSAFE_INLINE]}
# The first matching prefix of the path decides; a view may override it with the decorators of django-csp.
PAGE_POLICIES = (
    ("/api/docs", PAGE_POLICY),
    ("/api/", BROWSABLE_POLICY),
    ("/", PAGE_POLICY),
)

# https://github.com/w3c/webappsec-permissions-policy/blob/main/features.md: the features that browsers know.
POWERFUL_FEATURES = (
    "accelerometer",
    "autoplay",
    "browsing-topics",
    "camera",
    "clipboard-read",
    "clipboard-write",
    "compute-pressure",
    "cross-origin-isolated",
    "display-capture",
    "encrypted-media",
    "fullscreen",
    "gamepad",
    "geolocation",
    "gyroscope",
    "hid",
    "identity-credentials-get",
    "idle-detection",
    "keyboard-map",
    "local-fonts",
    "magnetometer",
    "microphone",
    "midi",
    "otp-credentials",
    "payment",
    "picture-in-picture",
    "publickey-credentials-create",
    "publickey-credentials-get",
    "screen-wake-lock",
    "serial",
    "storage-access",
    "sync-xhr",
    "usb",
    "window-management",
    "xr-spatial-tracking",
)
PERMISSIONS_POLICY = ", ".join(f"{feature}=()" for feature in POWERFUL_FEATURES)
