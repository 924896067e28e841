"""How a letter is made: the author's text is checked, compiled once, filled for each person, wrapped and signed."""
