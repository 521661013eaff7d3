"""Settings for a cluster: everything comes from the environment, nothing is guessed."""

from todo_project.settings.base import *  # noqa: F403
from todo_project.settings.base import BASE_DIR, ENV, STORAGES, or_exit
from todo_project.settings.mail import refuse_mail_without_links
from todo_project.settings.refusals import refuse_weak

or_exit(lambda: refuse_weak(ENV))
or_exit(lambda: refuse_mail_without_links(ENV))

# Names that hold a hash of the content may be cached for ever; `collectstatic` writes them into the image.
STORAGES = STORAGES | {"staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"}}
STATIC_ROOT = BASE_DIR / "staticfiles"
WHITENOISE_USE_FINDERS = False
# Without a proxy in front, whoever sends the header would choose what it says.
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if ENV.trusted_proxies else None
SECURE_HSTS_SECONDS = 31536000
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = True
# Browsers take these names only over TLS, from this very host and for all of it (RFC 6265bis, section 4.1.3.2):
# neither a page on a sibling name nor somebody on the way can plant a cookie.
SESSION_COOKIE_NAME, CSRF_COOKIE_NAME = "__Host-sessionid", "__Host-csrftoken"
SILENCED_SYSTEM_CHECKS = [
    "security.W005",  # other names below the domain are not ours to bind to HTTPS
    "security.W021",  # nor is the browsers' preload list
    "security.W008",  # the ingress ends TLS and redirects; probes inside the cluster speak HTTP
]
