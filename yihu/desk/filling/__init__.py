"""Filling a file by the guide: the form, its autosave, the conclusions, submitting (§6.1.4)."""
