"""`manage.py up`: the whole platform in one process, on one port and one data folder."""
