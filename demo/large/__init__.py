"""A large base for measuring: a million customers and a hundred million rows of what happened, made in minutes."""
