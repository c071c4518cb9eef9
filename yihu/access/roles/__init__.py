"""Roles: asked for by the unit, opened by ITC, ended by either (§6.3.2)."""
