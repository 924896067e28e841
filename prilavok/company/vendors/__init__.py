"""Protocols by which others prove who an employee is."""
