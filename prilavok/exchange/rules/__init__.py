"""How cells of strangers' files are read. Pure: no database, no clock, no Django."""
