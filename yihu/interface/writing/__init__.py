"""What programs may do: each operation reads with the page's form and calls the page's action."""
