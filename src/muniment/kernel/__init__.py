"""The words of the field and the formats it speaks; knows no database, no web and no clock."""
