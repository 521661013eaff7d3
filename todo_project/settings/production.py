"""Settings for a cluster: everything comes from the environment, nothing is guessed."""

from todo_project.settings.base import *  # noqa: F403
from todo_project.settings.base import BASE_DIR, ENV, STORAGES, or_exit
from todo_project.settings.mail import refuse_mail_without_links
from todo_project.settings.refusals import refuse_weak

or_exit(lambda: refuse_weak(ENV))
or_exit(lambda: refuse_mail_without_links(ENV))

# File names that contain a hash of the content may be cached for ever; `collectstatic` writes them into the image.
STORAGES = STORAGES | {"staticfiles": {"BACKEND": "web_app.storage.ModuleStaticFilesStorage"}}
STATIC_ROOT = BASE_DIR / "staticfiles"
WHITENOISE_USE_FINDERS = False
# Without a proxy in front, clients could send this header themselves.
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if ENV.trusted_proxies else None
SECURE_HSTS_SECONDS = 31536000
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = True
# Browsers accept `__Host-` cookies only over TLS, from this host and for all its paths (RFC 6265bis, section 4.1.3.2):
# neither a page on a sibling domain nor an attacker on the network can set them.
SESSION_COOKIE_NAME, CSRF_COOKIE_NAME = "__Host-sessionid", "__Host-csrftoken"
SILENCED_SYSTEM_CHECKS = [
    "security.W005",  # other subdomains may not be ours
    "security.W021",  # the preload list is the owner's decision
    "security.W008",  # the ingress ends TLS and redirects; probes inside the cluster speak HTTP
]
