"""The web role: gunicorn, headers of requests and answers, and the pages that mails link to."""
