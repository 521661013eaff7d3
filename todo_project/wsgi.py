"""WSGI entry points: of the web role, and of HTTP beside sockets on one port (realtime_app/server)."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "todo_project.settings.local")
# For `up`, whose server checks headers before it calls.
django = get_wsgi_application()

from django.conf import settings  # noqa: E402 - this and the next imports need Django's apps

from realtime_app.server.refusals import PathGate  # noqa: E402
from todo_project.web.wsgi_headers import BoundHeaders  # noqa: E402

# For gunicorn: the web role.
application = BoundHeaders(django)
# For the sockets role, which serves only sockets and probes to the outside.
probes_application = PathGate(django, settings.PROBE_PATHS)
