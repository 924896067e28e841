"""Indicators that the company makes itself: formulas over what is known of a customer."""
