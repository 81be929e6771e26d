"""How answers of figures are asked for and written on pages: windows, cells, changes, cards and tables."""
