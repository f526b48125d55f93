"""Tree state and checkpoints in the database: integrating entries, roots, proofs, signing heads. Appends nothing.

Every 256th leaf leaves one node per tile level behind (sl_node), so a proof reads a few hundred hashes at any size.
A head is signed only after it was shown to extend the last signed one, in the database and outside it, under the tree's
lock: two nodes cannot fork, nor can a database that was set back.
"""

from datetime import datetime

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from hub.moments import Moment, reached
from hub.sharinglog import notes, tree
from hub.sharinglog.commitments import micros
from hub.sharinglog.engine import Engine, Lock, Session
from hub.sharinglog.errors import LogHeld, LogInconsistent, LogMisconfigured
from hub.sharinglog.notes import Checkpoint, Verifier
from hub.sharinglog.published import PublishedHeads

CHUNK = 4_096
NOT_BEGUN = "LOG_NOT_BEGUN"


class Heads:
    """Roots, proofs and signed heads of one log."""

    def __init__(self, engine: Engine, origin: str, key: Ed25519PrivateKey, published: PublishedHeads) -> None:
        self._engine, self._origin, self._key, self._published = engine, origin, key, published
        self._verifier = Verifier(origin, key.public_key())

    def why_held(self) -> LogHeld | LogInconsistent | None:
        """Why this log may not grow, if so: a published head is not a head of these entries, or it was begun without a word."""
        try:
            head = self._published.last(self._verifier)
            with self._engine.read() as session:
                [(size,)] = session.run("SELECT next_seq FROM sl_head")
            if head is None:
                return _unannounced(self._published.others(self._origin)) if size == 0 else None
            if head.size > size:
                return behind(size, head)
            return None if self.root(head.size) == head.root else _other_entries(head)
        except LogInconsistent as error:
            return error

    def root(self, size: int | None) -> bytes:
        """Root of the first `size` entries, of all when None; raises ValueError beyond the log."""
        whole = self._integrated(size)
        with self._engine.read() as session:
            return tree.root_at(whole if size is None else size, node_reader(session))

    def inclusion(self, seq: int, size: int) -> list[bytes]:
        self._integrated(size)
        with self._engine.read() as session:
            return tree.inclusion_proof(seq, size, node_reader(session))

    def consistency(self, old: int, new: int) -> list[bytes]:
        self._integrated(new)
        with self._engine.read() as session:
            return tree.consistency_proof(old, new, node_reader(session))

    def publish(self, now: datetime) -> str:
        """Sign and store the present head, unless the last signed one is it already; gives the note.

        Raises LogInconsistent or LogHeld, and signs nothing, if the entries do not extend the last signed head.
        """
        with self._engine.write(Lock.TREE) as session:
            size = integrate(session)
            reached(Moment.TREE_INTEGRATED)
            last = latest(session)
            nodes = node_reader(session)
            outside = self._published.last(self._verifier)
            if outside is not None:
                _must_extend_published(outside, size, nodes)
            if last is not None:
                self._must_extend(notes.read(last), size, nodes)
                if notes.read(last).size == size:
                    self._published.keep(last)
                    return last
            note = notes.sign(Checkpoint(self._origin, size, tree.root_at(size, nodes)), self._key)
            reached(Moment.HEAD_SIGNED)
            # Outside first: whatever else is lost with the database, a head that anybody can have seen is not.
            self._published.keep(note)
            reached(Moment.HEAD_KEPT)
            session.run("INSERT INTO sl_checkpoint VALUES (?, ?, ?)", size, note, micros(now))
        # From here the head may be shown: another node can only sign one that extends it.
        reached(Moment.HEAD_STORED)
        return note

    def _must_extend(self, last: Checkpoint, size: int, nodes: tree.NodeReader) -> None:
        if last.size > size or tree.root_at(last.size, nodes) != last.root:
            raise LogInconsistent(
                f"the log does not extend its signed head of size {last.size}: sign nothing, keep the database as it is, run `yijian log verify`"
            )

    def _integrated(self, size: int | None) -> int:
        with self._engine.read() as session:
            [(done,)] = session.run("SELECT size FROM sl_tree")
            [(head,)] = session.run("SELECT next_seq FROM sl_head")
        if size is not None and not 0 <= size <= head:
            raise ValueError(f"the log has {head} entries, not {size}")
        if done < (head if size is None else size):
            with self._engine.write(Lock.TREE) as session:
                head = integrate(session)
        return int(head)


def refuse_other_keys(engine: Engine, verifier: Verifier) -> None:
    """Raises LogMisconfigured if the last checkpoint was signed with another key."""
    with engine.read() as session:
        last = latest(session)
    if last is None:
        return
    try:
        notes.verify(last, verifier)
    except notes.BadNote as error:
        raise LogMisconfigured(
            f"the last checkpoint was not signed with these keys ({error}): load the key folder that belongs to this log"
        ) from error


def behind(size: int, head: Checkpoint) -> LogHeld:
    """The refusal of a log of `size` entries of which a greater head was published."""
    return LogHeld(
        f"the log has {size} entries, but a head of {head.size} was published: an older copy was restored. Nothing is appended or signed. "
        "Refill it from a newer copy (`yijian log import`); if there is none, `yijian log begin-anew`"
    )


def _other_entries(head: Checkpoint) -> LogInconsistent:
    return LogInconsistent(
        f"the first {head.size} entries are not those whose head was published: keep this database as it is and restore the right one; "
        "if there is none, `yijian log begin-anew`"
    )


def _unannounced(heads: tuple[Checkpoint, ...]) -> LogHeld | None:
    if not heads:
        return None
    return LogHeld(
        f"this log is empty, but heads of {', '.join(head.origin for head in heads)} were published here: set YIJIAN_LOG_URL and "
        "YIJIAN_LOG_ORIGIN back, or say in the new log why it begins: `yijian log begin-anew`",
        code="LOG_NOT_BEGUN",
    )


def _must_extend_published(head: Checkpoint, size: int, nodes: tree.NodeReader) -> None:
    if head.size > size:
        raise behind(size, head)
    if tree.root_at(head.size, nodes) != head.root:
        raise _other_entries(head)


def latest(session: Session) -> str | None:
    """The signed head of the greatest size, if any."""
    rows = session.run("SELECT note FROM sl_checkpoint ORDER BY size DESC LIMIT 1")
    return str(rows[0][0]) if rows else None


def present(session: Session) -> tuple[str, int, tree.Edge]:
    """Origin, size and right edge of the log as it stands in this snapshot, its tree brought up in memory alone."""
    [(origin, head)] = session.run("SELECT origin, next_seq FROM sl_head")
    [(size, stored)] = session.run("SELECT size, edge FROM sl_tree")
    edge = tree.Edge.from_bytes(size, stored)
    while edge.size < head:
        leaves = session.run(
            "SELECT leaf FROM sl_entry WHERE seq >= ? AND seq < ? ORDER BY seq", edge.size, min(edge.size + CHUNK, head)
        )
        if not leaves:
            raise LogInconsistent(f"entry {edge.size} is missing: keep the database as it is, run `yijian log verify`")
        for (leaf,) in leaves:
            edge.push(leaf)
    return str(origin), int(head), edge


def integrate(session: Session) -> int:
    """Push all entries not yet in the tree into its right edge; the session holds Lock.TREE. Gives the new size."""
    [(size, stored)] = session.run("SELECT size, edge FROM sl_tree")
    [(head,)] = session.run("SELECT next_seq FROM sl_head")
    edge = tree.Edge.from_bytes(size, stored)
    if size > head:
        raise LogInconsistent(
            f"the log has {head} entries but its tree has {size}: an older copy was restored; do not append, run `yijian log verify`"
        )
    while edge.size < head:
        leaves = session.run(
            "SELECT seq, leaf FROM sl_entry WHERE seq >= ? AND seq < ? ORDER BY seq",
            edge.size,
            min(edge.size + CHUNK, head),
        )
        rows = []
        for seq, leaf in leaves:
            if seq != edge.size:
                break
            rows += [
                (level // tree.TILE_HEIGHT, number, node)
                for level, number, node in edge.push(leaf)
                if level % tree.TILE_HEIGHT == 0
            ]
        if not leaves or edge.size <= leaves[-1][0]:
            raise LogInconsistent(
                f"entry {edge.size} is missing: sign nothing, keep the database as it is, run `yijian log verify`"
            )
        session.insert("sl_node", rows)
    if edge.size > size:
        session.run("UPDATE sl_tree SET size = ?, edge = ?", edge.size, edge.to_bytes())
    return edge.size


def node_reader(session: Session) -> tree.NodeReader:
    """Nodes of the integrated tree by level and index, folded from leaves or from the tile level below."""
    seen: dict[tuple[int, int], bytes] = {}

    def node(level: int, index: int) -> bytes:
        if (level, index) not in seen:
            tile_level, inside = divmod(level, tree.TILE_HEIGHT)
            seen[level, index] = tree.fold(_hashes(session, tile_level, index << inside, (index + 1) << inside))
        return seen[level, index]

    return node


def _hashes(session: Session, level: int, start: int, stop: int) -> list[bytes]:
    if level == 0:
        rows = session.run("SELECT leaf FROM sl_entry WHERE seq >= ? AND seq < ? ORDER BY seq", start, stop)
    else:
        rows = session.run(
            "SELECT hash FROM sl_node WHERE level = ? AND number >= ? AND number < ? ORDER BY number",
            level,
            start,
            stop,
        )
    if len(rows) != stop - start:
        raise LogInconsistent(
            f"hashes {start}–{stop - 1} of tile level {level} are not all there: run `yijian log verify`"
        )
    return [row[0] for row in rows]
