"""The whole dossier as one workbook: out, edited by a person, and in again (§6.1.4, 5.3)."""
