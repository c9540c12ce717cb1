"""Tables of deposits and certificates. Whoever deposited stands in `Particulars` alone, which erasure deletes."""

from django.db import models


class Deposit(models.Model):
    """What was deposited, without a name: its kind, what its content hashes to, and the commitment to the rest.

    `request_key` is the SHA-256 of the whole request, so that the same one sent twice is one deposit; erasure
    replaces it. `is_kept` says that the bytes lie in a bag of the home.
    """

    number = models.CharField(max_length=20, unique=True)
    request_key = models.CharField(max_length=64, unique=True)
    kind = models.CharField(max_length=10)
    content_sha256 = models.CharField(max_length=64, db_index=True)
    file_count = models.BigIntegerField()
    byte_count = models.BigIntegerField()
    commitment = models.CharField(max_length=64)
    is_kept = models.BooleanField()
    deposited_at = models.DateTimeField()
    erased_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(file_count__gt=0) & models.Q(byte_count__gte=0), name="registry_deposit_holds_files"
            ),
            models.CheckConstraint(
                condition=models.Q(erased_at__isnull=True) | models.Q(is_kept=False), name="registry_erased_is_not_kept"
            ),
        ]


class Particulars(models.Model):
    """Who deposited and under which title, as canonical JSON with its salt; the deposit holds the commitment."""

    deposit = models.OneToOneField(Deposit, on_delete=models.PROTECT, related_name="+")
    party = models.ForeignKey("parties.Party", on_delete=models.PROTECT, null=True, related_name="+")
    body = models.TextField()
    salt = models.CharField(max_length=64)


class DepositFile(models.Model):
    """A file of a deposit; `path` is empty once the deposit is erased.

    `code` is the ISCC Data-Code (64 bits) as 16 hexadecimal digits, empty where none was made; the bands are its four
    sixteenths by which near duplicates are looked up.
    """

    deposit = models.ForeignKey(Deposit, on_delete=models.PROTECT, related_name="+")
    place = models.BigIntegerField()
    path = models.TextField(blank=True)
    sha256 = models.CharField(max_length=64, db_index=True)
    byte_count = models.BigIntegerField()
    code = models.CharField(max_length=16, blank=True)
    band_0 = models.IntegerField(null=True, db_index=True)
    band_1 = models.IntegerField(null=True, db_index=True)
    band_2 = models.IntegerField(null=True, db_index=True)
    band_3 = models.IntegerField(null=True, db_index=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["deposit", "place"], name="registry_file_place_once")]


class Certificate(models.Model):
    """A certificate of a deposit in a language: issued with a leaf, then made as a PDF, perhaps withdrawn.

    `pdf_sha256` and `tree_size` are empty and None until the PDF is made, whose proofs are in the tree of that size.
    """

    number = models.CharField(max_length=20, unique=True)
    deposit = models.ForeignKey(Deposit, on_delete=models.PROTECT, related_name="+")
    language = models.CharField(max_length=8)
    issued_at = models.DateTimeField()
    pdf_sha256 = models.CharField(max_length=64, blank=True)
    tree_size = models.BigIntegerField(null=True)
    made_at = models.DateTimeField(null=True)
    withdrawn_at = models.DateTimeField(null=True)
    reason = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["deposit", "language"],
                condition=models.Q(withdrawn_at__isnull=True),
                name="registry_certificate_once_a_language",
            )
        ]
