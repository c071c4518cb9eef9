"""How figures are written where Django's own habit for a language is not the group's."""
