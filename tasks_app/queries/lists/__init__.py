"""Lists of tasks: criteria, orders, search, pages."""
