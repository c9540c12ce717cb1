"""The pure rules of matching: the forms that are compared (`forms`), and what agreement is worth (`scoring`)."""
