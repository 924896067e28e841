"""The demo shop: a year of receipts, real or generated, invented people, and time that passes."""
