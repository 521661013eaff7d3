"""The web role: gunicorn in front of Django, threads and headers of requests, and pages of no app."""
