"""Tariffs as data, licences, invoices and the money that fills the funds.

In: what a licensee declares, and money with a reference. Out: invoices that explain themselves, arrears, and funds for
the distribution. Always: a published tariff never changes, invoice numbers have no gaps, a reference is received once,
and a fund holds exactly the net part of what was received for it.
"""
