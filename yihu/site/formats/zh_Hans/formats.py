"""Money and counts in thousands: 1,234,567. Django's Chinese has no separator at all."""

THOUSAND_SEPARATOR = ","
NUMBER_GROUPING = 3
