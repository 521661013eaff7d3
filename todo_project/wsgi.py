"""WSGI entry point of the web role."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "todo_project.settings.local")
django = get_wsgi_application()

from todo_project.web.wsgi_headers import BoundHeaders  # noqa: E402 - needs Django's apps

application = BoundHeaders(django)
