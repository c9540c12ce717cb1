"""Tables of the log. Leaves and tree heads are append-only by triggers; hashes and bytes are hexadecimal text."""

from django.db import models


class LogState(models.Model):
    """The one row of the log: its origin for ever, the right edge of its tree; the sequencer locks it.

    `last_batch` and `last_seal` are the last sealed batch and daily seal that were given a leaf.
    """

    origin = models.CharField(max_length=255)
    size = models.BigIntegerField(default=0)
    frontier = models.TextField(blank=True)
    last_batch = models.BigIntegerField(default=0)
    last_seal = models.BigIntegerField(default=0)


class LoggedLeaf(models.Model):
    """A leaf at its place in the tree: its 128 bytes and their RFC 6962 hash."""

    index = models.BigIntegerField(primary_key=True)
    body = models.CharField(max_length=256)
    hash = models.CharField(max_length=64, unique=True)


class Submission(models.Model):
    """A leaf that waits for the sequencer; `submitter` is the domain that sent it, empty for our own."""

    body = models.CharField(max_length=256)
    hash = models.CharField(max_length=64, unique=True)
    submitted_at = models.DateTimeField()
    submitter = models.CharField(max_length=253, blank=True)


class SubmitterDay(models.Model):
    """How many leaves a domain sent on a day (UTC)."""

    submitter = models.CharField(max_length=253)
    day = models.DateField()
    leaf_count = models.BigIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["submitter", "day"], name="evidence_submitter_day_once")]


class Record(models.Model):
    """What a leaf of our own is about: canonical JSON and the salt, or neither once it is erased."""

    subject = models.CharField(max_length=200, unique=True)
    body = models.TextField(blank=True)
    salt = models.CharField(max_length=64, blank=True)
    leaf_hash = models.CharField(max_length=64, unique=True)
    public_key = models.CharField(max_length=64)
    made_at = models.DateTimeField()
    erased_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(erased_at__isnull=True) | models.Q(body="", salt=""),
                name="evidence_record_erased_wholly",
            )
        ]


class TreeHead(models.Model):
    """The signed state of the tree at a size; `note` is the checkpoint with the log's own signatures."""

    size = models.BigIntegerField(primary_key=True)
    root = models.CharField(max_length=64)
    signed_at = models.DateTimeField()
    note = models.TextField()


class Cosignature(models.Model):
    """A witness's signature of a tree head; `line` is as it stands in the checkpoint."""

    head = models.ForeignKey(TreeHead, on_delete=models.PROTECT, related_name="+")
    witness = models.CharField(max_length=255)
    key_id = models.CharField(max_length=8)
    line = models.TextField()
    cosigned_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["head", "witness", "key_id"], name="evidence_cosignature_once")]


class ArchiveList(models.Model):
    """What a tree stands for, hashed anew: a line `HASH  NAME` for each bundle of leaves and each kept record.

    `head` is the tree; the text is evidence in its own right, so it has timestamps as a checkpoint has.
    """

    head = models.ForeignKey(TreeHead, on_delete=models.PROTECT, related_name="+")
    algorithm = models.CharField(max_length=20)
    made_at = models.DateTimeField()
    body = models.TextField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["head", "algorithm"], name="evidence_archive_list_once")]


class Timestamp(models.Model):
    """An archive timestamp (RFC 4998) of a checkpoint, or of an archive list: an RFC 3161 token, DER in hexadecimal.

    `renews` is the older one that this one covers; `rehashes` says that it begins a chain of another algorithm. `tree`
    is the way to the imprint where a token covers several things: lists of hashes, parted by spaces, a line each; each
    of them keeps the token. `signed_with` names what the token's signature rests on, parted by spaces.
    """

    head = models.ForeignKey(TreeHead, on_delete=models.PROTECT, related_name="+")
    archive_list = models.ForeignKey(ArchiveList, on_delete=models.PROTECT, null=True, related_name="+")
    authority = models.CharField(max_length=255)
    stamped_at = models.DateTimeField()
    algorithm = models.CharField(max_length=20)
    imprint = models.CharField(max_length=128)
    token = models.TextField()
    tree = models.TextField(blank=True)
    expires_at = models.DateTimeField()
    signed_with = models.CharField(max_length=100, blank=True)
    renews = models.OneToOneField("self", on_delete=models.PROTECT, null=True, related_name="+")
    rehashes = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(rehashes=False) | models.Q(renews__isnull=False), name="evidence_rehash_renews"
            )
        ]


class WitnessedLog(models.Model):
    """A log that our own witness signs for: the keys it is known by, and the last checkpoint that was signed."""

    origin = models.CharField(max_length=255, unique=True)
    keys = models.TextField()
    size = models.BigIntegerField(default=0)
    root = models.CharField(max_length=64, blank=True)
    note = models.TextField(blank=True)
    cosigned_at = models.BigIntegerField(default=0)


class Misbehaviour(models.Model):
    """A checkpoint that a log signed and our witness would not: proof of a fork, kept as it came in."""

    log = models.ForeignKey(WitnessedLog, on_delete=models.PROTECT, related_name="+")
    seen_at = models.DateTimeField()
    reason = models.CharField(max_length=200)
    request = models.TextField()
    known = models.TextField()
    digest = models.CharField(max_length=64, unique=True)


class MapEntry(models.Model):
    """What stands under a key of the map now: canonical JSON, empty where nothing does. The key's text is not kept.

    `folded` is the hash of the value that the newest root holds, empty if none; `waiting` says that the sequencer has
    to bring the two together. `digest` is taken over key, value and time, so that none of them changes alone.
    """

    key_hash = models.CharField(max_length=64, primary_key=True)
    value = models.TextField(blank=True)
    folded = models.CharField(max_length=64, blank=True)
    waiting = models.BooleanField()
    changed_at = models.DateTimeField()
    digest = models.CharField(max_length=64)

    class Meta:
        indexes = [
            models.Index(fields=["key_hash"], condition=models.Q(waiting=True), name="evidence_map_entry_waiting")
        ]


class MapNode(models.Model):
    """A node of the map by its hash: two subtrees; or an entry, whose `left` is its key's hash, `right` its value's.

    `value` is the canonical JSON of an entry, and empty for a node over two subtrees. Nodes are never changed, so every
    root that was logged can be asked for ever.
    """

    hash = models.CharField(max_length=64, primary_key=True)
    left = models.CharField(max_length=64)
    right = models.CharField(max_length=64)
    value = models.TextField(blank=True)


class MapRoot(models.Model):
    """The root of the map that the last leaf of the signed tree of a size states, in the record `map/SIZE`."""

    size = models.BigIntegerField(primary_key=True)
    root = models.CharField(max_length=64)
    entry_count = models.BigIntegerField()
