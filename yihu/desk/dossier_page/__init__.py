"""The page of one dossier, and headquarters' page of one customer."""
