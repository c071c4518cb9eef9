"""SCIM 2.0 (RFC 7643, 7644): the identity system tells who is here, and in what group."""
