"""The certificate on paper: a PDF/A-3 page in the holder's language, with the evidence attached to it.

`document` is what it says, `labels` the words of each language, `pdf` typesets it. It is written and never read: what
is read of a certificate are its attachments, by `trust/evidence`.
"""
