"""The web role: gunicorn, threads of requests, headers of requests and answers, and the pages that mails link to."""
