"""Statements, conversion of columns, rows and sets of rows, transactions, the clock."""
